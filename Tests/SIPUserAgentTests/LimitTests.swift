import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// Every stated maximum, met.
@Suite struct LimitTests {
    @Test func sessionsAreBounded() throws {
        var wire = Wire { $0.sessionsMax = 2 }
        for number in 1...3 {
            try wire.receive(Wire.invite(branch: "z9hG4bK\(number)", callID: "\(number)@far"))
        }
        #expect(wire.news() == ["100", "incoming", "100", "incoming", "503"])
        #expect(try wire.lastResponse?.headers.retryAfter != nil)
        #expect(wire.lastResponse?.headers.first(.retryAfter)?.text == "5")
        #expect(throws: UserAgentError.sessionsExhausted) { try wire.place() }
        // A carrier that asks is told the same.
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bKo"))
        #expect(wire.news() == ["503"])
        #expect(wire.core.counts.sessions == 2)
    }

    @Test func transactionsAreBounded() throws {
        var wire = Wire { $0.transactionsMax = 2 }
        for number in 1...3 {
            try wire.receive(Wire.invite(branch: "z9hG4bK\(number)", callID: "\(number)@far"))
        }
        #expect(wire.news() == ["100", "incoming", "100", "incoming", "503"])
        #expect(wire.lastResponse?.headers.contains(.retryAfter) == true)
        #expect(wire.core.counts.transactions == 2)
        #expect(throws: UserAgentError.transactionsExhausted) { try wire.place() }
        #expect(wire.core.counts.sessions == 2)
    }

    /// Answers of more forks than that are neither acknowledged nor remembered.
    @Test func forksAreBounded() throws {
        var wire = Wire { $0.forksMax = 3 }
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        for number in 1...5 {
            try wire.answer(.ok, invite, toTag: "fork\(number)", lines: ["Contact: <sip:f\(number)@198.51.100.2>"])
        }
        #expect(wire.news() == ["INVITE", "ACK", "answered", "ACK", "BYE", "ACK", "BYE"])
    }

    /// Draining refuses new calls both ways and leaves live ones alone.
    @Test func drainingRefusesNewCalls() throws {
        var (wire, _, tag) = try Wire.established()
        wire.core.drain()
        #expect(wire.core.isDraining)
        try wire.receive(Wire.invite(branch: "z9hG4bKnew", callID: "new@far"))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bKo", callID: "o@far"))
        #expect(wire.news() == ["503", "503"])
        #expect(throws: UserAgentError.draining) { try wire.place() }
        try wire.receive(Wire.request("BYE", branch: "z9hG4bKbye", toTag: tag, sequence: 2))
        #expect(wire.news() == ["200", "ended hungUpByPeer"])
    }

    /// An INVITE that nobody decides about is answered 480, and one of ours without a final answer cancelled.
    @Test func setupIsBounded() throws {
        var wire = Wire { $0.setupDurationMax = .seconds(60) }
        try wire.receive(Wire.invite())
        wire.wait(.seconds(60))
        #expect(wire.news() == ["100", "incoming", "480", "failed rejectedByUs"])

        wire = Wire { $0.setupDurationMax = .seconds(60) }
        _ = try wire.place()
        try wire.answer(.ringing, try #require(wire.lastRequest))
        wire.wait(.seconds(60))
        #expect(wire.news() == ["INVITE", "provisional", "CANCEL"])
        wire.wait(.seconds(33))
        #expect(wire.news() == ["failed cancelledByUs"])
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
    }

    /// Two thousand INVITEs that are refused and never acknowledged: the state is gone after 64·T1.
    @Test func halfOpenInvitesAreForgotten() throws {
        var wire = Wire(over: .udp) {
            $0.sessionsMax = 10
            $0.overload.newCallsPerSecond = 2_000
            $0.overload.newCallsPerSecondOfSource = 2_000
        }
        for number in 0..<2000 {
            try wire.receive(Wire.invite(branch: "z9hG4bK\(number)", callID: "\(number)@far"))
        }
        #expect(wire.core.counts.sessions == 10)
        #expect(wire.core.counts.transactions == 2000)
        for session in wire.sessions { wire.command { core, now in core.reject(session, .forbidden, at: now) } }
        wire.wait(.seconds(32))
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
        #expect(wire.core.deadline == nil)
    }
}
