import SIPSyntax

/// Who we are to a carrier: the name and password that answer its challenges.
package struct TrunkAccount: Hashable, Sendable {
    package var username: String
    package var password: String
    /// The realms that may see a digest of the password; `*.example.com` stands for every name below. Never empty.
    package var realms: [String]

    package init(username: String, password: String, realms: [String]) {
        self.username = username
        self.password = password
        self.realms = realms
    }
}

/// A registration that the trunk wants (RFC 3261 section 10).
package struct TrunkRegistration: Hashable, Sendable {
    /// The domain; nil takes From's host, else the first point of presence.
    package var registrar: Host?
    /// The user of the address of record.
    package var user: String
    package var lifetime: Duration = .seconds(3_600)

    package init(user: String) {
        self.user = user
    }
}

/// How the caller is named besides From.
package enum IdentityHeader: Hashable, Sendable {
    case none
    /// `P-Asserted-Identity` (RFC 3325).
    case pAssertedIdentity
    /// `Remote-Party-ID`, its elder.
    case remotePartyID
}

/// Whoever calls over the trunk proves itself with one of these.
package struct InboundChallenge: Hashable, Sendable {
    package var realm: String
    /// Passwords by user name.
    package var passwords: [String: String]

    package init(realm: String, passwords: [String: String]) {
        self.realm = realm
        self.passwords = passwords
    }
}

/// Whether 3xx answers are followed, how far, and to which hosts besides the trunk's own.
package enum RedirectPolicy: Hashable, Sendable {
    case refuse
    case follow(targetsMax: Int, depthMax: Int, hosts: [Host] = [])

    package static let hostsMax = 16

    package var hosts: [Host] {
        switch self {
        case .refuse: []
        case .follow(_, _, let hosts): hosts
        }
    }
}

/// Which header fields of an INVITE that comes in the bot gets.
package struct HeaderAllowList: Hashable, Sendable {
    package enum Pattern: Hashable, Sendable {
        case name(HeaderName)
        /// `X-*`: every name that begins so.
        case prefix(String)
    }

    package var patterns: [Pattern]

    package static let patternsMax = 32
    /// Fields that one bot gets of one call.
    package static let fieldsMax = 64

    package init(_ patterns: [Pattern]) {
        self.patterns = patterns
    }

    /// A carrier's and a customer's own fields, the caller's signed identity, and user-to-user data.
    package static let standard = HeaderAllowList([.prefix("X-"), .name(.identity), .name(.userToUser)])

    /// Whether the bot may see the field. What proves who somebody is stays between the two that it is for.
    package func allows(_ name: HeaderName) -> Bool {
        guard !Self.secret.contains(name) else { return false }
        return self.patterns.contains { pattern in
            switch pattern {
            case .name(let allowed): allowed == name
            case .prefix(let prefix): name.hasPrefix(prefix)
            }
        }
    }

    package func filter(_ headers: Headers) -> [Headers.Field] {
        Array(headers.fields.lazy.filter { self.allows($0.name) }.prefix(Self.fieldsMax))
    }

    package static let secret: Set<HeaderName> = [
        .authorization, .proxyAuthorization, .wwwAuthenticate, .proxyAuthenticate, .authenticationInfo,
    ]
}

extension HeaderAllowList.Pattern {
    /// `X-*` or a name. Throws `badHeaderName`, also for a field that no bot may see.
    package init(_ text: String) throws(TrunkError) {
        let isPrefix = text.hasSuffix("*")
        guard let name = try? HeaderName(isPrefix ? String(text.dropLast()) : text),
            !HeaderAllowList.secret.contains(name)
        else { throw .badHeaderName }
        self = isPrefix ? .prefix(name.text) : .name(name)
    }
}

extension Trunk {
    /// The fields that name the caller, as the trunk wants them.
    func identityFields(_ caller: NameAddress) -> [Headers.Field] {
        switch self.identity {
        case .none:
            return []
        case .pAssertedIdentity:
            let asserted = Headers.Field(name: .pAssertedIdentity, value: caller.headerValue)
            guard self.hidesCaller else { return [asserted] }
            return [asserted, Headers.Field(name: .privacy, value: HeaderValue(trusted: "id"))]
        case .remotePartyID:
            var party = caller
            party.parameters.set(Token(trusted: "party"), Token(trusted: "calling"))
            party.parameters.set(Token(trusted: "screen"), Token(trusted: "yes"))
            party.parameters.set(
                Token(trusted: "privacy"), self.hidesCaller ? Token(trusted: "full") : Token(trusted: "off"))
            return [Headers.Field(name: .remotePartyID, value: party.headerValue)]
        }
    }

    /// From of a caller who is not to be seen (RFC 3323 section 4.1.1.3).
    static func anonymousFrom() throws(TrunkError) -> NameAddress {
        do {
            let uri = try SIPURI(user: "anonymous", host: try Host("anonymous.invalid"))
            return try NameAddress(displayName: "Anonymous", uri: .sip(uri))
        } catch {
            throw .badNumber
        }
    }

    /// The host of the registrar: From's, else the first point of presence.
    package var registrarHost: Host {
        self.registration?.registrar ?? self.fromHost ?? self.pointsOfPresence[0].host
    }

    /// The realms of a trunk whose account names none: the names that the carrier goes by.
    package var realmsByDefault: [String] {
        var realms: [String] = []
        for host in [self.fromHost].compactMap({ $0 }) + self.pointsOfPresence.map(\.host)
        where !realms.contains(host.description) {
            realms.append(host.description)
        }
        return realms
    }
}
