/// Samples as base64 (RFC 4648 section 4), straight between samples and text: PCM16 little-endian, or one octet each.
///
/// Kept here and not in Digests, because it runs for each packet and knows samples.
enum Base64Audio {
    /// Appends `4 * ceil(2n / 3)` characters.
    static func encode(_ samples: Span<Int16>, to text: inout [UInt8]) {
        let alphabet = Self.alphabet
        let count = samples.count * 2
        text.append(addingCapacity: (count + 2) / 3 * 4) { output in
            for start in stride(from: 0, to: count, by: 3) {
                let first = Self.byte(samples, start)
                let second = start + 1 < count ? Self.byte(samples, start + 1) : 0
                let third = start + 2 < count ? Self.byte(samples, start + 2) : 0
                let group = Int(first) << 16 | Int(second) << 8 | Int(third)
                output.append(alphabet[group >> 18])
                output.append(alphabet[group >> 12 & 63])
                output.append(start + 1 < count ? alphabet[group >> 6 & 63] : Self.padding)
                output.append(start + 2 < count ? alphabet[group & 63] : Self.padding)
            }
        }
    }

    /// Appends `4 * ceil(n / 3)` characters: the base64 of one octet a sample, which `code` makes of it.
    @inline(__always)
    static func encode(_ samples: Span<Int16>, to text: inout [UInt8], by code: (Int16) -> UInt8) {
        let alphabet = Self.alphabet
        let count = samples.count
        text.append(addingCapacity: (count + 2) / 3 * 4) { output in
            for start in stride(from: 0, to: count, by: 3) {
                let first = code(samples[start])
                let second = start + 1 < count ? code(samples[start + 1]) : 0
                let third = start + 2 < count ? code(samples[start + 2]) : 0
                let group = Int(first) << 16 | Int(second) << 8 | Int(third)
                output.append(alphabet[group >> 18])
                output.append(alphabet[group >> 12 & 63])
                output.append(start + 1 < count ? alphabet[group >> 6 & 63] : Self.padding)
                output.append(start + 2 < count ? alphabet[group & 63] : Self.padding)
            }
        }
    }

    /// The base64 of plain octets, for messages that do not come for each packet.
    static func encode(octets: Span<UInt8>, to text: inout [UInt8]) {
        var padded: [Int16] = []
        for index in octets.indices { padded.append(Int16(octets[index])) }
        Self.encode(padded.span, to: &text) { UInt8(truncatingIfNeeded: $0) }
    }

    /// Appends the decoded bytes. False when the text is not base64: a foreign character, or padding in the wrong place.
    /// Missing padding is forgiven, because some writers leave it out.
    static func decode(_ text: Span<UInt8>, to bytes: inout [UInt8]) -> Bool {
        var count = text.count
        if count % 4 == 0 {
            for _ in 0..<2 where count > 0 && text[count - 1] == Self.padding { count -= 1 }
        }
        guard count % 4 != 1 else { return false }
        let digits = Self.digits
        var isWellFormed = true
        bytes.append(addingCapacity: count / 4 * 3 + 2) { output in
            var group: UInt32 = 0
            // Foreign characters set the highest bit of their entry; looked at once, at the end.
            var seen: UInt8 = 0
            for index in 0..<count {
                let digit = digits[Int(text[index])]
                seen |= digit
                group = group << 6 | UInt32(digit)
                guard index & 3 == 3 else { continue }
                output.append(UInt8(truncatingIfNeeded: group >> 16))
                output.append(UInt8(truncatingIfNeeded: group >> 8))
                output.append(UInt8(truncatingIfNeeded: group))
            }
            if count % 4 == 2 { output.append(UInt8(truncatingIfNeeded: group >> 4)) }
            if count % 4 == 3 {
                output.append(UInt8(truncatingIfNeeded: group >> 10))
                output.append(UInt8(truncatingIfNeeded: group >> 2))
            }
            isWellFormed = seen & Self.foreign == 0
        }
        return isWellFormed
    }

    private static func byte(_ samples: Span<Int16>, _ index: Int) -> UInt8 {
        let sample = UInt16(bitPattern: samples[index / 2])
        return UInt8(truncatingIfNeeded: index % 2 == 0 ? sample : sample >> 8)
    }

    private static let padding = UInt8(ascii: "=")
    private static let foreign: UInt8 = 0x80
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// The value of each character, `foreign` for those that have none.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: Self.foreign, count: 256)
        for (value, character) in Self.alphabet.enumerated() { digits[Int(character)] = UInt8(value) }
        return digits
    }()
}

extension [UInt8] {
    /// Appends `value` in decimal digits without building a String.
    mutating func appendDecimal(_ value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            self.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
