/// A `token` of RFC 3261 section 25.1: one or more characters that need no quoting anywhere in a message.
package struct Token: Hashable, Sendable {
    package let text: String

    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isTokenCharacter) else { throw .notAToken }
        self.text = String(text)
    }

    /// A token of the program's own text.
    package init(trusted text: StaticString) {
        self.text = text.description
        precondition(!self.text.isEmpty && self.text.utf8.allSatisfy(\.isTokenCharacter), "not a token")
    }

    package init(decimal number: UInt64) {
        self.text = String(number)
    }

    /// The number as 16 hexadecimal digits; `prefix` for the cookies that some tokens must begin with.
    package init(hexadecimal number: UInt64, prefix: Token? = nil) {
        let digits = String(number, radix: 16)
        self.text = (prefix?.text ?? "") + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension Token: CustomStringConvertible {
    package var description: String { self.text }
}
