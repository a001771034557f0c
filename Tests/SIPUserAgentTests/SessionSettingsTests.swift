import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// What one trunk has its own way: session timers and reliable ringing of its calls, whatever the core's own settings are.
@Suite struct SessionSettingsTests {
    private static func settings(_ change: (inout SessionSettings) -> Void) -> SessionSettings {
        var settings = SessionSettings()
        change(&settings)
        return settings
    }

    /// Adopts `settings` for the last call that came in.
    private func adopt(_ settings: SessionSettings, in wire: inout Wire) throws -> Bool {
        let session = try #require(wire.sessions.last)
        var isTaken = false
        wire.command { core, now in
            let (taken, actions) = core.adopt(session, settings, credentials: [], at: now)
            isTaken = taken
            return actions
        }
        return isTaken
    }

    /// Each call that we place announces and asks what its own settings say.
    @Test func callsDifferOnOneCore() throws {
        var wire = Wire { $0.session.timer.interval = .seconds(600) }
        _ = try wire.place()
        #expect(wire.lastRequest?.headers.first(.sessionExpires)?.text == "600")
        _ = try wire.place {
            $0.session = Self.settings {
                $0.timer.isOn = false
                $0.reliableProvisionals = .off
            }
        }
        let off = try #require(wire.lastRequest)
        #expect(!off.headers.contains(.sessionExpires))
        #expect(try off.headers.supported == [.sessionTimer, .replaces])
        _ = try wire.place {
            $0.session = Self.settings {
                $0.timer.interval = .seconds(120)
                $0.timer.refresher = .us
                $0.reliableProvisionals = .required
            }
        }
        let required = try #require(wire.lastRequest)
        #expect(required.headers.first(.sessionExpires)?.text == "120;refresher=uac")
        #expect(try required.headers.require == [.reliableProvisionals])
        #expect(try required.headers.supported == [.reliableProvisionals, .sessionTimer, .replaces])
    }

    /// REFER and Replaces are announced only where the owner takes them: in our INVITE, in what answers one, in a re-INVITE,
    /// and to OPTIONS within the call and outside; a REFER is the owner's to decline all the same.
    @Test(arguments: [true, false]) func transfersAreAnnouncedWhereTheyAreTaken(isTaken: Bool) throws {
        func expect(_ headers: Headers?, _ source: SourceLocation = #_sourceLocation) throws {
            let headers = try #require(headers, sourceLocation: source)
            #expect(try headers.allow.contains(.refer) == isTaken, sourceLocation: source)
            #expect(try headers.supported.contains(.replaces) == isTaken, sourceLocation: source)
            #expect(try headers.allow.contains(.notify), "for REFERs of ours", sourceLocation: source)
        }
        let settings = Self.settings { $0.takesTransfers = isTaken }
        // The core's own settings are the opposite of the trunk's.
        var wire = Wire { $0.session.takesTransfers = !isTaken }
        let placed = try wire.place { $0.session = settings }
        try expect(wire.lastRequest?.headers)
        try wire.answer(.ok, try #require(wire.lastRequest))
        wire.command { core, now in core.offer(placed, sdp: Array(Wire.sdp.utf8), at: now) }
        try expect(wire.lastRequest?.headers)
        try wire.receive(Wire.invite())
        #expect(try self.adopt(settings, in: &wire))
        let session = try #require(wire.sessions.last)
        wire.command { core, now in core.ring(session, at: now) }
        try expect(wire.lastResponse?.headers)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        try expect(wire.lastResponse?.headers)
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tag, sequence: 1))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bKo", toTag: tag, sequence: 2))
        try expect(wire.lastResponse?.headers)
        _ = wire.news()
        try wire.receive(
            Wire.request(
                "REFER", branch: "z9hG4bKr", toTag: tag, sequence: 3, lines: ["Refer-To: <sip:carol@192.0.2.9>"]))
        #expect(wire.news().contains { $0.hasPrefix("refer received") })
        var outside = Wire { $0.session.takesTransfers = isTaken }
        try outside.receive(Wire.request("OPTIONS", branch: "z9hG4bKp", sequence: 1))
        try expect(outside.lastResponse?.headers)
        try outside.receive(Wire.request("SUBSCRIBE", branch: "z9hG4bKs", sequence: 1))
        #expect(outside.lastResponse?.status == .methodNotAllowed)
        #expect(try outside.lastResponse?.headers.allow.contains(.refer) == isTaken)
    }

    /// A trunk's own minimum is judged once the call's trunk is known: 422 with it, and the call is over.
    @Test func adoptedMinimumRefuses() throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: ["Supported: timer", "Session-Expires: 200"]))
        #expect(try !self.adopt(Self.settings { $0.timer.intervalMin = .seconds(300) }, in: &wire))
        #expect(wire.news() == ["100", "incoming", "422", "failed rejectedByUs"])
        #expect(wire.lastResponse?.headers.first(.minSE)?.text == "300")
        try wire.receive(
            Wire.invite(branch: "z9hG4bK2", callID: "b", lines: ["Supported: timer", "Session-Expires: 300"]))
        #expect(try self.adopt(Self.settings { $0.timer.intervalMin = .seconds(300) }, in: &wire))
        #expect(wire.news() == ["100", "incoming"])
    }

    /// Reliable ringing that is switched off: 420 to who requires it, nothing reliable for who only supports it, and no
    /// word of it in `Supported`.
    @Test func adoptedOffRefusesReliableRinging() throws {
        let off = Self.settings { $0.reliableProvisionals = .off }
        var wire = Wire()
        try wire.receive(Wire.invite(lines: ["Require: 100rel"]))
        #expect(try !self.adopt(off, in: &wire))
        #expect(wire.news() == ["100", "incoming", "420", "failed rejectedByUs"])
        #expect(wire.lastResponse?.headers.first(.unsupported)?.text == "100rel")
        try wire.receive(Wire.invite(branch: "z9hG4bK2", callID: "b", lines: ["Supported: 100rel"]))
        #expect(try self.adopt(off, in: &wire))
        let session = try #require(wire.sessions.last)
        wire.command { core, now in core.progress(session, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.news() == ["100", "incoming", "183"])
        #expect(wire.lastResponse?.headers.contains(.rSeq) == false)
        #expect(try wire.lastResponse?.headers.supported == [.sessionTimer, .replaces])
    }

    /// Where it is wanted, early media goes reliably to whoever supports it.
    @Test(arguments: [ReliableProvisionalsPolicy.whenSupported, .required])
    func adoptedPolicySendsReliably(policy: ReliableProvisionalsPolicy) throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: ["Supported: 100rel"]))
        #expect(try self.adopt(Self.settings { $0.reliableProvisionals = policy }, in: &wire))
        let session = try #require(wire.sessions.last)
        wire.command { core, now in core.progress(session, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.lastResponse?.headers.contains(.rSeq) == true)
    }

    /// A call that was cancelled before its trunk was known is left to end: its owner hears of that.
    @Test func cancelledCallAdoptsNothing() throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: ["Require: 100rel"]))
        try wire.receive(Wire.request("CANCEL", sequence: 1))
        #expect(wire.news() == ["100", "incoming", "200", "487", "failed cancelledByPeer"])
        #expect(try self.adopt(Self.settings { $0.reliableProvisionals = .off }, in: &wire))
        #expect(wire.news() == [])
    }
}
