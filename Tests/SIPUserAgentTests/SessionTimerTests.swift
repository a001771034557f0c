import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// What is agreed about the session interval (RFC 4028 sections 7 to 10).
@Suite struct SessionTimerTests {
    /// Table 2 of section 9: who refreshes by what the INVITE says. `expected` is the 200's Session-Expires.
    @Test(
        arguments: [
            (["Supported: timer"], "1800;refresher=uas", true),
            (["Supported: timer", "Session-Expires: 600"], "600;refresher=uas", true),
            (["Supported: timer", "Session-Expires: 600;refresher=uac"], "600;refresher=uac", true),
            (["Supported: timer", "Session-Expires: 600;refresher=uas"], "600;refresher=uas", true),
            (["Supported: timer", "Min-SE: 2000"], "2000;refresher=uas", true),
            (["Session-Expires: 600"], "600;refresher=uas", false), ([], nil, false),
            (["x: 600", "k: timer"], "600;refresher=uas", true),
        ] as [([String], String?, Bool)])
    func refresherIsChosen(lines: [String], expected: String?, requires: Bool) throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: lines))
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let answer = try #require(wire.lastResponse)
        #expect(answer.headers.first(.sessionExpires)?.text == expected)
        #expect(try answer.headers.require == (requires ? [.sessionTimer] : []))
    }

    /// 422 with our Min-SE, for INVITE and UPDATE; not to a peer that would not understand it.
    @Test func smallIntervalIsRefused() throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: ["Supported: timer", "Session-Expires: 89"]))
        #expect(wire.news() == ["422"])
        #expect(wire.lastResponse?.headers.first(.minSE)?.text == "90")
        try wire.receive(Wire.invite(branch: "z9hG4bK2", callID: "b", lines: ["Session-Expires: 30"]))
        #expect(wire.news() == ["100", "incoming"])
        var (established, _, tag) = try Wire.established()
        try established.receive(
            Wire.request(
                "UPDATE", branch: "z9hG4bKu", toTag: tag, sequence: 2,
                lines: ["Supported: timer", "Session-Expires: 60"]))
        #expect(established.news() == ["422"])
    }

    /// A 422 of the peer's is taken once: same Call-ID and From tag, next CSeq, another branch, its Min-SE.
    @Test func ourIntervalIsRaisedOnce() throws {
        var wire = Wire()
        _ = try wire.place()
        let first = try #require(wire.lastRequest)
        try wire.answer(.sessionIntervalTooSmall, first, lines: ["Min-SE: 3600"])
        let second = try #require(wire.lastRequest)
        #expect(wire.news() == ["INVITE", "ACK", "INVITE"])
        #expect(second.headers.first(.sessionExpires)?.text == "3600")
        #expect(second.headers.first(.minSE)?.text == "3600")
        #expect(second.headers.first(.callID) == first.headers.first(.callID))
        #expect(try second.headers.from.tag == first.headers.from.tag)
        #expect(try second.headers.cSeq.number == 2)
        #expect(try second.headers.topVia.branch != first.headers.topVia.branch)
        #expect(second.body == first.body)
        try wire.answer(.sessionIntervalTooSmall, second, lines: ["Min-SE: 7200"])
        #expect(wire.news() == ["ACK", "failed rejectedByPeer"])
    }

    private func answered(_ lines: [String], _ change: (inout UserAgentConfiguration) -> Void = { _ in }) throws
        -> Wire
    {
        var wire = Wire(over: .tcp, change)
        _ = try wire.place()
        try wire.answer(.ok, try #require(wire.lastRequest), lines: lines)
        #expect(wire.news() == ["INVITE", "ACK", "answered"])
        return wire
    }

    /// A peer whose Allow has no UPDATE is refreshed by re-INVITE with the bytes of the last offer.
    @Test func refreshByReinviteRepeatsTheOffer() throws {
        var wire = try self.answered(["Session-Expires: 100;refresher=uac", "Allow: INVITE, ACK, BYE"])
        wire.wait(.seconds(50))
        let refresh = try #require(wire.lastRequest)
        #expect(wire.news() == ["INVITE"])
        #expect(refresh.body == Array(Wire.sdp.utf8))
        #expect(refresh.headers.first(.sessionExpires)?.text == "100;refresher=uac")
        try wire.answer(.ok, refresh, lines: ["Session-Expires: 100;refresher=uac"])
        #expect(wire.news() == ["ACK"])
        wire.wait(.seconds(50))
        #expect(wire.news() == ["INVITE"])
        #expect(wire.lastRequest?.body == refresh.body)
    }

    /// A refresh that is answered otherwise than the last time is told as that, and not as the answer to the offer that
    /// waits behind it.
    @Test func refreshIsAnsweredAnew() throws {
        var wire = Wire(over: .tcp)
        let session = try wire.place()
        let lines = ["Session-Expires: 100;refresher=uac", "Allow: INVITE, ACK, BYE"]
        try wire.answer(.ok, try #require(wire.lastRequest), lines: lines, sdp: Wire.sdp)
        wire.wait(.seconds(50))
        wire.command { core, now in core.offer(session, sdp: Array("hold".utf8), at: now) }
        #expect(wire.news() == ["INVITE", "ACK", "answered", "INVITE"])
        try wire.answer(.ok, try #require(wire.lastRequest), lines: lines, sdp: "v=0\r\ns=moved\r\n")
        #expect(wire.news() == ["ACK", "refresh answered anew", "INVITE"])
        #expect(wire.lastRequest?.body == Array("hold".utf8))
        try wire.answer(.ok, try #require(wire.lastRequest), lines: lines, sdp: Wire.sdp)
        #expect(wire.news() == ["ACK", "offer accepted"])
    }

    /// An UPDATE that is refused after all falls back to re-INVITE; when that is refused too, ten seconds later again.
    @Test func refusedRefreshIsTriedAgain() throws {
        var wire = try self.answered(["Session-Expires: 100;refresher=uac", "Allow: UPDATE"])
        wire.wait(.seconds(50))
        #expect(wire.news() == ["UPDATE"])
        #expect(wire.lastRequest?.body.isEmpty == true)
        try wire.answer(.methodNotAllowed, try #require(wire.lastRequest))
        #expect(wire.news() == ["INVITE"])
        try wire.answer(.notAcceptableHere, try #require(wire.lastRequest))
        wire.wait(.milliseconds(9_999))
        #expect(wire.news() == ["ACK"])
        wire.wait(.milliseconds(1))
        #expect(wire.news() == ["UPDATE"])
    }

    /// 481 to the refresh ends the call for a cause of its own.
    @Test(arguments: [408, 481])
    func lostRefreshEndsTheCall(status: Int) throws {
        var wire = try self.answered(["Session-Expires: 100;refresher=uac", "Allow: UPDATE"])
        wire.wait(.seconds(50))
        try wire.answer(try #require(StatusCode(status)), try #require(wire.lastRequest))
        #expect(wire.news() == ["UPDATE", "BYE"])
        #expect(wire.lastRequest?.headers.first(.reason)?.text.hasPrefix("Q.850;cause=102") == true)
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended refreshFailed"])
        #expect(wire.endReason?.response?.status.number == status, "not the 200 to our BYE")
    }

    /// Refreshes that are refused, and refused again, until the interval runs out.
    @Test func refusedRefreshesEndTheCall() throws {
        var wire = try self.answered(["Session-Expires: 90;refresher=uac", "Allow: INVITE, ACK, BYE"])
        wire.wait(.seconds(45))
        try wire.answer(.notAcceptableHere, try #require(wire.lastRequest))
        wire.wait(.seconds(10))
        #expect(wire.news() == ["INVITE", "ACK", "INVITE"])
        try wire.answer(.notAcceptableHere, try #require(wire.lastRequest))
        wire.wait(.seconds(5))
        #expect(wire.news() == ["ACK", "BYE"])
        #expect(wire.lastRequest?.headers.first(.reason)?.text.hasPrefix("Q.850;cause=102") == true)
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended refreshRefused"])
    }

    /// The peer is to refresh and does not: BYE the smaller of 32 s and a third of the interval before its end.
    @Test(arguments: [(90, 60), (1800, 1768)])
    func watcherHangsUp(interval: Int, end: Int) throws {
        var wire = try self.answered(["Session-Expires: \(interval);refresher=uas"])
        wire.wait(.seconds(end) - .milliseconds(1))
        #expect(wire.news() == [])
        wire.wait(.milliseconds(1))
        #expect(wire.news() == ["BYE"])
        #expect(wire.lastRequest?.headers.first(.reason)?.text.hasPrefix("Q.850;cause=102") == true)
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended sessionExpired"])
        #expect(wire.endReason?.status == nil, "the 200 to our BYE ended nothing")
    }

    /// A peer without session timers: none, or, where configured, we refresh alone.
    @Test func peerWithoutTimers() throws {
        var wire = try self.answered([])
        wire.wait(.seconds(4000))
        #expect(wire.news() == [])
        wire = try self.answered([]) { $0.session.timer.refreshesAlone = true }
        wire.wait(.seconds(900))
        #expect(wire.news() == ["INVITE"])
    }

    /// Session timers off: nothing is asked for, and a peer that asks gets one all the same.
    @Test func timersAreOff() throws {
        var wire = Wire(over: .tcp) { $0.session.timer.isOn = false }
        _ = try wire.place()
        #expect(wire.lastRequest?.headers.contains(.sessionExpires) == false)
        try wire.receive(Wire.invite(lines: ["Supported: timer", "Session-Expires: 600"]))
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.lastResponse?.headers.contains(.sessionExpires) == true)
    }
}
