import SIPSyntax
import Timekeeping

/// Digest authentication asked for, in honest and in dishonest ways (RFC 3261 section 22, RFC 7616, RFC 8760).
///
/// The gateway's answers are judged by arithmetic of its own (`DigestAnswer`).
package struct Challenge: Misdeed {
    package static let name = "challenge"

    package enum Nonce: String, Hashable, Sendable, CaseIterable {
        case fixed
        /// The first right answer is told that its nonce is stale.
        case staleOnce
        /// No answer is ever good enough, and each gets another nonce.
        case changing
        /// The realm is one for which nobody has credentials.
        case foreignRealm
    }

    /// 401 or 407.
    package var status = 401
    package var algorithm = DigestAnswer.Algorithm.md5
    package var realm = "simulator"
    package var user = "trunk"
    package var password = "secret"
    package var nonce = Nonce.fixed
    /// Requests within the dialog are challenged too.
    package var isInDialogToo = false
    private var issued: String?
    private var wasStale = false
    private var tries = 0

    package init() {}

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        guard !setting.isScalar else {
            self.status = try Self.status(setting)
            return
        }
        let entries = try setting.entries(known: [
            "status", "algorithm", "realm", "user", "password", "nonce", "inDialog",
        ])
        if let status = entries["status"] { self.status = try Self.status(status) }
        if let algorithm = entries["algorithm"] { self.algorithm = try algorithm.word(of: DigestAnswer.Algorithm.self) }
        if let realm = entries["realm"] { self.realm = try realm.text() }
        if let user = entries["user"] { self.user = try user.text() }
        if let password = entries["password"] { self.password = try password.text() }
        if let nonce = entries["nonce"] { self.nonce = try nonce.word(of: Nonce.self) }
        if let inDialog = entries["inDialog"] { self.isInDialogToo = try inDialog.flag() }
    }

    private static func status(_ setting: YAMLSetting) throws(SimulatorError) -> Int {
        let status = try setting.integer(in: 401...407)
        guard status == 401 || status == 407 else { throw setting.complaint("expected 401 or 407") }
        return status
    }

    package mutating func judge(_ invite: Request, in scene: MisdeedScene) -> MisdeedVerdict? {
        let (challenge, actions) = self.examine(invite, in: scene)
        guard let challenge else { return nil }
        return MisdeedVerdict(response: challenge, patience: .seconds(5), actions: actions)
    }

    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply {
        guard self.isInDialogToo, request.method != .ack, request.method != .cancel else { return .passedOn }
        let (challenge, actions) = self.examine(request, in: scene)
        return challenge == nil
            ? .passedOn(actions) : .taken(actions + (challenge.map { [.send(.response($0))] } ?? []))
    }

    /// Nil when the request carries what was asked for.
    private mutating func examine(_ request: Request, in scene: MisdeedScene) -> (Response?, [MisdeedAction]) {
        self.tries += 1
        let field = request.headers.first(self.status == 401 ? .authorization : .proxyAuthorization)
        guard let field, let issued = self.issued else {
            return self.challenge(request, in: scene, isStale: false, "\(request.method) without credentials")
        }
        let answer = DigestAnswer(field.text)
        let verdict =
            answer?.judge(
                algorithm: self.algorithm, user: self.user, realm: self.realm, password: self.password,
                method: request.method.rawValue, nonce: issued) ?? "it cannot be read"
        let sentence = "\(request.method) with credentials: \(verdict)"
        let isRight = verdict == DigestAnswer.right
        switch self.nonce {
        case .changing, .foreignRealm:
            return self.challenge(request, in: scene, isStale: false, sentence)
        case .staleOnce where isRight && !self.wasStale:
            self.wasStale = true
            return self.challenge(request, in: scene, isStale: true, sentence)
        case .fixed, .staleOnce:
            guard isRight else { return self.challenge(request, in: scene, isStale: false, sentence) }
            return (nil, [.saw(sentence)])
        }
    }

    private mutating func challenge(
        _ request: Request, in scene: MisdeedScene, isStale: Bool, _ sentence: String
    ) -> (Response?, [MisdeedAction]) {
        let realm = self.nonce == .foreignRealm ? "elsewhere.example" : self.realm
        let nonce = "\(scene.fresh)\(self.tries)"
        self.issued = nonce
        var text = "Digest realm=\"\(realm)\", nonce=\"\(nonce)\", algorithm=\(self.algorithm.rawValue), qop=\"auth\""
        if isStale { text += ", stale=true" }
        guard let status = StatusCode(self.status), let value = try? HeaderValue(text) else { return (nil, []) }
        var response = scene.dialog.response(status, to: request)
        response.headers.add(self.status == 401 ? .wwwAuthenticate : .proxyAuthenticate, value)
        return (response, [.saw(sentence), .did("\(self.status)\(isStale ? " stale" : ""), try \(self.tries)")])
    }
}
