/// Base 64 with the standard alphabet and padding (RFC 4648 section 4).
///
/// The reader is strict, so that every octet string has exactly one text: no white space, no missing or additional padding, and
/// the unused bits of the last symbol are zero (section 3.5).
package enum Base64 {
    package static func encode(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            var bits: UInt32 = 0
            for octet in group { bits = bits << 8 | UInt32(octet) }
            bits <<= UInt32(8 * (3 - group.count))
            for symbol in 0..<4 {
                let isPadding = symbol > group.count
                text.append(isPadding ? self.padding : self.alphabet[Int(bits >> UInt32(18 - 6 * symbol) & 0x3F)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets of a text, or nil when the text is not exactly what `encode` writes.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let symbols = Array(text.utf8)
        guard symbols.count.isMultiple(of: 4) else { return nil }
        let paddingCount = symbols.suffix(2).reversed().prefix { $0 == self.padding }.count
        var octets: [UInt8] = []
        octets.reserveCapacity(symbols.count / 4 * 3)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for symbol in symbols.dropLast(paddingCount) {
            guard let value = self.value(of: symbol) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> bitCount))
                bits &= 1 << bitCount - 1
            }
        }
        return bits == 0 ? octets : nil
    }

    private static func value(of symbol: UInt8) -> UInt32? {
        switch symbol {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(symbol - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(symbol - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(symbol - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
}
