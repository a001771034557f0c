/// The Event header field (RFC 6665 section 8.2.1): what a SUBSCRIBE, REFER or NOTIFY is about.
package struct EventPackage: Hashable, Sendable {
    /// Compared with case, as the RFC has it.
    package let name: Token
    package let id: String?

    package init(name: Token, id: String? = nil) {
        self.name = name
        self.id = id
    }

    /// The progress of a REFER; `id` is the CSeq number of that REFER (RFC 3515 section 2.4.6).
    package static func refer(sequence: UInt32) -> EventPackage {
        EventPackage(name: Self.referName, id: String(sequence))
    }

    package static let referName = Token(trusted: "refer")
}

extension EventPackage: HeaderFieldValue {
    package var headerValue: HeaderValue {
        HeaderValue(assembled: self.name.text + (self.id.map { ";id=\($0)" } ?? ""))
    }
}

/// The Subscription-State header field (RFC 6665 section 8.2.3).
package struct SubscriptionState: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case active
        case pending
        case terminated
        /// Another word; a subscriber takes it for `active` (section 8.4).
        case other(Token)
    }

    package var state: State
    /// Seconds that the subscription has left.
    package var expires: UInt32?
    /// Why it is terminated: `noresource`, `timeout`, `rejected`, `giveup` and their like.
    package var reason: Token?

    package init(_ state: State, expires: UInt32? = nil, reason: Token? = nil) {
        self.state = state
        self.expires = expires
        self.reason = reason
    }

    package static let noResource = Token(trusted: "noresource")
    package static let timeout = Token(trusted: "timeout")
}

extension SubscriptionState: HeaderFieldValue {
    package var headerValue: HeaderValue {
        var text =
            switch self.state {
            case .active: "active"
            case .pending: "pending"
            case .terminated: "terminated"
            case .other(let token): token.text
            }
        if let expires { text += ";expires=\(expires)" }
        if let reason { text += ";reason=\(reason)" }
        return HeaderValue(assembled: text)
    }
}

extension Headers {
    package var event: EventPackage? {
        get throws(SIPSyntaxError) { try self.optional(.event) { $0.eventPackage() } }
    }

    package var subscriptionState: SubscriptionState? {
        get throws(SIPSyntaxError) { try self.optional(.subscriptionState) { $0.subscriptionState() } }
    }
}

extension FieldScanner {
    fileprivate mutating func eventPackage() -> EventPackage? {
        guard let name = self.token(), let parameters = self.parameters() else { return nil }
        return EventPackage(name: name, id: parameters["id"])
    }

    fileprivate mutating func subscriptionState() -> SubscriptionState? {
        guard let word = self.token(), let parameters = self.parameters() else { return nil }
        let state: SubscriptionState.State =
            switch word.text.asciiLowercased {
            case "active": .active
            case "pending": .pending
            case "terminated": .terminated
            default: .other(word)
            }
        let expires: UInt32? = parameters["expires"].flatMap { DecimalNumber.parse($0.utf8) }
        return SubscriptionState(state, expires: expires, reason: parameters["reason"].flatMap { try? Token($0) })
    }
}
