import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// Calls that come in: RFC 3261 sections 9.2, 13.3 and 15.
@Suite struct CalleeTests {
    private func ringing() throws -> (wire: Wire, session: SessionID) {
        var wire = Wire()
        try wire.receive(Wire.invite())
        #expect(wire.news() == ["100", "incoming"])
        return (wire, try #require(wire.sessions.first))
    }

    /// The owner sees the request whole, where it came from, and the offer.
    @Test func incomingIsToldWhole() throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: ["x-exotel-callsid: abc", "X-Custom: 1"]))
        var incoming: IncomingInvite?
        for case .event(_, .incoming(let invite)) in wire.actions { incoming = invite }
        let invite = try #require(incoming)
        #expect(invite.request.headers.first(.xExotelCallSid)?.text == "abc")
        #expect(invite.path == wire.path())
        #expect(invite.offer == Array(Wire.sdp.utf8))
    }

    /// Any refusal, with any header.
    @Test(arguments: [
        (StatusCode.forbidden, "Reason: SIP;cause=403"), (.serviceUnavailable, "Retry-After: 17"),
        (.notAcceptableHere, "Warning: 304 trunkline \"no PCMA\""), (.busyHere, "X-Note: busy"),
        (.movedTemporarily, "Contact: <sip:other@example.com>"), (.decline, "X-Note: no"),
    ])
    func isRejected(status: StatusCode, line: String) throws {
        var (wire, session) = try self.ringing()
        let parts = line.split(separator: ":", maxSplits: 1)
        let field = Headers.Field(name: try HeaderName(parts[0]), value: try HeaderValue(parts[1]))
        wire.command { core, now in core.reject(session, status, headers: [field], at: now) }
        #expect(wire.news() == ["\(status)", "failed rejectedByUs"])
        #expect(wire.lastResponse?.headers.first(field.name) == field.value)
        #expect(wire.endReason?.status == status)
        #expect(wire.core.counts.sessions == 0)
        #expect(wire.core.counts.dialogs == 0)
        try wire.receive(Wire.request("ACK"))
        #expect(wire.core.counts.transactions == 0)
    }

    /// Commands in the wrong order or after the end do nothing.
    @Test func lateCommandsDoNothing() throws {
        var (wire, session, _) = try Wire.established()
        wire.command { core, now in core.ring(session, at: now) }
        wire.command { core, now in core.answer(session, sdp: [], at: now) }
        wire.command { core, now in core.reject(session, .busyHere, at: now) }
        wire.command { core, now in core.acceptOffer(session, sdp: [], at: now) }
        wire.command { core, now in core.refuseOffer(session, .notAcceptableHere, at: now) }
        #expect(wire.news() == [])
        wire.command { core, now in core.hangUp(session, at: now) }
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(wire.news() == ["BYE"])
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended hungUpByUs"])
        wire.command { core, now in core.hangUp(session, at: now) }
        wire.command { core, now in core.progress(session, sdp: [], at: now) }
        #expect(wire.news() == [])
    }

    /// CANCEL: 200 with the dialog's tag, 487 to the INVITE; one that comes late changes nothing.
    @Test func cancelEndsTheRinging() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.ring(session, at: now) }
        let tag = try wire.lastResponse?.headers.to.tag
        try wire.receive(Wire.request("CANCEL", lines: ["Reason: SIP;cause=200;text=\"elsewhere\""]))
        #expect(wire.news() == ["180", "200", "487", "failed cancelledByPeer"])
        #expect(try wire.sent.suffix(2).map { try $0.message.headers.to.tag } == [tag, tag])
        #expect(wire.endReason?.reasons.count == 1)
        // Once more, on a stream: the INVITE's transaction still waits for its ACK, so there is something to answer.
        try wire.receive(Wire.request("CANCEL"))
        #expect(wire.news() == ["200"])
    }

    @Test func cancelAfterTheAnswerChangesNothing() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        try wire.receive(Wire.request("CANCEL"))
        #expect(wire.news() == ["200", "200"])
        #expect(wire.core.counts.sessions == 1)
    }

    /// The 2xx is sent again on a stream too, until its ACK; an ACK with another number is not it.
    @Test func answerIsSentUntilItsACK() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        wire.wait(.milliseconds(1600))
        #expect(wire.news() == ["200", "200", "200"])
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tag, sequence: 9))
        #expect(wire.news() == [])
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tag))
        #expect(wire.news() == ["confirmed"])
        wire.wait(.seconds(40))
        #expect(wire.news() == [])
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tag))
        #expect(wire.news() == [])
    }

    /// Without an offer in the INVITE the answer is in the ACK.
    @Test func answerInTheACKIsTold() throws {
        var wire = Wire()
        try wire.receive(Wire.invite(body: ""))
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(
            Wire.request(
                "ACK", branch: "z9hG4bKa", toTag: tag, lines: ["Content-Type: application/sdp"], body: "v=0\r\n"))
        var answer: [UInt8]?
        for case .event(_, .confirmed(let body)) in wire.actions { answer = body }
        #expect(answer == Array("v=0\r\n".utf8))
    }

    /// The caller may hang up before the answer by BYE (section 15).
    @Test func byeBeforeTheAnswer() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.ring(session, at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK2", toTag: tag, sequence: 2))
        #expect(wire.news() == ["180", "200", "487", "failed cancelledByPeer"])
    }

    /// A BYE overtakes the ACK: the call is over, and the 2xx is not sent again.
    @Test func byeBeforeTheACK() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK2", toTag: tag, sequence: 2))
        #expect(wire.news() == ["200", "200", "ended hungUpByPeer"])
        wire.wait(.seconds(40))
        #expect(wire.news() == [])
        #expect(wire.core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0))
    }

    /// A re-INVITE while our answer is not acknowledged comes too early; after our BYE it comes too late.
    @Test func reinviteAtTheWrongTime() throws {
        var (wire, session) = try self.ringing()
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Wire.invite(branch: "z9hG4bK2", toTag: tag, sequence: 2))
        #expect(wire.news() == ["200", "500"])
        #expect(wire.lastResponse?.headers.contains(.retryAfter) == true)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tag))
        wire.command { core, now in core.hangUp(session, at: now) }
        try wire.receive(Wire.invite(branch: "z9hG4bK3", toTag: tag, sequence: 3))
        #expect(wire.news() == ["confirmed", "BYE", "481"])
    }

    /// A re-INVITE that is open when the call ends is answered 487 (section 15.1.2).
    @Test func openReinviteEndsWithTheCall() throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Wire.invite(branch: "z9hG4bK2", toTag: tag, sequence: 2))
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK3", toTag: tag, sequence: 3))
        #expect(wire.news() == ["100", "offer received", "200", "487", "ended hungUpByPeer"])
    }

    /// A caller of RFC 2543: no branch, no From tag.
    @Test func legacyCallerIsServed() throws {
        var wire = Wire()
        let invite = Wire.invite().replacing(";branch=z9hG4bK1", with: "").replacing(";tag=far", with: "")
        try wire.receive(invite)
        try wire.receive(invite)
        #expect(wire.news() == ["100", "incoming", "100"])
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        let ack = Wire.request("ACK", toTag: tag)
            .replacing(";branch=z9hG4bK1", with: "").replacing(";tag=far", with: "")
        try wire.receive(ack)
        #expect(wire.news() == ["200", "confirmed"])
    }

    /// Nothing of the owner's can end a header's line: values are checked when they are made.
    @Test func hostileHeadersCannotBeMade() {
        for text in ["a\r\nX: y", "a\nb", "a\u{0}b"] {
            #expect(throws: SIPSyntaxError.controlCharacter) { try HeaderValue(text) }
        }
        #expect(throws: SIPSyntaxError.notAToken) { try HeaderName("X Y") }
    }
}
