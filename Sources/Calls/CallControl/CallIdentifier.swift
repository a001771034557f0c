/// The gateway's own name for a call: 32 lower-case hexadecimal digits.
///
/// Safe by construction as a file name, a URL path segment and a log field. The SIP Call-ID is another thing: a peer
/// chooses it on inbound calls, so it never names a file.
package struct CallIdentifier: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Draws a new identifier; 128 random bits, so no two calls of a lifetime share one.
    package init(using generator: inout some RandomNumberGenerator) {
        let digits = [
            UInt64.random(in: .min ... .max, using: &generator), .random(in: .min ... .max, using: &generator),
        ]
        .map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        self.description = digits.joined()
    }

    /// Reads an identifier that the gateway gave out before; nil for any other text.
    package init?(_ text: String) {
        let isIdentifier =
            text.utf8.count == 32
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        guard isIdentifier else { return nil }
        self.description = text
    }
}
