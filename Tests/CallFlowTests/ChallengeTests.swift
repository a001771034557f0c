import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Challenged requests (RFC 3261 section 22) and registrations (section 10), whole.
@Suite struct ChallengeTests {
    private static let realm = "carrier.example"

    /// Challenges what `isChallenged` says, by the number of requests of the method so far, and answers the rest 200.
    private final class Challenger {
        var counts: [Method: Int] = [:]
        let status: StatusCode
        let isChallenged: (Method, Int) -> String?

        init(_ status: StatusCode, _ isChallenged: @escaping (Method, Int) -> String?) {
            self.status = status
            self.isChallenged = isChallenged
        }

        var script: TwoPartyDriver.Script {
            let callee = ScriptedCallee()
            return { message in
                guard case .request(let request) = message, request.method != .ack else { return [] }
                let number = self.counts[request.method, default: 0]
                self.counts[request.method] = number + 1
                guard let challenge = self.isChallenged(request.method, number) else {
                    let isInvite = request.method == .invite
                    return [callee.response(.ok, to: request, sdp: isInvite ? CallFlow.answer : [])]
                }
                var answer = callee.response(self.status, to: request)
                let name: HeaderName = self.status == .unauthorized ? .wwwAuthenticate : .proxyAuthenticate
                if let value = try? HeaderValue(challenge) { answer.headers.add(name, value) }
                return [answer]
            }
        }
    }

    private static func challenge(_ nonce: String, realm: String = Self.realm, _ more: String = "") -> String {
        "Digest realm=\"\(realm)\", nonce=\"\(nonce)\", qop=\"auth\", algorithm=SHA-256\(more)"
    }

    private func flow(
        _ name: String, _ status: StatusCode, _ isChallenged: @escaping (Method, Int) -> String?
    ) throws {
        var driver = CallFlow.driver(over: .udp, callee: .script(Challenger(status, isChallenged).script))
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(3)) { _, _, _, _ in }
        var call = try CallFlow.call(over: .udp)
        call.credentials = [DigestCredentials(username: "trunk", password: "secret", realms: [Self.realm])]
        _ = try driver.command(.caller) { core, now in try core.invite(call, at: now) }
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, name)
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }

    @Test func proxyChallengesTheInvite() throws {
        try self.flow("challenged-invite-407", .proxyAuthenticationRequired) { method, number in
            method == .invite && number == 0 ? Self.challenge("n1") : nil
        }
    }

    @Test func serverChallengesTheBye() throws {
        try self.flow("challenged-bye-401", .unauthorized) { method, number in
            method == .bye && number == 0 ? Self.challenge("n1") : nil
        }
    }

    @Test func staleNonceIsRenewed() throws {
        try self.flow("challenged-stale", .unauthorized) { method, number in
            switch (method, number) {
            case (.invite, 0): Self.challenge("n1")
            case (.bye, 0): Self.challenge("n2", ", stale=true")
            default: nil
            }
        }
    }

    @Test func changingNonceGetsTwoTries() throws {
        try self.flow("challenged-changing-nonce", .unauthorized) { method, number in
            method == .invite ? Self.challenge("n\(number)") : nil
        }
    }

    @Test func foreignRealmGetsNone() throws {
        try self.flow("challenged-foreign-realm", .unauthorized) { method, _ in
            method == .invite ? Self.challenge("n1", realm: "elsewhere.example") : nil
        }
    }

    /// A registrar that challenges once, then grants a minute, then fails twice; the binding is given up at the end.
    @Test func registrationIsKept() throws {
        let registrar = ScriptedCallee()
        final class Memory { var count = 0 }
        let memory = Memory()
        let script: TwoPartyDriver.Script = { message in
            guard case .request(let request) = message else { return [] }
            memory.count += 1
            switch memory.count {
            case 1:
                var answer = registrar.response(.unauthorized, to: request)
                if let value = try? HeaderValue(Self.challenge("n1")) { answer.headers.add(.wwwAuthenticate, value) }
                return [answer]
            case 4, 5:
                return [registrar.response(.serviceUnavailable, to: request)]
            default:
                var answer = registrar.response(.ok, to: request)
                answer.headers.remove(.contact)
                answer.headers.add(.expires, UInt32(60))
                return [answer]
            }
        }
        var driver = CallFlow.driver(over: .tcp, callee: .script(script))
        let ours = AdvertisedAddress(TwoPartyDriver.address(of: .caller))
        let peer = TwoPartyDriver.address(of: .callee)
        var order = OutgoingRegistration(
            registrar: SIPURI(host: .ip(peer.address)),
            addressOfRecord: NameAddress(uri: try SIPURI(user: "trunk", host: .ip(peer.address))), advertised: ours,
            destination: Destination(transport: .tcp, host: .ip(peer.address), port: peer.port))
        order.credentials = [DigestCredentials(username: "trunk", password: "secret", realms: [Self.realm])]
        let id = try driver.command(.caller) { core, now in try core.register(order, at: now) }
        driver.run(until: .origin + .seconds(80))
        if let id { driver.command(.caller) { core, now in core.unregister(id, at: now) } }
        driver.run(until: .origin + .seconds(200))
        try GoldenLadder.expect(driver.ladder, "registration-kept")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }
}
