import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// What is in the answers to a re-INVITE: RFC 3261 section 14.2. The order of messages is CallFlowTests' business.
@Suite struct ReinviteTests {
    private func offered(body: String = Wire.sdp) throws -> (wire: Wire, session: SessionID, tag: String) {
        var (wire, session, tag) = try Wire.established()
        try wire.receive(Wire.invite(branch: "z9hG4bK2", toTag: tag, sequence: 2, body: body))
        #expect(wire.news() == ["100", "offer received"])
        return (wire, session, tag)
    }

    @Test func offerReachesTheOwner() throws {
        let (wire, session, _) = try self.offered()
        var offer: IncomingOffer?
        for case .event(session, .offerReceived(let incoming)) in wire.actions { offer = incoming }
        #expect(offer?.offer == Array(Wire.sdp.utf8))
        #expect(offer?.request.method == .invite)
    }

    @Test func missingOfferIsNil() throws {
        let (wire, session, _) = try self.offered(body: "")
        var offer: IncomingOffer?
        for case .event(session, .offerReceived(let incoming)) in wire.actions { offer = incoming }
        #expect(offer != nil)
        #expect(offer?.offer == nil)
    }

    /// The 200 has the SDP, our Contact and the dialog's tag.
    @Test func acceptanceIsComplete() throws {
        var (wire, session, tag) = try self.offered()
        wire.command { core, now in core.acceptOffer(session, sdp: Array("v=0\r\n".utf8), at: now) }
        let answer = try #require(wire.lastResponse)
        #expect(answer.body == Array("v=0\r\n".utf8))
        #expect(try answer.headers.to.tag == tag)
        #expect(answer.headers.first(.contact)?.text == "<sip:bob@192.0.2.1:5060;transport=tcp>")
        #expect(try answer.headers.contentType?.matches(.sdp) == true)
    }

    /// The refusal carries the owner's headers, and a second answer does nothing.
    @Test func refusalCarriesHeaders() throws {
        var (wire, session, _) = try self.offered()
        let warning = Headers.Field(name: .warning, value: HeaderValue(trusted: "305 trunkline \"no\""))
        wire.command { core, now in core.refuseOffer(session, .notAcceptableHere, headers: [warning], at: now) }
        #expect(wire.lastResponse?.headers.first(.warning) == warning.value)
        wire.command { core, now in core.acceptOffer(session, sdp: [], at: now) }
        #expect(wire.news() == ["488"])
    }

    /// `Retry-After` of a re-INVITE that came too early is 0 to 10 s.
    @Test func overlappingOfferIsPutOff() throws {
        var (wire, _, tag) = try self.offered()
        for sequence in 3...12 {
            try wire.receive(
                Wire.invite(branch: "z9hG4bKo\(sequence)", toTag: tag, sequence: sequence))
            let seconds = try #require(wire.lastResponse?.headers.first(.retryAfter).flatMap { Int($0.text) })
            #expect((0...10).contains(seconds))
        }
        #expect(wire.core.counts.sessions == 1)
    }

    /// A hang-up by us while an offer is open answers it 487 once the call is over.
    @Test func hangUpLeavesNoOfferOpen() throws {
        var (wire, session, _) = try self.offered()
        wire.command { core, now in core.hangUp(session, at: now) }
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["BYE", "487", "ended hungUpByUs"])
        wire.wait(.seconds(33))
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
    }

    /// The retransmitted 200 is the same message, and its ACK ends that.
    @Test func acceptanceIsSentAgainUnchanged() throws {
        var (wire, session, tag) = try self.offered()
        wire.command { core, now in core.acceptOffer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let first = try #require(wire.lastResponse)
        wire.wait(.milliseconds(600))
        #expect(wire.news() == ["200", "200"])
        #expect(wire.lastResponse == first)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tag, sequence: 2))
        wire.wait(.seconds(40))
        #expect(wire.news() == ["offer confirmed"])
    }
}
