/// CSeq: the order of requests in a dialog (RFC 3261 section 20.16).
package struct CSeq: Hashable, Sendable {
    /// Below 2^31 (RFC 3261 section 8.1.1.5).
    package let number: UInt32
    package let method: Method

    package init(number: UInt32, method: Method) {
        precondition(number < Self.numberLimit, "a CSeq number is less than 2^31")
        self.number = number
        self.method = method
    }

    static let numberLimit: UInt32 = 1 << 31
}

extension CSeq: HeaderFieldValue {
    package var headerValue: HeaderValue { HeaderValue(assembled: "\(self.number) \(self.method)") }
}

/// Call-ID, compared byte for byte with case (RFC 3261 section 20.8).
package struct CallID: Hashable, Sendable {
    package let text: String

    /// One or more printable ASCII characters without blanks.
    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        guard !text.isEmpty, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { throw .malformedHeader(.callID) }
        self.text = String(text)
    }
}

extension CallID: CustomStringConvertible {
    package var description: String { self.text }
}

extension CallID: HeaderFieldValue {
    package var headerValue: HeaderValue { HeaderValue(assembled: self.text) }
}
