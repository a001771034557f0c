import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// PRACK in its details (RFC 3262): numbers, order, limits. Whole flows are CallFlowTests' business.
@Suite struct ReliableProvisionalTests {
    private func ringing(_ change: (inout UserAgentConfiguration) -> Void = { _ in }) throws
        -> (wire: Wire, session: SessionID)
    {
        var wire = Wire(over: .tcp, change)
        try wire.receive(Wire.invite(lines: ["Require: 100rel"]))
        #expect(wire.news() == ["100", "incoming"])
        return (wire, try #require(wire.sessions.first))
    }

    private func prack(_ rAck: String, _ wire: Wire, sequence: Int) throws -> String {
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        return Wire.request(
            "PRACK", branch: "z9hG4bKp\(sequence)", toTag: tag, sequence: sequence, lines: ["RAck: \(rAck)"])
    }

    /// Numbers rise by one, each response waits for the PRACK before it, and a PRACK for anything else is answered 481.
    @Test func responsesComeInOrder() throws {
        var (wire, session) = try self.ringing()
        for _ in 0..<3 { wire.command { core, now in core.ring(session, at: now) } }
        #expect(wire.news() == ["180"])
        let first = try #require(try wire.lastResponse?.headers.rSeq)
        #expect(try wire.lastResponse?.headers.require == [.reliableProvisionals])
        try wire.receive(try self.prack("\(first + 1) 1 INVITE", wire, sequence: 2))
        try wire.receive(try self.prack("\(first) 2 INVITE", wire, sequence: 3))
        try wire.receive(try self.prack("\(first) 1 UPDATE", wire, sequence: 4))
        #expect(wire.news() == ["481", "481", "481"])
        try wire.receive(try self.prack("\(first) 1 INVITE", wire, sequence: 5))
        #expect(wire.news() == ["200", "180"])
        #expect(try wire.lastResponse?.headers.rSeq == first + 1)
        try wire.receive(try self.prack("x", wire, sequence: 6))
        #expect(wire.news() == ["400"])
    }

    /// Beyond `reliableProvisionalsMax` that wait, no more are taken.
    @Test func waitingResponsesAreBounded() throws {
        var (wire, session) = try self.ringing { $0.reliableProvisionalsMax = 2 }
        for _ in 0..<10 { wire.command { core, now in core.ring(session, at: now) } }
        var count = 0
        for sequence in 2..<20 {
            guard let number = try wire.lastResponse?.headers.rSeq else { break }
            count += 1
            try wire.receive(try self.prack("\(number) 1 INVITE", wire, sequence: sequence))
        }
        #expect(count == 3)
    }

    /// Sent again at T1 and ever twice as late; after 64·T1 the INVITE is refused.
    @Test func unacknowledgedIsSentAgain() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.ring(session, at: now) }
        wire.wait(.milliseconds(31_999))
        #expect(wire.news() == Array(repeating: "180", count: 7))
        wire.wait(.milliseconds(1))
        #expect(wire.news() == ["504", "failed prackMissing"])
        #expect(wire.endReason?.party == .network)
    }

    /// A refusal does not wait; a 2xx does not wait for ringing without SDP, whose PRACK is still welcome.
    @Test func finalAnswerIsNotHeldUp() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.ring(session, at: now) }
        let number = try #require(try wire.lastResponse?.headers.rSeq)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.news() == ["180", "200"])
        try wire.receive(try self.prack("\(number) 1 INVITE", wire, sequence: 2))
        #expect(wire.news() == ["200"])
        (wire, session) = try self.ringing()
        wire.command { core, now in core.progress(session, sdp: Array(Wire.sdp.utf8), at: now) }
        wire.command { core, now in core.reject(session, .busyHere, at: now) }
        #expect(wire.news() == ["183", "486", "failed rejectedByUs"])
    }

    // MARK: - As the caller

    private func reliable(_ number: UInt32) -> [String] {
        ["Require: 100rel", "RSeq: \(number)", "Contact: <sip:bob@198.51.100.2>"]
    }

    /// Each is acknowledged once and in order: a copy and one after a gap are not.
    @Test func pracksGoInOrder() throws {
        var wire = Wire()
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        try wire.answer(.ringing, invite, lines: self.reliable(7))
        #expect(wire.news() == ["INVITE", "PRACK", "provisional"])
        let prack = try #require(wire.lastRequest)
        #expect(prack.headers.first(.rAck)?.text == "7 1 INVITE")
        #expect(try prack.headers.cSeq == CSeq(number: 2, method: .prack))
        try wire.answer(.ringing, invite, lines: self.reliable(7))
        try wire.answer(.ringing, invite, lines: self.reliable(9))
        #expect(wire.news() == [])
        try wire.answer(.ringing, invite, lines: self.reliable(8))
        #expect(wire.news() == ["PRACK", "provisional"])
        // The numbers of the early dialog go on in the call.
        try wire.answer(.ok, invite, lines: ["Contact: <sip:bob@198.51.100.2>"])
        let session = try #require(wire.lastSession)
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(wire.news() == ["ACK", "answered", "BYE"])
        #expect(try wire.lastRequest?.headers.cSeq.number == 4)
    }

    /// Each fork has its own early dialog and numbers; beyond `forksMax` a reliable response is not taken.
    @Test func forksAreKeptApart() throws {
        var wire = Wire(over: .tcp) { $0.forksMax = 2 }
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        for number in 1...3 {
            try wire.answer(.ringing, invite, toTag: "fork\(number)", lines: self.reliable(UInt32(number * 100)))
        }
        #expect(wire.news() == ["INVITE", "PRACK", "provisional", "PRACK", "provisional"])
        #expect(wire.core.counts.dialogs == 2)
        try wire.answer(.ringing, invite, toTag: "fork1", lines: self.reliable(101))
        #expect(wire.news() == ["PRACK", "provisional"])
        try wire.answer(.ok, invite, toTag: "fork2", lines: ["Contact: <sip:bob@198.51.100.2>"])
        #expect(wire.core.counts.dialogs == 1)
        try wire.answer(.ok, invite, toTag: "fork1", lines: ["Contact: <sip:bob@198.51.100.2>"])
        #expect(wire.news() == ["ACK", "answered", "ACK", "BYE"])
    }
}

extension Wire {
    /// The session of the last event.
    var lastSession: SessionID? {
        for action in self.actions.reversed() {
            if case .event(let id, _) = action { return id }
        }
        return nil
    }
}
