import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// New calls are refused before they cost anything, and trunks keep their room (reliability: rows 12, 22 and 23).
@Suite struct OverloadTests {
    private static func stranger(_ number: UInt32, of wire: Wire) -> TransportPath {
        wire.path(from: TransportAddress(.v4(0xCB00_7100 + number), port: 5060))
    }

    private static func invite(_ number: Int) -> String {
        Wire.invite(branch: "z9hG4bK\(number)", callID: "\(number)@far")
    }

    /// At most so many a second of one source; the next second brings as many again.
    @Test func oneSourceHasARate() throws {
        var wire = Wire(over: .udp) { $0.overload.newCallsPerSecondOfSource = 5 }
        for number in 0..<20 { try wire.receive(Self.invite(number)) }
        #expect(wire.sessions.count == 5)
        #expect(wire.core.refusals.overloaded == 15)
        #expect(wire.lastResponse?.status == .serviceUnavailable)
        #expect(wire.lastResponse?.headers.first(.retryAfter)?.text == "5")
        // Nothing is kept of what was refused.
        #expect(wire.core.counts == UserAgentCounts(transactions: 5, dialogs: 5, sessions: 5))
        let other = wire.path(from: TransportAddress(.v4(0xC633_6403), port: 5060))
        try wire.receive(Self.invite(50), from: other)
        #expect(wire.sessions.count == 6)
        wire.wait(.seconds(1))
        for number in 60..<70 { try wire.receive(Self.invite(number)) }
        #expect(wire.sessions.count == 11)
    }

    /// Strangers in any number leave half of the common rate to trunks.
    @Test func allSourcesHaveARate() throws {
        var wire = Wire(over: .udp) {
            $0.overload.newCallsPerSecond = 10
            $0.overload.newCallsPerSecondOfSource = 10
        }
        for number in 0..<100 {
            try wire.receive(Self.invite(number), from: Self.stranger(UInt32(number), of: wire), .stranger)
        }
        #expect(wire.sessions.count == 5)
        for number in 100..<120 { try wire.receive(Self.invite(number)) }
        #expect(wire.sessions.count == 10)
    }

    /// Calls without ACK are bounded, strangers to half; an ACK, a refusal and a time-out each make room.
    @Test func halfOpenCallsAreBounded() throws {
        var wire = Wire(over: .udp) { $0.overload.halfOpenMax = 4 }
        for number in 0..<10 {
            try wire.receive(Self.invite(number), from: Self.stranger(1, of: wire), .stranger)
        }
        #expect(wire.sessions.count == 2)
        for number in 10..<20 { try wire.receive(Self.invite(number)) }
        #expect(wire.sessions.count == 4)
        #expect(wire.core.halfOpenCount == 4)

        let refused = wire.sessions[0]
        wire.command { core, now in core.reject(refused, .forbidden, at: now) }
        #expect(wire.core.halfOpenCount == 3)
        let answered = wire.sessions[2]
        wire.command { core, now in core.answer(answered, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.core.halfOpenCount == 3, "answered is not acknowledged")
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKack", toTag: tag, callID: "10@far"))
        #expect(wire.core.halfOpenCount == 2)
        wire.wait(wire.core.configuration.setupDurationMax + .seconds(33))
        #expect(wire.core.halfOpenCount == 0)
    }

    /// Ten thousand INVITEs that are answered and never acknowledged: the rest is refused without state, and all that was
    /// kept is gone after 64·T1 and the time of the BYE.
    @Test func invitesWithoutACKLeaveNothing() throws {
        var wire = Wire(over: .udp) {
            $0.overload.newCallsPerSecond = 100_000
            $0.overload.newCallsPerSecondOfSource = 100_000
            $0.overload.halfOpenMax = 500
        }
        for number in 0..<500 { try wire.receive(Self.invite(number)) }
        for session in wire.sessions {
            wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        }
        for number in 500..<10_000 { try wire.receive(Self.invite(number)) }
        #expect(wire.core.counts == UserAgentCounts(transactions: 500, dialogs: 500, sessions: 500))
        #expect(wire.core.refusals.overloaded == 9_500)
        wire.wait(.seconds(32))
        #expect(wire.core.halfOpenCount == 0)
        wire.wait(.seconds(33))
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
        #expect(wire.core.deadline == nil)
    }

    /// A retransmission storm of one INVITE is absorbed: one session, one transaction, one answer for each.
    @Test func retransmissionsAreAbsorbed() throws {
        var wire = Wire(over: .udp) { $0.overload.newCallsPerSecondOfSource = 1 }
        for _ in 0..<10_000 { try wire.receive(Self.invite(1)) }
        #expect(wire.sessions.count == 1)
        #expect(wire.core.counts == UserAgentCounts(transactions: 1, dialogs: 1, sessions: 1))
        #expect(wire.core.refusals.overloaded == 0)
        #expect(wire.sent.count == 10_000)
    }

    /// Whoever is on no trunk is told 403, with the same To tag each time (RFC 3261 section 8.2.7), and nothing is kept.
    @Test func strangersAreTurnedAwayWithoutState() throws {
        var wire = Wire(over: .udp) { $0.overload.takesStrangers = false }
        var tags: Set<String> = []
        for _ in 0..<3 {
            try wire.receive(Self.invite(1), from: Self.stranger(1, of: wire), .stranger)
            #expect(wire.lastResponse?.status == .forbidden)
            tags.insert(try #require(try wire.lastResponse?.headers.to.tag))
        }
        #expect(tags.count == 1)
        try wire.receive(Self.invite(2), from: Self.stranger(1, of: wire), .stranger)
        #expect(try wire.lastResponse?.headers.to.tag != tags.first)
        try wire.receive(
            Wire.request("ACK", toTag: tags.first ?? ""), from: Self.stranger(1, of: wire), .stranger)
        #expect(wire.news() == ["403", "403", "403", "403"])
        #expect(wire.core.refusals.strangers == 4)
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
        #expect(wire.core.deadline == nil)
    }

    /// An owner that is behind hears of strangers' calls no more, then of nobody's; what belongs to calls goes on.
    @Test func aBacklogRefusesNewCalls() throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Self.invite(11), RequestSource(.stranger, backlog: .growing))
        try wire.receive(Self.invite(12), RequestSource(.known, backlog: .growing))
        try wire.receive(Self.invite(13), RequestSource(.known, backlog: .critical))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bKo"), RequestSource(.stranger, backlog: .critical))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bKp"), RequestSource(.known, backlog: .critical))
        try wire.receive(
            Wire.request("BYE", branch: "z9hG4bKb", toTag: tag, sequence: 2), RequestSource(.known, backlog: .critical))
        #expect(wire.news() == ["503", "100", "incoming", "503", "503", "200", "200", "ended hungUpByPeer"])
    }

    /// A full table: calls of trunks leave a quarter of it to dialogs, strangers half, and a trunk's OPTIONS is answered
    /// even when nothing is left.
    @Test func theTableKeepsRoom() throws {
        var wire = Wire(over: .udp) { $0.transactionsMax = 8 }
        let stranger = Self.stranger(1, of: wire)
        for number in 0..<8 {
            try wire.receive(
                Wire.request("OPTIONS", branch: "z9hG4bKs\(number)", callID: "s\(number)"), from: stranger, .stranger)
        }
        #expect(wire.core.counts.transactions == 4)
        for number in 0..<8 { try wire.receive(Self.invite(number)) }
        #expect(wire.core.counts.transactions == 6)
        _ = wire.news()
        for number in 0..<4 {
            try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bKk\(number)", callID: "k\(number)"))
        }
        #expect(wire.core.counts.transactions == 8)
        #expect(wire.news() == ["200", "200", "200", "200"])
    }

    /// The sources whose rate is remembered are bounded; all together keep to the common rate.
    @Test func sourcesAreBounded() throws {
        var wire = Wire(over: .udp) {
            $0.overload.newCallsPerSecond = 2
            $0.overload.newCallsPerSecondOfSource = 2
        }
        for number in 0..<(2 * OverloadLimits.sourcesMax) {
            try wire.receive(Self.invite(number), from: Self.stranger(UInt32(number), of: wire), .known)
        }
        #expect(wire.sessions.count == 2)
    }
}

extension Wire {
    fileprivate mutating func receive(_ text: String, _ source: RequestSource) throws {
        try self.receive(text, from: nil, source)
    }
}
