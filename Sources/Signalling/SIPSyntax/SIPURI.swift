/// A `sip:` or `sips:` URI (RFC 3261 section 19.1).
///
/// Every part is checked when it is set, so the written form holds nothing but the URI.
package struct SIPURI: Hashable, Sendable {
    /// `sips:`.
    package var isSecure: Bool
    /// The user part as it is written, escapes included; nil without one.
    package private(set) var escapedUser: String?
    /// The password as it is written, escapes included.
    package private(set) var escapedPassword: String?
    package var host: Host
    package var port: UInt16?
    package var parameters: Parameters
    /// The text after `?` as it is written; kept, and never applied to a message.
    package private(set) var escapedHeaders: String?

    /// The user is plain text; what may not stand in a URI is escaped. Throws `controlCharacter`, or `malformedURI`
    /// for an empty user.
    package init(
        isSecure: Bool = false, user: String?, host: Host, port: UInt16? = nil, parameters: Parameters = Parameters()
    ) throws(SIPSyntaxError) {
        self.init(isSecure: isSecure, host: host, port: port, parameters: parameters)
        if let user {
            guard !user.isEmpty else { throw .malformedURI }
            guard !user.utf8.contains(where: { $0.isForbiddenControl || $0 == 0x09 }) else { throw .controlCharacter }
            self.escapedUser = PercentEncoding.escape(user.utf8) { $0.isUserCharacter }
        }
    }

    /// A URI without a user.
    package init(isSecure: Bool = false, host: Host, port: UInt16? = nil, parameters: Parameters = Parameters()) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    init(
        isSecure: Bool, escapedUser: String?, escapedPassword: String?, host: Host, port: UInt16?,
        parameters: Parameters, escapedHeaders: String?
    ) {
        self.isSecure = isSecure
        self.escapedUser = escapedUser
        self.escapedPassword = escapedPassword
        self.host = host
        self.port = port
        self.parameters = parameters
        self.escapedHeaders = escapedHeaders
    }

    /// The user part with its escapes resolved once; it can hold any character, NUL included.
    package var user: String? {
        self.escapedUser.map { PercentEncoding.unescape($0.utf8) }
    }

    /// The `transport` parameter: nil when there is none or when it names a transport that this stack does not speak.
    package var transport: SIPTransportName? {
        self.parameters["transport"].flatMap { SIPTransportName(rawValue: $0.asciiLowercased) }
    }

    /// The `lr` parameter of a loose router.
    package var isLooseRouter: Bool { self.parameters.contains("lr") }

    /// As a Request-URI must be: without the headers, which RFC 3261 section 19.1.1 forbids there.
    package var withoutHeaders: SIPURI {
        var uri = self
        uri.escapedHeaders = nil
        return uri
    }

    /// The URI with another text after `?`, escaped already.
    func withHeaderText(_ text: String?) -> SIPURI {
        var uri = self
        uri.escapedHeaders = text
        return uri
    }
}

extension SIPURI: CustomStringConvertible {
    package var description: String {
        var text = self.isSecure ? "sips:" : "sip:"
        if let user = self.escapedUser {
            text += user
            if let password = self.escapedPassword { text += ":" + password }
            text += "@"
        }
        text += self.host.description
        if let port = self.port { text += ":\(port)" }
        text += self.parameters.uriText
        if let headers = self.escapedHeaders { text += "?" + headers }
        return text
    }
}
