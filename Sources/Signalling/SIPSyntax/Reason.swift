/// One value of the Reason header field (RFC 3326).
package struct Reason: Hashable, Sendable {
    /// `SIP`, `Q.850` or another; compared without case.
    package let protocolName: Token
    package private(set) var parameters: Parameters

    /// Throws `controlCharacter` for a text that has one.
    package init(protocolName: Token, cause: UInt16, text: String? = nil) throws(SIPSyntaxError) {
        self.init(protocolName: protocolName, parameters: Parameters())
        self.parameters.setNumber(Token(trusted: "cause"), UInt64(cause))
        if let text { try self.parameters.setQuoted("text", text) }
    }

    init(protocolName: Token, parameters: Parameters) {
        self.protocolName = protocolName
        self.parameters = parameters
    }

    package static let sip = Token(trusted: "SIP")
    package static let q850 = Token(trusted: "Q.850")

    /// Whether it is of this protocol, whatever the case of its letters.
    package func isOf(_ protocolName: Token) -> Bool {
        self.protocolName.text.equalsIgnoringCase(protocolName.text)
    }

    package var cause: UInt16? { self.parameters["cause"].flatMap { DecimalNumber.parse($0.utf8) } }
    package var text: String? { self.parameters["text"] }
}

extension Reason: HeaderFieldValue {
    package var headerValue: HeaderValue {
        HeaderValue(assembled: self.protocolName.text + self.parameters.fieldText)
    }
}
