import Addressing
import SIPSyntax
import SIPUserAgent
import Testing

/// Each cause has one party and one sentence.
@Suite struct EndReasonTests {
    @Test(arguments: [
        (EndReason.Cause.rejectedByPeer, EndReason.Party.peer, "The other side answered with a refusal."),
        (.rejectedByUs, .us, "We answered with a refusal."),
        (.cancelledByPeer, .peer, "The caller gave up before the call was answered."),
        (.cancelledByUs, .us, "We gave up before the call was answered."),
        (.hungUpByPeer, .peer, "The other side hung up."), (.hungUpByUs, .us, "We hung up."),
        (.timedOut, .network, "The other side did not answer in time."),
        (.transportFailed, .network, "The other side could not be reached."),
        (.ackMissing, .network, "The other side never acknowledged our answer."),
        (.prackMissing, .network, "The other side never acknowledged our ringing."),
        (.dialogLost, .network, "The other side no longer knew the call."),
        (.refreshFailed, .network, "The other side did not take the refresh that keeps the call alive."),
        (.refreshRefused, .us, "The other side refused every refresh of the session until it ran out, so we hung up."),
        (.sessionExpired, .us, "The other side did not refresh the session before it ran out, so we hung up."),
        (.answerUnreadable, .peer, "The other side's answer has no address that can be read."),
    ])
    func causeNamesPartyAndSentence(cause: EndReason.Cause, party: EndReason.Party, sentence: String) {
        let reason = EndReason(cause: cause)
        #expect(reason.party == party)
        #expect(reason.sentence == sentence)
        #expect(reason.reasons.isEmpty)
    }

    /// The status' own number and phrase are in the sentence when they are known.
    @Test func sentenceNamesTheStatus() {
        let response = Response(status: .busyHere, reason: HeaderValue(trusted: "Engaged"))
        #expect(
            EndReason(cause: .rejectedByPeer, response: response).sentence == "The other side answered 486 Engaged.")
        #expect(EndReason(cause: .rejectedByUs, status: .forbidden).sentence == "We answered 403.")
    }

    /// The request that ended the call speaks before the response.
    @Test func reasonsComeFromWhatEndedTheCall() {
        var headers = Headers()
        headers.add(.reason, HeaderValue(trusted: "Q.850;cause=16"))
        headers.add(.reason, HeaderValue(trusted: "SIP;cause=200"))
        let bye = Request(method: .bye, uri: .sip(SIPURI(host: .ip(Wire.peer.address))), headers: headers)
        let reason = EndReason(cause: .hungUpByPeer, request: bye)
        #expect(reason.reasons.map(\.text) == ["Q.850;cause=16", "SIP;cause=200"])
    }
}
