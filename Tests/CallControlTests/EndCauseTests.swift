import CallControl
import SIPSyntax
import SIPUserAgent
import Testing

/// What becomes of a session's end in the record: one cause, one party, words and a fix.
@Suite struct EndCauseTests {
    private static func rejected(_ number: Int, headers: [(String, String)] = []) throws -> EndReason {
        let status = try #require(StatusCode(number))
        var fields = Headers()
        for (name, value) in headers {
            fields.add(try HeaderName(name), try HeaderValue(value))
        }
        return EndReason(cause: .rejectedByPeer, status: status, response: Response(status: status, headers: fields))
    }

    @Test(arguments: [
        (486, EndCause.Party.remote), (603, .remote), (480, .remote), (403, .carrier), (404, .carrier), (488, .carrier),
        (503, .carrier), (500, .carrier), (302, .carrier), (699, .remote),
    ]) func refusals(status: Int, party: EndCause.Party) throws {
        let cause = EndCause(try Self.rejected(status))
        #expect(cause.kind == .rejected)
        #expect(cause.party == party)
        #expect(cause.status == status)
        #expect(cause.sentence.contains("\(status)") && cause.sentence.hasSuffix("."))
    }

    @Test func theCarriersOwnWordsAreKept() throws {
        let reason = try Self.rejected(
            403, headers: [("X-Exotel-ErrorCode", "4001"), ("Reason", "Q.850;cause=21"), ("X-Other", "1")])
        let cause = EndCause(reason)
        #expect(cause.carrierHeaders == [CarrierHeader(name: "X-Exotel-ErrorCode", value: "4001")])
        #expect(cause.q850 == 21)
        #expect(cause.remedy?.contains("4001") == true)
    }

    @Test(arguments: [
        (EndReason.Cause.timedOut, EndCause.Kind.unreachable, EndCause.Party.carrier),
        (.transportFailed, .unreachable, .carrier), (.ackMissing, .unreachable, .carrier),
        (.cancelledByPeer, .cancelled, .remote), (.hungUpByPeer, .hangup, .remote), (.hungUpByUs, .hangup, .gateway),
        (.cancelledByUs, .cancelled, .gateway), (.rejectedByUs, .rejected, .gateway),
    ]) func endsWithoutAResponse(reason: EndReason.Cause, kind: EndCause.Kind, party: EndCause.Party) {
        let cause = EndCause(EndReason(cause: reason), transportFault: "The certificate is for another name.")
        #expect(cause.kind == kind)
        #expect(cause.party == party)
        #expect(cause.sentence.hasSuffix(" The certificate is for another name."))
    }

    /// The 408 and 503 that stand for silence and a broken way (RFC 3261 section 8.1.3.1) were said by nobody.
    @Test(arguments: [(EndReason.Cause.timedOut, StatusCode.requestTimeout), (.transportFailed, .serviceUnavailable)])
    func aStatusOfOurOwnMakingIsNotTheCarriers(reason: EndReason.Cause, status: StatusCode) {
        #expect(EndCause(EndReason(cause: reason, status: status)).status == nil)
    }

    /// The carrier's words are a sentence in ours.
    @Test func theReasonPhraseIsASentence() throws {
        let status = try #require(StatusCode(403))
        let response = Response(status: status, reason: try HeaderValue("No such account"))
        let cause = EndCause(EndReason(cause: .rejectedByPeer, status: status, response: response))
        #expect(cause.sentence.hasSuffix("It said: No such account."))
    }
}
