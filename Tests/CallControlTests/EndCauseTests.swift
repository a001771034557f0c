import Addressing
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
        (.prackMissing, .unreachable, .carrier), (.dialogLost, .unreachable, .carrier),
        (.answerUnreadable, .unreachable, .carrier), (.refreshFailed, .sessionExpired, .carrier),
        (.refreshRefused, .sessionExpired, .gateway), (.sessionExpired, .sessionExpired, .gateway),
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

    /// A session that ran out was ended by us, whatever the peer answers to our BYE, and there is something to do about it.
    @Test(arguments: [EndReason.Cause.sessionExpired, .refreshRefused])
    func nobodyElseEndsASessionThatRanOut(reason: EndReason.Cause) {
        let cause = EndCause(EndReason(cause: reason, status: .ok, response: Response(status: .ok)))
        #expect(cause.party == .gateway && cause.status == nil)
        #expect(cause.sentence.hasSuffix("so we hung up.") && cause.remedy?.contains("sessionTimer") == true)
    }

    /// The carrier's words are a sentence in ours.
    @Test func theReasonPhraseIsASentence() throws {
        let status = try #require(StatusCode(403))
        let response = Response(status: status, reason: try HeaderValue("No such account"))
        let cause = EndCause(EndReason(cause: .rejectedByPeer, status: status, response: response))
        #expect(cause.sentence.hasSuffix("It said: No such account."))
    }

    /// Every row of the carrier's table of failures, and what the RFCs add to it: the kind, the party, words and a fix.
    @Test(arguments: [
        (300, "rejected", EndCause.Party.carrier), (301, "rejected", .carrier), (302, "rejected", .carrier),
        (400, "rejected", .carrier), (401, "authentication", .carrier), (403, "rejected", .carrier),
        (404, "rejected", .carrier), (407, "authentication", .carrier), (408, "rejected", .carrier),
        (410, "rejected", .remote), (415, "rejected", .carrier), (420, "rejected", .carrier),
        (422, "rejected", .carrier), (429, "rejected", .carrier), (480, "rejected", .remote),
        (481, "rejected", .carrier), (484, "rejected", .carrier), (486, "rejected", .remote),
        (487, "rejected", .remote), (488, "rejected", .carrier), (500, "rejected", .carrier),
        (502, "rejected", .carrier), (503, "rejected", .carrier), (504, "rejected", .carrier),
        (580, "rejected", .carrier), (600, "rejected", .remote), (603, "rejected", .remote),
        (604, "rejected", .remote), (606, "rejected", .carrier), (607, "rejected", .remote),
        (608, "rejected", .remote),
    ]) func theTableOfFailures(status: Int, word: String, party: EndCause.Party) throws {
        let cause = EndCause(try Self.rejected(status))
        #expect(cause.kind.word == word)
        #expect(cause.party == party)
        #expect(cause.status == status && cause.sentence.contains("(\(status))") && cause.sentence.hasSuffix("."))
        if party == .carrier, ![408, 500, 502, 504].contains(status) { #expect(cause.remedy?.hasSuffix(".") == true) }
    }

    private static func hungUp(_ reasons: [String]) throws -> EndReason {
        var headers = Headers()
        for reason in reasons { headers.add(.reason, try HeaderValue(reason)) }
        let uri = SIPURI(host: .ip(.loopback))
        return EndReason(cause: .hungUpByPeer, request: Request(method: .bye, uri: .sip(uri), headers: headers))
    }

    /// What the telephone network says in a BYE decides who ended the call.
    @Test(arguments: [
        (16, EndCause.Party.remote, "normal call clearing"), (17, .remote, "user busy"), (19, .remote, "no answer"),
        (31, .remote, "normal, unspecified"), (34, .carrier, "no circuit available"),
        (38, .carrier, "network out of order"), (41, .carrier, "temporary failure"), (42, .carrier, "congestion"),
        (102, .carrier, "expiry of a timer"), (127, .carrier, "interworking"), (60, .carrier, "not available"),
    ]) func causesOfTheTelephoneNetwork(number: Int, party: EndCause.Party, words: String) throws {
        let cause = EndCause(try Self.hungUp(["Q.850;cause=\(number);text=\"as it says\""]))
        #expect(cause.kind == .hangup && cause.party == party && cause.q850 == number)
        #expect(cause.sentence.contains("\(number), ") && cause.sentence.contains(words))
        #expect(cause.reasons == [StatedReason(protocolName: "Q.850", cause: number, text: "as it says")])
    }

    @Test func everyReasonIsKeptInOrder() throws {
        let cause = EndCause(try Self.hungUp(["SIP;cause=200;text=\"Call completed elsewhere\"", "Q.850;cause=16"]))
        #expect(cause.reasons.map(\.protocolName) == ["SIP", "Q.850"])
        #expect(cause.q850 == 16)
        let many = EndCause(try Self.hungUp([String](repeating: "SIP;cause=200", count: 50)))
        #expect(many.reasons.count == 8, "and no more than anybody reads")
        #expect(EndCause(try Self.hungUp(["Q.850;cause=0"])).party == .remote, "a number that is no cause says nothing")
    }

    /// Every way in which a call can end has one word, and one cause of Q.850 that the peer is told.
    @Test func wordsAreDistinct() {
        let causes: [EndCause] = [
            .hangup(by: .bot), .shutdown, .noAnswer(after: .seconds(1)), .maximumDuration(.seconds(1)),
            .botFailure("It crashed."), .mediaTimeout, .setupLimit(.seconds(1)), .redirectLimit,
            .transferred(to: "+1", by: .bot),
        ]
        for cause in causes { #expect(cause.sentence.hasSuffix(".")) }
        #expect(Set(causes.map(\.kind.word)).count == causes.count)
    }
}
