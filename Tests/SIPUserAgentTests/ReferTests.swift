import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// REFER and NOTIFY within a call (RFC 3515, 3891, 3892, 4488, 6665), both ways.
@Suite struct ReferTests {
    private static let target = URI.sip(SIPURI(host: .ip(Wire.peer.address)))

    private static func notify(
        _ tag: String, sequence: Int, state: String = "active;expires=60", event: String = "refer",
        body: String = "SIP/2.0 180 Ringing\r\n"
    ) -> String {
        Wire.request(
            "NOTIFY", branch: "z9hG4bKn\(sequence)", toTag: tag, sequence: sequence,
            lines: ["Event: \(event)", "Subscription-State: \(state)", "Content-Type: message/sipfrag;version=2.0"],
            body: body)
    }

    private func asked() throws -> (wire: Wire, tag: String) {
        var (wire, session, tag) = try Wire.established()
        _ = wire.news()
        wire.command { core, now in core.refer(session, OutgoingRefer(target: .uri(Self.target)), at: now) }
        return (wire, tag)
    }

    @Test func blindTransferReportsProgressAndSuccess() throws {
        var (wire, tag) = try self.asked()
        let refer = try #require(wire.lastRequest)
        #expect(refer.method == .refer)
        #expect(refer.headers.first(.referTo)?.text == "<sip:198.51.100.2>")
        #expect(refer.headers.contains(.referredBy) && refer.headers.contains(.contact))
        try wire.answer(.accepted, refer)
        try wire.receive(Self.notify(tag, sequence: 2, body: "SIP/2.0 100 Trying\r\n"))
        try wire.receive(Self.notify(tag, sequence: 3, event: "refer;id=1"))
        try wire.receive(Self.notify(tag, sequence: 4, state: "terminated", body: "SIP/2.0 200 OK\r\n"))
        #expect(
            wire.news() == [
                "REFER", "referral accepted", "200", "referral progress 100", "200", "referral progress 180", "200",
                "referral succeeded 200",
            ])
        // The subscription is over: nobody has asked for more.
        try wire.receive(Self.notify(tag, sequence: 5))
        #expect(wire.lastResponse?.status == .callDoesNotExist)
    }

    @Test func failureReturnsTheCall() throws {
        var (wire, tag) = try self.asked()
        try wire.answer(.accepted, try #require(wire.lastRequest))
        try wire.receive(
            Self.notify(tag, sequence: 2, state: "terminated;reason=noresource", body: "SIP/2.0 486 Busy\r\n"))
        #expect(wire.news() == ["REFER", "referral accepted", "200", "referral failed 486"])
        #expect(wire.core.counts.sessions == 1)
    }

    /// A NOTIFY may overtake the 202 (RFC 6665 section 4.1.2.4).
    @Test func notifyMayComeFirst() throws {
        var (wire, tag) = try self.asked()
        let refer = try #require(wire.lastRequest)
        try wire.receive(Self.notify(tag, sequence: 2))
        try wire.answer(.accepted, refer)
        #expect(wire.news() == ["REFER", "200", "referral accepted", "referral progress 180"])
    }

    @Test(arguments: [405, 420, 501, 603])
    func refusalIsTold(status: Int) throws {
        var (wire, _) = try self.asked()
        try wire.answer(try #require(StatusCode(status)), try #require(wire.lastRequest))
        #expect(wire.news() == ["REFER", "referral refused \(status)"])
    }

    @Test func silenceIsTold() throws {
        var (wire, _) = try self.asked()
        wire.wait(.seconds(33))
        #expect(wire.news().last == "referral timed out")
    }

    /// Without any NOTIFY timer N ends it; after one, its expiry does.
    @Test(arguments: [false, true])
    func subscriptionExpires(isNotified: Bool) throws {
        var (wire, tag) = try self.asked()
        try wire.answer(.accepted, try #require(wire.lastRequest))
        if isNotified { try wire.receive(Self.notify(tag, sequence: 2, state: "active;expires=100")) }
        _ = wire.news()
        wire.wait(isNotified ? .seconds(99) : .seconds(31))
        #expect(wire.news().isEmpty)
        wire.wait(.seconds(2))
        #expect(wire.news() == ["referral unreported"])
    }

    @Test func noProgressWantedNoneKept() throws {
        var (wire, session, _) = try Wire.established()
        let refer = OutgoingRefer(target: .uri(Self.target), wantsProgress: false)
        wire.command { core, now in core.refer(session, refer, at: now) }
        let request = try #require(wire.lastRequest)
        #expect(request.headers.first(.referSub)?.text == "false")
        _ = wire.news()
        try wire.answer(.accepted, request, lines: ["Refer-Sub: false"])
        #expect(wire.news() == ["referral accepted", "referral unreported"])
    }

    @Test func oneAtATime() throws {
        var (wire, _) = try self.asked()
        let session = try #require(wire.sessions.last)
        _ = wire.news()
        wire.command { core, now in core.refer(session, OutgoingRefer(target: .uri(Self.target)), at: now) }
        #expect(wire.news() == ["referral not sent"])
    }

    @Test func hangUpEndsTheReferral() throws {
        var (wire, tag) = try self.asked()
        try wire.answer(.accepted, try #require(wire.lastRequest))
        _ = wire.news()
        try wire.receive(Wire.request("BYE", branch: "z9hG4bKb", toTag: tag, sequence: 2))
        #expect(wire.news() == ["200", "referral call ended", "ended hungUpByPeer"])
    }

    /// Refer-To names the other call as its far end knows it: our tag is its from-tag.
    @Test func attendedTransferEscapesReplaces() throws {
        var (wire, first, _) = try Wire.established()
        try wire.receive(Wire.invite(branch: "z9hG4bKo", fromTag: "other", callID: "second@far"))
        let second = try #require(wire.sessions.last)
        wire.command { core, now in core.answer(second, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        wire.command { core, now in core.refer(first, OutgoingRefer(target: .session(second)), at: now) }
        let uri = try #require(try wire.lastRequest?.headers.referTo?.uri.sip)
        let field = try #require(uri.headers.first)
        #expect(field.name == .replaces)
        #expect(field.value.text == "second@far;to-tag=other;from-tag=\(tag)")
        #expect(uri.description.contains("?Replaces=second%40far%3Bto-tag%3Dother"))
    }

    @Test(arguments: [
        ("presence", "active", "message/sipfrag", "SIP/2.0 100 Trying\r\n", 489),
        ("refer", "active", "text/plain", "hello", 415),
        ("refer", "active", "message/sipfrag", "nonsense", 400),
        ("refer", "", "message/sipfrag", "SIP/2.0 100 Trying\r\n", 400),
        ("refer;id=9", "active", "message/sipfrag", "SIP/2.0 100 Trying\r\n", 481),
    ])
    func strangeNotifyIsRefused(event: String, state: String, type: String, body: String, status: Int) throws {
        var (wire, tag) = try self.asked()
        try wire.receive(
            Wire.request(
                "NOTIFY", branch: "z9hG4bKn", toTag: tag, sequence: 2,
                lines: ["Event: \(event)", "Subscription-State: \(state)", "Content-Type: \(type)"], body: body))
        #expect(wire.lastResponse?.status.number == status)
    }

    // MARK: - The peer's REFER

    private static func refer(_ tag: String, sequence: Int = 2, to: String, lines: [String] = []) -> String {
        Wire.request(
            "REFER", branch: "z9hG4bKr\(sequence)", toTag: tag, sequence: sequence,
            lines: ["Contact: <sip:alice@198.51.100.2>", "Refer-To: \(to)"] + lines)
    }

    @Test func acceptedReferIsReported() throws {
        var (wire, session, tag) = try Wire.established()
        _ = wire.news()
        try wire.receive(Self.refer(tag, to: "<sip:carol@example.com?Subject=x>"))
        #expect(wire.news() == ["refer received sip:carol@example.com"])
        wire.command { core, now in core.acceptRefer(session, at: now) }
        #expect(wire.news() == ["202", "NOTIFY"])
        let first = try #require(wire.lastRequest)
        #expect(String(decoding: first.body, as: UTF8.self) == "SIP/2.0 100 Trying\r\n")
        #expect(first.headers.first(.event)?.text == "refer;id=2")
        #expect(first.headers.first(.subscriptionState)?.text == "active;expires=180")
        try wire.answer(.ok, first)
        let busy = SIPFragment(status: .busyHere)
        wire.command { core, now in core.notifyRefer(session, busy, at: now) }
        let last = try #require(wire.lastRequest)
        #expect(last.headers.first(.subscriptionState)?.text == "terminated;reason=noresource")
        #expect(String(decoding: last.body, as: UTF8.self) == "SIP/2.0 486 Busy Here\r\n")
    }

    @Test func undecidedReferIsDeclined() throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Self.refer(tag, to: "<tel:+911234567890>"))
        _ = wire.news()
        wire.wait(.seconds(17))
        #expect(wire.news() == ["603"])
    }

    @Test func secondReferWaitsItsTurn() throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Self.refer(tag, to: "<sip:carol@example.com>"))
        try wire.receive(Self.refer(tag, sequence: 3, to: "<sip:dave@example.com>"))
        #expect(wire.lastResponse?.status == .requestPending)
    }

    @Test(arguments: [
        ("<http://example.com>", 416), ("<sip:carol@example.com;method=BYE>", 603), ("nonsense", 400),
        ("<sip:a@example.com>, <sip:b@example.com>", 400), ("<sip:a@example.com?Replaces=x>", 400),
    ])
    func strangeReferIsRefused(target: String, status: Int) throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Self.refer(tag, to: target))
        #expect(wire.lastResponse?.status.number == status)
    }

    @Test func refusedNotifyEndsTheSubscription() throws {
        var (wire, session, tag) = try Wire.established()
        try wire.receive(Self.refer(tag, to: "<sip:carol@example.com>"))
        wire.command { core, now in core.acceptRefer(session, at: now) }
        try wire.answer(.callDoesNotExist, try #require(wire.lastRequest))
        _ = wire.news()
        wire.command { core, now in core.notifyRefer(session, SIPFragment(status: .ok), at: now) }
        #expect(wire.news().isEmpty)
    }

    // MARK: - Replaces

    private static func replacing(_ tag: String, _ suffix: String = "", from: String = "far") -> String {
        Wire.invite(
            branch: "z9hG4bKx", fromTag: "new", callID: "new@far",
            lines: ["Replaces: call@far;to-tag=\(tag);from-tag=\(from)\(suffix)"])
    }

    @Test func replacementEndsTheOldCall() throws {
        var (wire, _, tag) = try Wire.established()
        _ = wire.news()
        try wire.receive(Self.replacing(tag))
        #expect(wire.news() == ["100", "replacement received"])
        let session = SessionID(number: 2)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.news() == ["200", "BYE"])
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended replaced"])
        #expect(wire.core.counts.sessions == 1)
    }

    @Test func foreignOrEarlyReplacesIsRefused() throws {
        for (suffix, from, status) in [("", "unknown", 481), (";early-only", "far", 486), (";to-tag=a", "far", 400)] {
            var (wire, _, tag) = try Wire.established()
            try wire.receive(Self.replacing(tag, suffix, from: from))
            #expect(wire.lastResponse?.status.number == status)
            #expect(wire.core.counts.sessions == 1)
        }
    }

    // MARK: - INFO

    @Test func digitsOfTheirInfoAreTold() throws {
        var (wire, _, tag) = try Wire.established()
        _ = wire.news()
        try wire.receive(
            Wire.request(
                "INFO", toTag: tag, sequence: 2, lines: ["Content-Type: application/dtmf-relay"],
                body: "Signal= 5\r\nDuration= 160\r\n"))
        try wire.receive(
            Wire.request(
                "INFO", branch: "z9hG4bKj", toTag: tag, sequence: 3, lines: ["Content-Type: application/dtmf"],
                body: "11"))
        #expect(wire.news() == ["200", "digit 5", "200", "digit #"])
    }

    @Test(arguments: [
        (["Info-Package: foo"], "", 469), ([], "", 200), (["Content-Type: text/plain"], "hello", 415),
        (["Content-Type: text/plain", "Content-Disposition: render;handling=optional"], "hello", 200),
        (["Content-Type: application/dtmf-relay"], "Signal=99\r\n", 400), ([], "hello", 400),
    ])
    func otherInfoIsAnswered(lines: [String], body: String, status: Int) throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Wire.request("INFO", toTag: tag, sequence: 2, lines: lines, body: body))
        #expect(wire.lastResponse?.status.number == status)
    }

    /// One INFO is on the way at a time, and a bounded number waits.
    @Test func ourDigitsGoInOrder() throws {
        var (wire, session, _) = try Wire.established()
        _ = wire.news()
        let digit = OutgoingInfo(try DTMFBody(digit: "1"))
        for _ in 0..<34 { wire.command { core, now in core.sendInfo(session, digit, at: now) } }
        #expect(wire.news() == ["INFO", "info not sent"])
        let request = try #require(wire.lastRequest)
        #expect(String(decoding: request.body, as: UTF8.self) == "Signal=1\r\nDuration=250\r\n")
        try wire.answer(.ok, request)
        #expect(wire.news() == ["info answered 200", "INFO"])
    }
}
