import SIPSyntax
import Timekeeping
import Trunks
import Yams

/// Who we are to a carrier, who it says that callers are, and who may call.
extension GatewayConfiguration {
    static let identityKeys = [
        "account", "register", "identity", "hideCaller", "trustIdentity", "challenge", "passHeaders",
        "followRedirects",
    ]

    static func readIdentity(
        _ section: GatewayConfigurationSection, into trunk: inout Trunk
    ) throws(GatewayConfigurationError) {
        if let account = section["account"] { trunk.account = try Self.account(account, of: trunk) }
        if let register = section["register"] {
            guard let account = trunk.account else {
                throw register.complaint(
                    "\(register.path) has no account", fix: "add account: {username: …, password: …}")
            }
            trunk.registration = try Self.registration(register, user: account.username)
        }
        if let identity = section["identity"] {
            trunk.identity = try identity.word([
                ("none", IdentityHeader.none), ("pai", .pAssertedIdentity), ("rpid", .remotePartyID),
            ])
        }
        if let hide = section["hideCaller"] {
            trunk.hidesCaller = try hide.flag()
            guard !trunk.hidesCaller || trunk.identity != .none else {
                throw hide.complaint(
                    "\(hide.path) would hide the caller from the carrier too", fix: "add identity: pai, or rpid")
            }
        }
        trunk.trustsIdentity = try section["trustIdentity"]?.flag() ?? trunk.trustsIdentity
        if let challenge = section["challenge"] { trunk.challenge = try Self.challenge(challenge, of: trunk) }
        if let pass = section["passHeaders"] { trunk.passHeaders = try Self.allowList(pass) }
        if let redirects = section["followRedirects"] { trunk.redirects = try Self.redirects(redirects) }
    }

    private static func account(
        _ node: GatewayConfigurationNode, of trunk: Trunk
    ) throws(GatewayConfigurationError) -> TrunkAccount {
        let section = try GatewayConfigurationSection(node, keys: ["username", "password", "realms"])
        var realms: [String] = []
        for item in try section["realms"]?.list() ?? [] { realms.append(try item.text()) }
        return TrunkAccount(
            username: try section.required("username", example: "acct1").text(),
            password: try section.required("password", example: "\"${SIP_PASSWORD}\"").text(),
            realms: realms.isEmpty ? trunk.realmsByDefault : realms)
    }

    private static func registration(
        _ node: GatewayConfigurationNode, user: String
    ) throws(GatewayConfigurationError) -> TrunkRegistration? {
        if node.node.scalar != nil { return try node.flag() ? TrunkRegistration(user: user) : nil }
        let section = try GatewayConfigurationSection(node, keys: ["user", "registrar", "expires"])
        var registration = TrunkRegistration(user: try section["user"]?.text() ?? user)
        registration.registrar = try section["registrar"]?.host()
        if let expires = section["expires"] {
            registration.lifetime = try expires.duration(in: .seconds(60)...(.seconds(86_400)))
        }
        return registration
    }

    private static func challenge(
        _ node: GatewayConfigurationNode, of trunk: Trunk
    ) throws(GatewayConfigurationError) -> InboundChallenge {
        let section = try GatewayConfigurationSection(node, keys: ["realm", "users"])
        let users = try section.required("users", example: "{carrier: \"${CARRIER_PASSWORD}\"}")
        var passwords: [String: String] = [:]
        for (key, value) in try users.entries() { passwords[try key.text()] = try value.text() }
        guard !passwords.isEmpty else {
            throw users.complaint("\(users.path) has no user", fix: "add 'name: password'")
        }
        return InboundChallenge(realm: try section["realm"]?.text() ?? trunk.name.text, passwords: passwords)
    }

    private static func allowList(
        _ node: GatewayConfigurationNode
    ) throws(GatewayConfigurationError) -> HeaderAllowList {
        if node.node.scalar != nil, try node.text() == "none" { return HeaderAllowList([]) }
        var patterns: [HeaderAllowList.Pattern] = []
        for item in try node.list() {
            guard patterns.count < HeaderAllowList.patternsMax else {
                throw item.complaint(
                    "\(node.path) is too long", fix: "name at most \(HeaderAllowList.patternsMax) headers")
            }
            patterns.append(
                try item.converted(
                    { (text) throws(TrunkError) in try HeaderAllowList.Pattern(text) },
                    problem: { _ in "write a header's name or its beginning with '*'; credentials are never passed" }))
        }
        return HeaderAllowList(patterns)
    }

    private static func redirects(
        _ node: GatewayConfigurationNode
    ) throws(GatewayConfigurationError) -> RedirectPolicy {
        if node.node.scalar != nil {
            return try node.flag() ? .follow(targetsMax: 5, depthMax: 2) : .refuse
        }
        let section = try GatewayConfigurationSection(node, keys: ["targets", "depth", "hosts"])
        var hosts: [Host] = []
        for item in try section["hosts"]?.list() ?? [] {
            guard hosts.count < RedirectPolicy.hostsMax else {
                throw item.complaint(
                    "\(node.path).hosts has too many entries", fix: "keep \(RedirectPolicy.hostsMax) of them")
            }
            hosts.append(try item.host())
        }
        return .follow(
            targetsMax: try section["targets"]?.integer(in: 1...10) ?? 5,
            depthMax: try section["depth"]?.integer(in: 1...3) ?? 2, hosts: hosts)
    }

    /// What `trunkline check` prints of it. No password is in it.
    static func identityLines(_ trunk: Trunk) -> [String] {
        let account = trunk.account.map { "\($0.username) for \($0.realms.joined(separator: ", "))" }
        let registration = trunk.registration.map {
            "\($0.user) at \(trunk.registrarHost) for \($0.lifetime.settingText)"
        }
        let identity =
            switch trunk.identity {
            case .none: "none"
            case .pAssertedIdentity: "pai"
            case .remotePartyID: "rpid"
            }
        let redirects =
            switch trunk.redirects {
            case .refuse: "not followed"
            case .follow(let targets, let depth, let hosts):
                "\(targets) targets, \(depth) deep, at the trunk's addresses"
                    + hosts.map { ", \($0)" }.joined()
            }
        let passed = trunk.passHeaders.patterns.map { pattern in
            switch pattern {
            case .name(let name): name.text
            case .prefix(let prefix): prefix + "*"
            }
        }
        return [
            "    account: \(account ?? "none")", "    register: \(registration ?? "no")",
            "    identity: \(identity)\(trunk.hidesCaller ? ", caller hidden" : "")",
            "    trustIdentity: \(trunk.trustsIdentity)",
            "    challenge: \(trunk.challenge.map { "realm \($0.realm), \($0.passwords.count) users" } ?? "no")",
            "    passHeaders: \(passed.isEmpty ? "none" : passed.joined(separator: ", "))",
            "    followRedirects: \(redirects)",
        ]
    }
}
