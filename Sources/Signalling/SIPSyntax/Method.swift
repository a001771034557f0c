/// A request's method. Methods are compared with case (RFC 3261 section 7.1).
package struct Method: Hashable, Sendable, RawRepresentable {
    package let rawValue: String

    /// Nil for what is not a token.
    package init?(rawValue: String) {
        guard let token = try? Token(rawValue) else { return nil }
        self.rawValue = token.text
    }

    private init(trusted text: StaticString) {
        self.rawValue = text.description
    }

    package static let invite = Method(trusted: "INVITE")
    package static let ack = Method(trusted: "ACK")
    package static let bye = Method(trusted: "BYE")
    package static let cancel = Method(trusted: "CANCEL")
    package static let options = Method(trusted: "OPTIONS")
    package static let register = Method(trusted: "REGISTER")
    package static let prack = Method(trusted: "PRACK")
    package static let update = Method(trusted: "UPDATE")
    package static let info = Method(trusted: "INFO")
    package static let refer = Method(trusted: "REFER")
    package static let notify = Method(trusted: "NOTIFY")
    package static let subscribe = Method(trusted: "SUBSCRIBE")
    package static let message = Method(trusted: "MESSAGE")
    package static let publish = Method(trusted: "PUBLISH")
}

extension Method: CustomStringConvertible {
    package var description: String { self.rawValue }
}
