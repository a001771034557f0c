import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// What is in our own offers, and which of them and of the peer's have their place (RFC 3261 section 14, RFC 3311).
@Suite struct OfferTests {
    private static let sdp = Array("v=0\r\ns=new\r\n".utf8)

    /// A call of ours that is answered; the 200 has these lines.
    private func answered(_ lines: [String] = [], _ change: (inout UserAgentConfiguration) -> Void = { _ in })
        throws -> (wire: Wire, session: SessionID, tag: String)
    {
        var wire = Wire(over: .tcp, change)
        let session = try wire.place()
        let invite = try #require(wire.lastRequest)
        try wire.answer(.ok, invite, lines: ["Contact: <sip:bob@198.51.100.2:5070>"] + lines)
        let tag = try #require(try invite.headers.from.tag)
        #expect(wire.news() == ["INVITE", "ACK", "answered"])
        return (wire, session, tag)
    }

    private func inDialog(
        _ method: String, _ wire: Wire, tag: String, sequence: Int, branch: String, body: String = "",
        lines: [String] = []
    ) throws -> String {
        let callID = try #require(wire.lastRequest?.headers.callID.text)
        return Wire.request(
            method, branch: branch, toTag: tag, callID: callID, sequence: sequence,
            lines: ["Contact: <sip:bob@198.51.100.2:5080>"] + (body.isEmpty ? [] : ["Content-Type: application/sdp"])
                + lines, body: body)
    }

    /// CSeq numbers rise by one within a dialog, the From tag and the route set stay, and ACK goes along the route too.
    @Test func numbersRiseTagsAndRoutesStay() throws {
        var (wire, session, tag) = try self.answered(["Record-Route: <sip:198.51.100.9;lr>"])
        for number in 2...4 {
            wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
            let offer = try #require(wire.lastRequest)
            #expect(try offer.headers.cSeq == CSeq(number: UInt32(number), method: .invite))
            #expect(try offer.headers.from.tag == tag)
            #expect(offer.headers.all(.route).map(\.text) == ["<sip:198.51.100.9;lr>"])
            #expect(offer.body == Self.sdp)
            #expect(offer.headers.contains(.contact))
            // A 2xx to a re-INVITE moves the target, never the route.
            try wire.answer(
                .ok, offer,
                lines: ["Contact: <sip:bob@198.51.100.\(number)>", "Record-Route: <sip:192.0.2.99;lr>"])
            let ack = try #require(wire.lastRequest)
            #expect(try ack.headers.cSeq == CSeq(number: UInt32(number), method: .ack))
            #expect("\(ack.uri)" == "sip:bob@198.51.100.\(number)")
            #expect(ack.headers.all(.route).map(\.text) == ["<sip:198.51.100.9;lr>"])
            #expect(wire.news() == ["INVITE", "ACK", "offer accepted"])
        }
    }

    /// A refusal leaves the session as it was; 408 and 481 end it (section 12.2.1.2).
    @Test(arguments: [488, 500, 603, 408, 481])
    func refusalIsTold(status: Int) throws {
        var (wire, session, _) = try self.answered()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        try wire.answer(try #require(StatusCode(status)), try #require(wire.lastRequest))
        guard status == 408 || status == 481 else {
            #expect(wire.news() == ["INVITE", "ACK", "offer refused \(status)"])
            return
        }
        #expect(wire.news() == ["INVITE", "ACK", "BYE"])
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended dialogLost"])
    }

    /// No answer at all to a re-INVITE ends the call too.
    @Test func silenceEndsTheCall() throws {
        var (wire, session, _) = try self.answered()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        wire.wait(.seconds(32))
        #expect(wire.news() == ["INVITE", "BYE"])
    }

    /// One offer waits at most: the latest takes the place of the one before, and goes out when its turn comes.
    @Test func oneOfferWaits() throws {
        var (wire, session, _) = try self.answered()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        for text in ["a", "b", "c"] {
            wire.command { core, now in core.offer(session, sdp: Array(text.utf8), at: now) }
        }
        #expect(wire.news() == ["INVITE"])
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ACK", "offer accepted", "INVITE"])
        #expect(wire.lastRequest?.body == Array("c".utf8))
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        wire.command { core, now in core.withdrawOffer(session, at: now) }
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ACK", "offer accepted"])
    }

    /// 491: the owner of the Call-ID waits 2.1 to 4 s, in units of 10 ms; after five tries the owner is told.
    @Test func callerBacksOffLonger() throws {
        var (wire, session, _) = try self.answered()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        for _ in 1...5 {
            try wire.answer(.requestPending, try #require(wire.lastRequest))
            #expect(wire.news() == ["INVITE", "ACK"])
            let pause = try self.pause(&wire)
            #expect(pause >= .milliseconds(2100) && pause <= .seconds(4) && pause.inMilliseconds % 10 == 0)
        }
        try wire.answer(.requestPending, try #require(wire.lastRequest))
        #expect(wire.news() == ["INVITE", "ACK", "offer refused 491"])
    }

    /// The other side waits 0 to 2 s.
    @Test func calleeBacksOffShorter() throws {
        var (wire, session, _) = try Wire.established()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        try wire.answer(.requestPending, try #require(wire.lastRequest))
        #expect(wire.news() == ["INVITE", "ACK"])
        let pause = try self.pause(&wire)
        #expect(pause <= .seconds(2) && pause.inMilliseconds % 10 == 0)
        #expect(wire.news() == ["INVITE"])
    }

    /// How long until the core sends a request again.
    private func pause(_ wire: inout Wire) throws -> Duration {
        let start = wire.now
        let count = wire.sent.count
        while wire.sent.count == count, wire.now < start + .seconds(5) { wire.wait(.milliseconds(10)) }
        return start.duration(to: wire.now)
    }

    /// During the pause the peer's offer is answered; ours comes after it.
    @Test func peersOfferIsAnsweredInThePause() throws {
        var (wire, session, tag) = try Wire.established()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        try wire.receive(Wire.invite(branch: "z9hG4bK2", toTag: tag, sequence: 2))
        #expect(wire.news() == ["INVITE", "491"])
        try wire.answer(.requestPending, try #require(wire.lastRequest))
        try wire.receive(Wire.invite(branch: "z9hG4bK3", toTag: tag, sequence: 3))
        #expect(wire.news() == ["ACK", "100", "offer received"])
        wire.command { core, now in core.acceptOffer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        wire.wait(.seconds(3))
        #expect(!wire.news().contains("INVITE"))
        try wire.receive(Wire.request("ACK", branch: "z9hG4bK4", toTag: tag, sequence: 3))
        #expect(wire.news() == ["offer confirmed", "INVITE"])
    }

    /// UPDATE (RFC 3311 section 5.2): without SDP answered at once, with SDP by the owner, and never two offers at once.
    @Test func updatesHaveTheirPlace() throws {
        var (wire, session, tag) = try self.answered()
        try wire.receive(try self.inDialog("UPDATE", wire, tag: tag, sequence: 1, branch: "z9hG4bKu1"))
        #expect(wire.news() == ["200"])
        #expect(wire.lastResponse?.headers.contains(.contact) == true)
        try wire.receive(try self.inDialog("UPDATE", wire, tag: tag, sequence: 2, branch: "z9hG4bKu2", body: Wire.sdp))
        try wire.receive(try self.inDialog("UPDATE", wire, tag: tag, sequence: 3, branch: "z9hG4bKu3", body: Wire.sdp))
        #expect(wire.news() == ["offer received", "500"])
        #expect(wire.lastResponse?.headers.contains(.retryAfter) == true)
        // Ours waits for the answer to theirs.
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        #expect(wire.news() == [])
        wire.command { core, now in core.acceptOffer(session, sdp: Self.sdp, at: now) }
        #expect(wire.news() == ["200", "INVITE"])
        // The target has moved with the UPDATE.
        #expect(wire.lastRequest.map { "\($0.uri)" } == "sip:bob@198.51.100.2:5080")
        try wire.receive(try self.inDialog("UPDATE", wire, tag: tag, sequence: 4, branch: "z9hG4bKu4", body: Wire.sdp))
        #expect(wire.news() == ["491"])
        try wire.answer(.ok, try #require(wire.lastRequest))
        try wire.receive(try self.inDialog("UPDATE", wire, tag: tag, sequence: 5, branch: "z9hG4bKu5", body: Wire.sdp))
        wire.command { core, now in core.refuseOffer(session, .notAcceptableHere, at: now) }
        #expect(wire.news() == ["ACK", "offer accepted", "offer received", "488"])
        // A slow owner: 504.
        try wire.receive(try self.inDialog("UPDATE", wire, tag: tag, sequence: 6, branch: "z9hG4bKu6", body: Wire.sdp))
        wire.wait(.seconds(5))
        #expect(wire.news() == ["offer received", "504"])
    }

    /// The owner does not answer the offer that it asked for: an ACK without SDP, and BYE.
    @Test func owedAnswerIsBounded() throws {
        var wire = Wire()
        _ = try wire.place { $0.offer = nil }
        let invite = try #require(wire.lastRequest)
        #expect(invite.body.isEmpty && !invite.headers.contains(.contentType))
        try wire.receive(Self.ok(to: invite))
        #expect(wire.news() == ["INVITE", "owed call"])
        // The 2xx again brings no ACK before the owner's answer.
        try wire.receive(Self.ok(to: invite))
        #expect(wire.news() == [])
        wire.wait(.seconds(5))
        #expect(wire.news() == ["ACK", "BYE"])
    }

    private static func ok(to invite: Request) throws -> String {
        let copied = [HeaderName.via, .from, .callID, .cSeq].flatMap { name in
            invite.headers.all(name).map { "\(name.text): \($0.text)" }
        }
        let to = try #require(invite.headers.first(.to)?.text)
        let lines =
            ["SIP/2.0 200 OK"] + copied
            + ["To: \(to);tag=far", "Contact: <sip:bob@198.51.100.2>", "Content-Type: application/sdp"]
        return (lines + ["Content-Length: \(Wire.sdp.utf8.count)", "", ""]).joined(separator: "\r\n") + Wire.sdp
    }

    /// A 2xx whose Contact or Record-Route cannot be read: ACK, BYE, and the call is over at once.
    @Test(arguments: ["Contact: <sip:", "Record-Route: <sip:a;lr"])
    func unreadableAnswerEndsTheCall(line: String) throws {
        var wire = Wire()
        _ = try wire.place()
        try wire.answer(.ok, try #require(wire.lastRequest), lines: [line])
        #expect(wire.news() == ["INVITE", "ACK", "BYE", "failed answerUnreadable"])
        #expect(wire.core.counts.sessions == 0)
        #expect(wire.core.counts.dialogs == 0)
    }

    /// Nothing is left of a call in which both sides had offers open.
    @Test func openOffersEndWithTheCall() throws {
        var (wire, session, tag) = try Wire.established()
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        wire.command { core, now in core.offer(session, sdp: Self.sdp, at: now) }
        try wire.receive(Wire.request("BYE", branch: "z9hG4bKb", toTag: tag, sequence: 2))
        #expect(wire.news() == ["INVITE", "200", "ended hungUpByPeer"])
        wire.wait(.seconds(70))
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
        #expect(wire.core.deadline == nil)
    }
}
