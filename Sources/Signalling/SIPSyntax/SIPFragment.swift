/// The body of a NOTIFY about a REFER: `message/sipfrag` (RFC 3420) that begins with a status line.
package struct SIPFragment: Hashable, Sendable {
    package let status: StatusCode
    /// The peer's own words; never longer than `reasonLengthMax`.
    package let reason: HeaderValue

    /// Octets of the reason phrase that are kept.
    package static let reasonLengthMax = 256

    package init(status: StatusCode, reason: HeaderValue? = nil) {
        self.status = status
        self.reason = reason ?? status.reasonPhrase
    }

    /// Reads the status line; whatever follows it is left alone. Throws `malformedStartLine`.
    package init(_ body: [UInt8]) throws(SIPSyntaxError) {
        let line = body.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, String(decoding: parts[0], as: UTF8.self).equalsIgnoringCase("SIP/2.0"),
            parts[1].count == 3, let number: Int = DecimalNumber.parse(parts[1]), let status = StatusCode(number)
        else { throw .malformedStartLine }
        guard parts.count == 3 else {
            self.init(status: status)
            return
        }
        guard let reason = try? HeaderValue(String(decoding: parts[2].prefix(Self.reasonLengthMax), as: UTF8.self))
        else { throw .malformedStartLine }
        self.init(status: status, reason: reason)
    }

    package var body: [UInt8] {
        Array("SIP/2.0 \(self.status) \(self.reason)\r\n".utf8)
    }
}
