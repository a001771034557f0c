import Digests
import SIPSyntax
import Timekeeping

/// Challenges those who call us (RFC 7616, RFC 8760): one realm with its users.
///
/// Nonces are not remembered when they are given out: each carries its time, its number and a code over both that nobody
/// else can make. Only those that came back are, with their highest count, so that an answer cannot be sent twice.
///
///   INVITE ──no answer, stale, replayed──▶ 401 with a new nonce
///          ──unknown user, wrong password──▶ 403
///          ──right, count above the last──▶ accepted
package struct DigestServer: Sendable {
    package enum Verdict: Hashable, Sendable {
        case accepted(user: String)
        /// Answer 401 with these fields.
        case challenge([Headers.Field])
        /// Answer 403.
        case refused
    }

    /// Judgements so far, by kind.
    package struct Counts: Hashable, Sendable {
        package var accepted = 0
        package var challenged = 0
        package var stale = 0
        package var replayed = 0
        package var unknownUser = 0
        package var wrongPassword = 0

        package init() {}
    }

    package let realm: String
    package private(set) var counts = Counts()
    private let passwords: [String: String]
    private let lifetime: Duration
    /// Of the code in each nonce.
    private let secret: [UInt8]
    private var issued: UInt64 = 0
    /// Nonces that came back, by their number: the highest count of each, and when they end.
    private var used: [UInt64: (count: UInt32, until: Instant)] = [:]
    /// Nonces up to this number that are not in `used` are stale: the table was full.
    private var forgottenUpTo: UInt64 = 0

    /// Nonces that are remembered at once.
    package static let usedMax = 4_096

    package init(
        realm: String, passwords: [String: String], lifetime: Duration = .seconds(60),
        random: inout some RandomNumberGenerator
    ) {
        self.realm = realm
        self.passwords = passwords
        self.lifetime = lifetime
        self.secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    package mutating func judge(_ request: Request, at now: Instant) -> Verdict {
        let answers = request.headers.all(.authorization).prefix(8).compactMap { DigestAuthorization($0) }
        guard let answer = answers.first(where: { $0.realm == self.realm }) else {
            self.counts.challenged += 1
            return self.challenge(isStale: false, at: now)
        }
        guard let nonce = self.nonce(answer.nonce), nonce.issuedAt + self.lifetime > now,
            self.used[nonce.number] != nil || nonce.number > self.forgottenUpTo
        else {
            self.counts.stale += 1
            return self.challenge(isStale: true, at: now)
        }
        // An unknown user costs as much time as a wrong password.
        let password = self.passwords[answer.username]
        let expected = DigestResponse.text(
            answer.algorithm, username: answer.username, password: password ?? "", realm: self.realm,
            nonce: answer.nonce, counted: answer.counted, method: request.method, uri: answer.uri)
        let isRight = constantTimeEquals(Array(expected.utf8), Array(answer.response.lowercased().utf8))
        guard password != nil else {
            self.counts.unknownUser += 1
            return .refused
        }
        guard isRight, answer.isAbout(request) else {
            self.counts.wrongPassword += 1
            return .refused
        }
        // Without qop there is no count: such a nonce is good for one request.
        let count = answer.counted?.count ?? 1
        guard count > self.used[nonce.number]?.count ?? 0 else {
            self.counts.replayed += 1
            return self.challenge(isStale: false, at: now)
        }
        self.remember(nonce.number, count, until: nonce.issuedAt + self.lifetime, at: now)
        self.counts.accepted += 1
        return .accepted(user: answer.username)
    }

    /// SHA-256 first: who knows it takes it (RFC 8760 section 2.3).
    private mutating func challenge(isStale: Bool, at now: Instant) -> Verdict {
        self.issued += 1
        let text = Self.text(now, self.issued)
        let nonce = text + DigestResponse.hexadecimal(HMAC.sha256(key: self.secret, message: Array(text.utf8)))
        return .challenge(
            [DigestAlgorithm.sha256, .md5].map { algorithm in
                let challenge = DigestChallenge(
                    realm: self.realm, nonce: nonce, algorithm: algorithm, isStale: isStale)
                return Headers.Field(name: .wwwAuthenticate, value: challenge.headerValue)
            })
    }

    /// The time and number of a nonce that is ours.
    private func nonce(_ nonce: String) -> (issuedAt: Instant, number: UInt64)? {
        let bytes = Array(nonce.utf8)
        guard bytes.count == Self.textLength + 64 else { return nil }
        let text = Array(bytes.prefix(Self.textLength))
        let code = DigestResponse.hexadecimal(HMAC.sha256(key: self.secret, message: text))
        guard constantTimeEquals(Array(code.utf8), Array(bytes.dropFirst(Self.textLength))),
            let time = UInt64(String(decoding: text.prefix(16), as: UTF8.self), radix: 16),
            let number = UInt64(String(decoding: text.dropFirst(16), as: UTF8.self), radix: 16)
        else { return nil }
        return (Instant(nanosecondsSinceOrigin: Int64(bitPattern: time)), number)
    }

    private mutating func remember(_ number: UInt64, _ count: UInt32, until: Instant, at now: Instant) {
        if self.used[number] == nil, self.used.count >= Self.usedMax {
            self.used = self.used.filter { $0.value.until > now }
            if self.used.count >= Self.usedMax, let oldest = self.used.keys.min() {
                self.used[oldest] = nil
                self.forgottenUpTo = max(self.forgottenUpTo, oldest)
            }
        }
        self.used[number] = (count, until)
    }

    private static func text(_ now: Instant, _ number: UInt64) -> String {
        let time = UInt64(bitPattern: Int64(Instant.origin.duration(to: now).inNanoseconds))
        return Token(hexadecimal: time).text + Token(hexadecimal: number).text
    }

    private static let textLength = 32
}

extension DigestAuthorization {
    /// Whether the answer was made for this request: proxies may change a URI's parameters, never its user or host.
    fileprivate func isAbout(_ request: Request) -> Bool {
        guard let asked = request.uri.sip, let answered = (try? URI(self.uri))?.sip else { return false }
        return asked.user == answered.user && asked.host == answered.host
    }
}
