/// The URI of a request line, of From, To, Contact and the route fields.
package enum URI: Hashable, Sendable {
    case sip(SIPURI)
    /// Any other scheme, kept as it came.
    case other(OtherURI)

    /// Parses an addr-spec. Throws `malformedURI` or `malformedHost`.
    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        self = try URIParser.parse(Array(text.utf8))
    }

    package var sip: SIPURI? {
        switch self {
        case .sip(let uri): uri
        case .other: nil
        }
    }
}

/// A URI of a scheme that is not SIP's.
package struct OtherURI: Hashable, Sendable {
    /// In lower case.
    package let scheme: String
    /// The whole URI: printable ASCII without blanks, quotes and angle brackets.
    package let text: String

    init(scheme: String, text: String) {
        self.scheme = scheme
        self.text = text
    }
}

extension URI: CustomStringConvertible {
    package var description: String {
        switch self {
        case .sip(let uri): uri.description
        case .other(let uri): uri.text
        }
    }
}
