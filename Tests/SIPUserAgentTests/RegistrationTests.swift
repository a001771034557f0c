import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// REGISTER with refresh, back-off and digest (RFC 3261 section 10.2), against a scripted registrar in virtual time.
@Suite struct RegistrationTests {
    private func started() throws -> (wire: Wire, id: RequestID) {
        var wire = Wire()
        let ours = AdvertisedAddress(Wire.ours)
        let host = try Host("far.example.com")
        let uri = try SIPURI(user: "trunk", host: host)
        var order = OutgoingRegistration(
            registrar: SIPURI(host: host), addressOfRecord: NameAddress(uri: uri), advertised: ours,
            destination: Destination(transport: .tcp, host: host, port: 5060))
        order.credentials = [DigestCredentials(username: "trunk", password: "secret", realms: ["far.example.com"])]
        let (id, actions) = try wire.core.register(order, at: wire.now)
        wire.command { _, _ in actions }
        return (wire, id)
    }

    @Test func bindingIsRefreshedBeforeItEnds() throws {
        var (wire, _) = try self.started()
        let first = try #require(wire.lastRequest)
        #expect(first.uri.description == "sip:far.example.com")
        #expect(try first.headers.expires == 3600)
        try wire.answer(.ok, first, lines: ["Contact: <sip:trunk@192.0.2.1:5060;transport=tcp>;expires=600"])
        #expect(wire.news() == ["REGISTER", "registered for 600.0 seconds"])
        wire.wait(.seconds(539))
        #expect(wire.news().isEmpty)
        wire.wait(.seconds(2))
        #expect(wire.news() == ["REGISTER"])
        let second = try #require(wire.lastRequest)
        #expect(second.headers.first(.callID) == first.headers.first(.callID))
        #expect(try second.headers.cSeq.number == 2)
        #expect(try second.headers.from.tag == first.headers.from.tag)
    }

    @Test func challengeIsAnsweredAndRememberedForTheRefresh() throws {
        var (wire, _) = try self.started()
        try wire.answer(
            .unauthorized, try #require(wire.lastRequest), lines: ["WWW-Authenticate: \(DigestTests.challenge("n1"))"])
        let second = try #require(wire.lastRequest)
        #expect(second.headers.contains(.authorization))
        try wire.answer(.ok, second, lines: ["Expires: 120"])
        #expect(wire.news() == ["REGISTER", "REGISTER", "registered for 120.0 seconds"])
        wire.wait(.seconds(100))
        let refresh = try #require(wire.lastRequest)
        #expect(try refresh.headers.cSeq.number == 3)
        let answer = try #require(refresh.headers.first(.authorization).flatMap { DigestAuthorization($0) })
        #expect(answer.counted?.count == 2)
    }

    @Test func shorterIntervalIsRaised() throws {
        var (wire, _) = try self.started()
        try wire.answer(.intervalTooBrief, try #require(wire.lastRequest), lines: ["Min-Expires: 7200"])
        #expect(try wire.lastRequest?.headers.expires == 7200)
        // A registrar that asks for the same again is not obeyed for ever.
        _ = wire.news()
        try wire.answer(.intervalTooBrief, try #require(wire.lastRequest), lines: ["Min-Expires: 7200"])
        #expect(
            wire.news() == ["registration failed: the registrar answered 423 Interval Too Brief"])
    }

    /// The pauses double up to their limit, each between half and all of it.
    @Test func failuresBackOff() throws {
        var (wire, _) = try self.started()
        var pauses: [Duration] = []
        for _ in 0..<12 {
            try wire.answer(.serviceUnavailable, try #require(wire.lastRequest))
            let before = wire.now
            // The transaction's own timers pass too.
            while wire.news().last != "REGISTER" { wire.wait(.milliseconds(100)) }
            pauses.append(before.duration(to: wire.now))
        }
        for (index, pause) in pauses.enumerated() {
            let full = min(Duration.seconds(2) * (1 << index), .seconds(300))
            #expect(pause >= full / 2 && pause <= full + .milliseconds(100), "pause \(index)")
        }
    }

    @Test func silenceIsAFailure() throws {
        var (wire, _) = try self.started()
        wire.wait(.milliseconds(32_001))
        #expect(wire.news() == ["REGISTER", "registration failed: the registrar did not answer"])
    }

    @Test func bindingIsRemovedAtTheEnd() throws {
        var (wire, id) = try self.started()
        try wire.answer(.ok, try #require(wire.lastRequest))
        _ = wire.news()
        wire.command { core, now in core.unregister(id, at: now) }
        #expect(try wire.lastRequest?.headers.expires == 0)
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["REGISTER", "unregistered"])
        wire.wait(.seconds(4_000))
        #expect(wire.news().isEmpty && wire.core.counts.transactions == 0)
    }

    @Test func registrationsAreBounded() throws {
        var (wire, _) = try self.started()
        let ours = AdvertisedAddress(Wire.ours)
        let order = OutgoingRegistration(
            registrar: SIPURI(host: ours.host), addressOfRecord: NameAddress(uri: SIPURI(host: ours.host)),
            advertised: ours, destination: Destination(transport: .tcp, host: ours.host, port: 5060))
        for _ in 1..<UserAgentCore.registrationsMax { _ = try wire.core.register(order, at: wire.now) }
        #expect(throws: UserAgentError.registrationsExhausted) { try wire.core.register(order, at: wire.now) }
    }

    // MARK: - 3xx

    private static func moved(_ contacts: String) -> Response {
        var headers = Headers()
        if let value = try? HeaderValue(contacts) { headers.add(.contact, value) }
        return Response(status: .movedTemporarily, headers: headers)
    }

    @Test func targetsAreTriedInTheOrderOfTheirQuality() throws {
        var redirection = Redirection()
        redirection.began(at: SIPURI(host: try Host("first.example")))
        redirection.take(
            Self.moved("<sip:b.example>;q=0.5, <sip:a.example>, <mailto:x@y.example>, <sip:c.example>;q=0.75"))
        var hosts: [String] = []
        while let uri = redirection.next() { hosts.append(uri.description) }
        #expect(hosts == ["sip:a.example", "sip:c.example", "sip:b.example"])
    }

    @Test func circlesAndLongWaysEnd() throws {
        var redirection = Redirection(targetsMax: 3, depthMax: 2)
        redirection.began(at: SIPURI(host: try Host("first.example")))
        redirection.take(Self.moved("<sip:first.example>, <sip:a.example>"))
        #expect(redirection.next()?.description == "sip:a.example")
        redirection.take(Self.moved("<sip:a.example>, <sip:b.example>, <sip:c.example>, <sip:d.example>"))
        #expect(redirection.next()?.description == "sip:b.example")
        // Deeper than two: not followed.
        redirection.take(Self.moved("<sip:e.example>"))
        #expect(redirection.next()?.description == "sip:c.example")
        #expect(redirection.next() == nil)
    }
}
