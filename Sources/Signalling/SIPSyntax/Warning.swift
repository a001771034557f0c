/// One value of the Warning header field (RFC 3261 section 20.43).
package struct Warning: Hashable, Sendable {
    /// Three digits; 300 to 399 for trouble with the session description.
    package let code: UInt16
    /// The host or the pseudonym of who warns.
    package let agent: String
    package let text: String

    /// Throws `controlCharacter` for a text that has one, `malformedParameter` for a code that has not three digits.
    package init(code: UInt16, agent: Token, text: String) throws(SIPSyntaxError) {
        guard 100...999 ~= code else { throw .malformedParameter }
        guard !text.utf8.contains(where: \.isForbiddenControl) else { throw .controlCharacter }
        self.init(parsedCode: code, agent: agent.text, text: text)
    }

    init(parsedCode code: UInt16, agent: String, text: String) {
        self.code = code
        self.agent = agent
        self.text = text
    }
}

extension Warning: HeaderFieldValue {
    package var headerValue: HeaderValue {
        HeaderValue(assembled: "\(self.code) \(self.agent) \(QuotedString.quote(self.text))")
    }
}
