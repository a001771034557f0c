import Addressing
import Foundation
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// Digest authentication of our requests (RFC 7616, RFC 8760, RFC 3261 section 22).
@Suite struct DigestTests {
    private struct Vectors: Decodable {
        struct Vector: Decodable {
            let alg: String
            let user: String
            let realm: String
            let password: String
            let method: String
            let uri: String
            let nonce: String
            let nc: String?
            let cnonce: String?
            let qop: String?
            let response: String
        }

        let vectors: [Vector]
    }

    @Test func responsesAreThoseOfTheRFCs() throws {
        let file = Bundle.module.bundleURL.appendingPathComponent("Resources/digest.json")
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file)).vectors
        for algorithm in ["MD5", "SHA-256", "SHA-512-256"] { #expect(vectors.contains { $0.alg == algorithm }) }
        for vector in vectors {
            let count = vector.nc.flatMap { UInt32($0, radix: 16) }
            let counted = count.map {
                DigestAuthorization.Counted(count: $0, clientNonce: vector.cnonce ?? "")
            }
            let text = DigestResponse.text(
                try #require(DigestAlgorithm(name: vector.alg)), username: vector.user, password: vector.password,
                realm: vector.realm, nonce: vector.nonce, counted: vector.qop == nil ? nil : counted,
                method: try #require(Method(rawValue: vector.method)), uri: vector.uri)
            #expect(text == vector.response, "\(vector.alg) \(vector.user)")
        }
    }

    private static let credentials = DigestCredentials(
        username: "trunk", password: "secret", realms: ["far.example.com", "*.carrier.example"])

    static func challenge(_ nonce: String, realm: String = "far.example.com", _ more: String = "") -> String {
        "Digest realm=\"\(realm)\", nonce=\"\(nonce)\", qop=\"auth\"\(more)"
    }

    private func placed() throws -> (wire: Wire, session: SessionID) {
        var wire = Wire()
        let session = try wire.place { $0.credentials = [Self.credentials] }
        return (wire, session)
    }

    private func answer(_ request: Request?, _ name: HeaderName = .authorization) throws -> DigestAuthorization {
        let value = try #require(request?.headers.first(name))
        return try #require(DigestAuthorization(value))
    }

    /// One retry: a new transaction with the next CSeq, the same Call-ID and From, and an ACK with the credentials.
    @Test(arguments: [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
    func challengedInviteGoesAgain(status: Int, field: String) throws {
        var (wire, _) = try self.placed()
        let first = try #require(wire.lastRequest)
        try wire.answer(try #require(StatusCode(status)), first, lines: ["\(field): \(Self.challenge("n1"))"])
        #expect(wire.news() == ["INVITE", "ACK", "INVITE"])
        let second = try #require(wire.lastRequest)
        #expect(try second.headers.cSeq.number == 2)
        #expect(second.headers.first(.callID) == first.headers.first(.callID))
        #expect(second.headers.first(.from) == first.headers.first(.from))
        #expect(try second.headers.topVia.branch != first.headers.topVia.branch)
        let name: HeaderName = status == 401 ? .authorization : .proxyAuthorization
        let answer = try self.answer(second, name)
        #expect(answer.counted?.count == 1 && answer.uri == second.uri.description)
        #expect(
            answer.response
                == DigestResponse.text(
                    .md5, username: "trunk", password: "secret", realm: "far.example.com", nonce: "n1",
                    counted: answer.counted, method: .invite, uri: answer.uri))
        try wire.answer(.ok, second, lines: ["Contact: <sip:bob@198.51.100.2>"])
        let acknowledgement = try #require(wire.lastRequest)
        #expect(acknowledgement.method == .ack)
        #expect(acknowledgement.headers.first(name) == second.headers.first(name))
        #expect(wire.news() == ["ACK", "answered"])
    }

    /// Later requests of the dialog carry the nonce unasked, with the next count.
    @Test func laterRequestsAnswerAhead() throws {
        var (wire, session) = try self.placed()
        try wire.answer(
            .unauthorized, try #require(wire.lastRequest), lines: ["WWW-Authenticate: \(Self.challenge("n1"))"])
        try wire.answer(.ok, try #require(wire.lastRequest), lines: ["Contact: <sip:bob@198.51.100.2>"])
        wire.command { core, now in core.hangUp(session, at: now) }
        let bye = try #require(wire.lastRequest)
        #expect(bye.method == .bye)
        #expect(try bye.headers.cSeq.number == 3)
        #expect(try self.answer(bye).counted?.countText == "00000002")
        // The server has another nonce by now.
        _ = wire.news()
        try wire.answer(
            .unauthorized, bye, lines: ["WWW-Authenticate: \(Self.challenge("n2", ", stale=true"))"])
        #expect(wire.news() == ["BYE"])
        #expect(try self.answer(wire.lastRequest).nonce == "n2")
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["ended hungUpByUs"])
    }

    /// What is asked of a call, by the method that carries it.
    private static let commands: [(Method, @Sendable (inout UserAgentCore, SessionID, Instant) -> [UserAgentAction])] =
        [
            (.invite, { core, session, now in core.offer(session, sdp: Array("v=0\r\ns=new\r\n".utf8), at: now) }),
            (
                .refer,
                { core, session, now in
                    let target = SIPURI(host: .ip(Wire.peer.address))
                    return core.refer(session, OutgoingRefer(target: .uri(.sip(target))), at: now)
                }
            ),
            (
                .info,
                { core, session, now in
                    guard let body = try? DTMFBody(digit: "1") else { return [] }
                    return core.sendInfo(session, OutgoingInfo(body), at: now)
                }
            ), (.bye, { core, session, now in core.hangUp(session, at: now) }),
        ]

    /// Every method within a call is answered when it is challenged, by a server (401) or a proxy (407), as caller and as
    /// callee: once more with the next CSeq number, and what it asked for goes on.
    @Test(arguments: [Method.invite, .refer, .info, .bye], [(true, 401), (true, 407), (false, 401), (false, 407)])
    func requestWithinTheCallGoesAgain(method: Method, trial: (isCaller: Bool, status: Int)) throws {
        var wire: Wire
        let session: SessionID
        if trial.isCaller {
            (wire, session) = try self.placed()
            try wire.answer(.ok, try #require(wire.lastRequest), lines: ["Contact: <sip:bob@198.51.100.2>"])
        } else {
            (wire, session, _) = try Wire.established(credentials: [Self.credentials])
        }
        let command = try #require(Self.commands.first { $0.0 == method }).1
        _ = wire.news()
        wire.command { core, now in command(&core, session, now) }
        let first = try #require(wire.lastRequest)
        #expect(first.method == method)
        let isProxy = trial.status == 407
        let field = isProxy ? "Proxy-Authenticate" : "WWW-Authenticate"
        try wire.answer(
            try #require(StatusCode(trial.status)), first, lines: ["\(field): \(Self.challenge("n1"))"])
        let second = try #require(wire.lastRequest)
        #expect(second.method == method && second.body == first.body)
        #expect(try second.headers.cSeq.number == first.headers.cSeq.number + 1)
        let answer = try self.answer(second, isProxy ? .proxyAuthorization : .authorization)
        #expect(
            answer.response
                == DigestResponse.text(
                    .md5, username: "trunk", password: "secret", realm: "far.example.com", nonce: "n1",
                    counted: answer.counted, method: method, uri: answer.uri))
        _ = wire.news()
        try wire.answer(.ok, second, lines: ["Contact: <sip:bob@198.51.100.2>"])
        #expect(
            wire.news()
                == [
                    Method.invite: ["ACK", "offer accepted"], .refer: ["referral accepted"],
                    .info: ["info answered 200"], .bye: ["ended hungUpByUs"],
                ][method])
    }

    /// PRACK is challenged before the call is answered, in its early dialog.
    @Test(arguments: [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
    func prackGoesAgain(status: Int, field: String) throws {
        var (wire, _) = try self.placed()
        let invite = try #require(wire.lastRequest)
        try wire.answer(
            .ringing, invite, lines: ["Require: 100rel", "RSeq: 7", "Contact: <sip:bob@198.51.100.2>"])
        let first = try #require(wire.lastRequest)
        try wire.answer(try #require(StatusCode(status)), first, lines: ["\(field): \(Self.challenge("n1"))"])
        let second = try #require(wire.lastRequest)
        #expect(wire.news() == ["INVITE", "PRACK", "provisional", "PRACK"])
        #expect(second.headers.first(.rAck)?.text == "7 1 INVITE")
        #expect(try second.headers.cSeq == CSeq(number: 3, method: .prack))
        _ = try self.answer(second, status == 401 ? .authorization : .proxyAuthorization)
        try wire.answer(.ok, second)
        // The answer knows the nonce already.
        try wire.answer(.ok, invite, lines: ["Contact: <sip:bob@198.51.100.2>"])
        #expect(wire.news() == ["ACK", "answered"])
    }

    /// UPDATE, as the session's refresh: the challenge is answered, and the interval begins anew with its 200.
    @Test(arguments: [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
    func updateGoesAgain(status: Int, field: String) throws {
        var (wire, _) = try self.placed()
        try wire.answer(
            .ok, try #require(wire.lastRequest),
            lines: ["Contact: <sip:bob@198.51.100.2>", "Allow: UPDATE", "Session-Expires: 100;refresher=uac"])
        wire.wait(.seconds(50))
        let first = try #require(wire.lastRequest)
        try wire.answer(try #require(StatusCode(status)), first, lines: ["\(field): \(Self.challenge("n1"))"])
        let second = try #require(wire.lastRequest)
        #expect(wire.news() == ["INVITE", "ACK", "answered", "UPDATE", "UPDATE"])
        #expect(second.headers.first(.sessionExpires)?.text == "100;refresher=uac")
        let answer = try self.answer(second, status == 401 ? .authorization : .proxyAuthorization)
        #expect(answer.counted?.count == 1)
        try wire.answer(.ok, second, lines: ["Session-Expires: 100;refresher=uac"])
        wire.wait(.seconds(50))
        #expect(wire.news() == ["UPDATE"])
        #expect(
            try self.answer(wire.lastRequest, status == 401 ? .authorization : .proxyAuthorization).counted?.count == 2)
    }

    /// Whoever always changes the nonce gets two tries with credentials (CVE-2020-28242).
    @Test func changingNonceGetsTwoTries() throws {
        var (wire, _) = try self.placed()
        for number in 1...3 {
            let request = try #require(
                wire.sent.last {
                    if case .request(let request) = $0.message { request.method == .invite } else { false }
                })
            guard case .request(let invite) = request.message else { continue }
            try wire.answer(.unauthorized, invite, lines: ["WWW-Authenticate: \(Self.challenge("n\(number)"))"])
        }
        #expect(
            wire.news() == ["INVITE", "ACK", "INVITE", "ACK", "INVITE", "ACK", "failed rejectedByPeer"])
    }

    @Test func sameNonceIsNotAnsweredTwice() throws {
        var (wire, _) = try self.placed()
        let lines = ["WWW-Authenticate: \(Self.challenge("n1"))"]
        try wire.answer(.unauthorized, try #require(wire.lastRequest), lines: lines)
        try wire.answer(.unauthorized, try #require(wire.lastRequest), lines: lines)
        #expect(wire.news() == ["INVITE", "ACK", "INVITE", "ACK", "failed rejectedByPeer"])
    }

    /// What we cannot or will not answer is the call's end (CVE-2021-41158).
    @Test(arguments: [
        "Digest realm=\"elsewhere.example\", nonce=\"n\", qop=\"auth\"",
        "Digest realm=\"carrier.example\", nonce=\"n\", qop=\"auth\"",
        "Digest realm=\"far.example.com\", nonce=\"n\", qop=\"auth-int\"",
        "Digest realm=\"far.example.com\", nonce=\"n\", algorithm=MD5-sess",
        "Digest realm=\"far.example.com\", qop=\"auth\"",
        "Basic realm=\"far.example.com\"", "Digest nonsense", "Digest realm=\"far.example.com\", nonce=\"",
    ])
    func foreignOrStrangeChallengeGetsNothing(challenge: String) throws {
        var (wire, _) = try self.placed()
        try wire.answer(.unauthorized, try #require(wire.lastRequest), lines: ["WWW-Authenticate: \(challenge)"])
        #expect(wire.news() == ["INVITE", "ACK", "failed rejectedByPeer"])
    }

    /// Of one realm the topmost challenge that we know counts, whatever the case of its algorithm.
    @Test func topmostKnownAlgorithmIsTaken() throws {
        var (wire, _) = try self.placed()
        let lines = ["SHA3-512", "sha-512-256", "SHA-256", "MD5"].map {
            "WWW-Authenticate: \(Self.challenge("n1", ", opaque=\"o\", algorithm=\($0)"))"
        }
        try wire.answer(.unauthorized, try #require(wire.lastRequest), lines: lines)
        let answer = try self.answer(wire.lastRequest)
        #expect(answer.algorithm == .sha512Truncated && answer.opaque == "o" && answer.response.utf8.count == 64)
    }

    /// A proxy first, then the server behind it: both answers go along.
    @Test func proxyAndServerAreBothAnswered() throws {
        var (wire, _) = try self.placed()
        try wire.answer(
            .proxyAuthenticationRequired, try #require(wire.lastRequest),
            lines: ["Proxy-Authenticate: \(Self.challenge("p", realm: "edge.carrier.example"))"])
        try wire.answer(
            .unauthorized, try #require(wire.lastRequest), lines: ["WWW-Authenticate: \(Self.challenge("s"))"])
        let request = try #require(wire.lastRequest)
        #expect(try self.answer(request, .proxyAuthorization).counted?.count == 2)
        #expect(try self.answer(request).counted?.count == 1)
    }

    /// RFC 2617's form has no count.
    @Test func challengeWithoutQopIsAnswered() throws {
        var (wire, _) = try self.placed()
        try wire.answer(
            .unauthorized, try #require(wire.lastRequest),
            lines: ["WWW-Authenticate: Digest realm=\"FAR.example.com\",nonce=\"n\""])
        let answer = try self.answer(wire.lastRequest)
        #expect(answer.counted == nil && !answer.namesAlgorithm)
    }

    /// A call that is given up is not sent again: the challenge ends it.
    @Test func cancelledCallIsNotSentAgain() throws {
        var (wire, session) = try self.placed()
        let invite = try #require(wire.lastRequest)
        wire.command { core, now in core.hangUp(session, at: now) }
        try wire.answer(.unauthorized, invite, lines: ["WWW-Authenticate: \(Self.challenge("n1"))"])
        #expect(wire.news() == ["INVITE", "ACK", "failed cancelledByUs"])
    }

    /// After the retry no 1xx has come: the CANCEL has to wait for one again.
    @Test func cancelWaitsForTheRetrysProvisional() throws {
        var (wire, session) = try self.placed()
        let first = try #require(wire.lastRequest)
        try wire.answer(.ringing, first)
        try wire.answer(.unauthorized, first, lines: ["WWW-Authenticate: \(Self.challenge("n1"))"])
        let second = try #require(wire.lastRequest)
        _ = wire.news()
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(wire.news().isEmpty)
        try wire.answer(.ringing, second)
        #expect(wire.news() == ["CANCEL"])
    }

    // MARK: - The other side: those who call us

    private static func authorized(
        _ challenge: DigestChallenge, password: String = "pw", user: String = "carrier",
        count: UInt32 = 1
    ) throws -> Request {
        let counted = DigestAuthorization.Counted(count: count, clientNonce: "c")
        let uri = "sip:bob@192.0.2.1:5060"
        let response = DigestResponse.text(
            challenge.algorithm, username: user, password: password, realm: challenge.realm, nonce: challenge.nonce,
            counted: counted, method: .invite, uri: uri)
        let answer = DigestAuthorization(
            username: user, realm: challenge.realm, nonce: challenge.nonce, uri: uri, response: response,
            algorithm: challenge.algorithm, namesAlgorithm: true, opaque: nil, counted: counted)
        var headers = Headers()
        headers.add(.authorization, answer)
        return Request(method: .invite, uri: try URI(uri), headers: headers)
    }

    private static func server() -> (server: DigestServer, random: CountingGenerator) {
        var random = CountingGenerator()
        return (DigestServer(realm: "gw", passwords: ["carrier": "pw"], random: &random), random)
    }

    private func challenges(_ verdict: DigestServer.Verdict) throws -> [DigestChallenge] {
        guard case .challenge(let fields) = verdict else {
            Issue.record("no challenge: \(verdict)")
            return []
        }
        return fields.compactMap { DigestChallenge($0.value) }
    }

    @Test func callerProvesItself() throws {
        var (server, _) = Self.server()
        let plain = Request(method: .invite, uri: try URI("sip:bob@192.0.2.1"))
        let offered = try self.challenges(server.judge(plain, at: .origin))
        #expect(offered.map(\.algorithm) == [.sha256, .md5])
        for (index, challenge) in offered.enumerated() {
            let request = try Self.authorized(challenge, count: UInt32(index + 1))
            #expect(server.judge(request, at: .origin) == .accepted(user: "carrier"))
        }
        #expect(server.counts.accepted == 2)
    }

    @Test func wrongReplayedAndStaleAnswersAreCounted() throws {
        var (server, _) = Self.server()
        let plain = Request(method: .invite, uri: try URI("sip:bob@192.0.2.1"))
        let challenge = try #require(try self.challenges(server.judge(plain, at: .origin)).first)
        #expect(server.judge(try Self.authorized(challenge, password: "no"), at: .origin) == .refused)
        #expect(server.judge(try Self.authorized(challenge, user: "who"), at: .origin) == .refused)
        let request = try Self.authorized(challenge, count: 5)
        #expect(server.judge(request, at: .origin) == .accepted(user: "carrier"))
        #expect(try self.challenges(server.judge(request, at: .origin)).first?.isStale == false)
        let lower = try Self.authorized(challenge, count: 4)
        #expect(try self.challenges(server.judge(lower, at: .origin)).first?.isStale == false)
        let late = try Self.authorized(challenge, count: 6)
        #expect(try self.challenges(server.judge(late, at: .origin + .seconds(61))).first?.isStale == true)
        var forged = challenge
        forged.nonce = String(forged.nonce.reversed())
        #expect(try self.challenges(server.judge(Self.authorized(forged), at: .origin)).first?.isStale == true)
        let counts = server.counts
        #expect(counts.wrongPassword == 1 && counts.unknownUser == 1 && counts.replayed == 2)
        #expect(counts.stale == 2 && counts.challenged == 1)
    }

    /// The table of nonces is bounded; one that fell out of it cannot be used again.
    @Test func nonceTableIsBounded() throws {
        var (server, _) = Self.server()
        let plain = Request(method: .invite, uri: try URI("sip:bob@192.0.2.1"))
        var first: DigestChallenge?
        for _ in 0...DigestServer.usedMax {
            let challenge = try #require(try self.challenges(server.judge(plain, at: .origin)).last)
            first = first ?? challenge
            _ = server.judge(try Self.authorized(challenge), at: .origin)
        }
        let again = try Self.authorized(try #require(first), count: 9)
        #expect(try self.challenges(server.judge(again, at: .origin)).first?.isStale == true)
    }
}
