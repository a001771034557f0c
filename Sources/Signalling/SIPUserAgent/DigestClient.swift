import SIPSyntax

/// What one session, or one registration, knows about whom it must name itself to (RFC 3261 section 22, RFC 7616).
///
///   no nonce ──401, 407 of a realm of ours──▶ nonce held ──every request: nc + 1──▶ nonce held
///                                                 └──another nonce──▶ nonce held, nc = 0
struct DigestClient: Sendable {
    private enum Party: Hashable, Sendable {
        case server
        case proxy

        var challengeName: HeaderName {
            switch self {
            case .server: .wwwAuthenticate
            case .proxy: .proxyAuthenticate
            }
        }

        var answerName: HeaderName {
            switch self {
            case .server: .authorization
            case .proxy: .proxyAuthorization
            }
        }
    }

    private struct Held: Sendable {
        let party: Party
        let challenge: DigestChallenge
        let credentials: DigestCredentials
        /// Requests sent with this nonce.
        var count: UInt32 = 0
    }

    var credentials: [DigestCredentials]
    private var held: [Held] = []

    /// Nonces of different realms that are held at once: a proxy or two, and the server.
    static let heldMax = 4
    /// Requests with credentials for one request of the user's, whatever is answered (CVE-2020-28242).
    static let triesMax = 2
    /// Challenges of one response that are looked at.
    private static let challengesMax = 8

    init(credentials: [DigestCredentials] = []) {
        self.credentials = credentials
    }

    var holdsNonce: Bool { !self.held.isEmpty }

    /// Takes the challenges of a 401 or 407; whether it is worth to send `request` again.
    ///
    /// Of each realm the topmost challenge that can be answered counts. A nonce that the request already had answers for is
    /// refused, and another answer would be refused too.
    mutating func receive(_ response: Response, to request: Request) -> Bool {
        var isNew = false
        for party in [Party.server, .proxy] {
            var seen: Set<String> = []
            let answered = request.headers.all(party.answerName).compactMap { DigestAuthorization($0) }
            for value in response.headers.all(party.challengeName).prefix(Self.challengesMax) {
                guard let challenge = DigestChallenge(value), !seen.contains(challenge.realm),
                    let credentials = self.credentials.first(where: { $0.isFor(challenge.realm) })
                else { continue }
                seen.insert(challenge.realm)
                if answered.contains(where: { $0.realm == challenge.realm && $0.nonce == challenge.nonce }) {
                    return false
                }
                self.held.removeAll { $0.party == party && $0.challenge.realm == challenge.realm }
                guard self.held.count < Self.heldMax else { return false }
                self.held.append(Held(party: party, challenge: challenge, credentials: credentials))
                isNew = true
            }
        }
        return isNew
    }

    /// The answers for one request to every nonce held.
    mutating func fields(_ method: Method, _ uri: URI, clientNonce: String) -> [Headers.Field] {
        self.held.indices.map { index in
            self.held[index].count += 1
            let held = self.held[index]
            let challenge = held.challenge
            let counted =
                challenge.offersAuth
                ? DigestAuthorization.Counted(count: held.count, clientNonce: clientNonce) : nil
            let response = DigestResponse.text(
                challenge.algorithm, username: held.credentials.username, password: held.credentials.password,
                realm: challenge.realm, nonce: challenge.nonce, counted: counted, method: method,
                uri: uri.description)
            let answer = DigestAuthorization(
                username: held.credentials.username, realm: challenge.realm, nonce: challenge.nonce,
                uri: uri.description, response: response, algorithm: challenge.algorithm,
                namesAlgorithm: challenge.namesAlgorithm, opaque: challenge.opaque, counted: counted)
            return Headers.Field(name: held.party.answerName, value: answer.headerValue)
        }
    }
}
