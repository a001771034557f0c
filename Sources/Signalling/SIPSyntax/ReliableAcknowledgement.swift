/// RAck (RFC 3262 section 7.2): which reliable provisional response a PRACK acknowledges.
package struct ReliableAcknowledgement: Hashable, Sendable {
    /// The response's RSeq.
    package let responseNumber: UInt32
    /// The response's CSeq.
    package let cSeq: CSeq

    package init(responseNumber: UInt32, cSeq: CSeq) {
        self.responseNumber = responseNumber
        self.cSeq = cSeq
    }
}

extension ReliableAcknowledgement: HeaderFieldValue {
    package var headerValue: HeaderValue {
        HeaderValue(assembled: "\(self.responseNumber) \(self.cSeq.headerValue.text)")
    }
}

extension Headers {
    package var rAck: ReliableAcknowledgement? {
        get throws(SIPSyntaxError) {
            try self.optional(.rAck) { scanner in
                guard let number: UInt32 = scanner.number(), let blank = scanner.peek, blank.isLinearWhitespace else {
                    return nil
                }
                scanner.skipWhitespace()
                return scanner.cSeq().map { ReliableAcknowledgement(responseNumber: number, cSeq: $0) }
            }
        }
    }

    /// The number of a reliable provisional response, 1 or more (RFC 3262 section 7.1).
    package var rSeq: UInt32? {
        get throws(SIPSyntaxError) {
            try self.optional(.rSeq) { scanner in
                guard let number: UInt32 = scanner.number(), number > 0 else { return nil }
                return number
            }
        }
    }
}

extension Token {
    /// The option tag of RFC 3262.
    package static let reliableProvisionals = Token(trusted: "100rel")
    /// The option tag of RFC 4028.
    package static let sessionTimer = Token(trusted: "timer")
    /// The option tag of RFC 3891.
    package static let replaces = Token(trusted: "replaces")
}
