import Addressing

/// What is asked of the DNS: one name, and the kind of record that is wanted.
package struct DNSQuestion: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A and AAAA, and what the hosts file has.
        case addresses
        /// SRV (RFC 2782).
        case services
        /// NAPTR (RFC 3403).
        case namingAuthorities
    }

    package let name: String
    package let kind: Kind

    package init(_ kind: Kind, of name: String) {
        self.name = name
        self.kind = kind
    }
}

/// What the DNS has for a question, with the time that it may be kept.
package struct DNSAnswer: Hashable, Sendable {
    package enum Records: Hashable, Sendable {
        /// In the order of preference of RFC 6724; at least one.
        case addresses([IPAddress])
        case services([ServiceRecord])
        case namingAuthorities([NamingAuthorityRecord])
    }

    package let records: Records
    /// The least time to live of the records, as the server gave it.
    package let lifetime: Duration

    package init(_ records: Records, lifetime: Duration) {
        self.records = records
        self.lifetime = lifetime
    }

    /// More records of an answer are not looked at: whoever owns a name must not make us dial for ever.
    package static let recordsMax = 32
}

/// Why a question has no answer; `reason` is c-ares' word for it.
package enum DNSError: Error, Hashable, Sendable {
    /// The name does not exist, or has no record of the kind.
    case notFound(reason: String)
    /// No server answered, or what they answered was of no use. The same question may have an answer later.
    case unavailable(reason: String)
    /// Too many questions are open.
    case tooMany
}

extension DNSError {
    /// A clause for a sentence.
    package var reason: String {
        switch self {
        case .notFound(let reason), .unavailable(let reason): reason
        case .tooMany: "too many look-ups are under way"
        }
    }
}
