/// PCM16 little-endian as base64 (RFC 4648 section 4), straight between samples and text.
///
/// Kept here and not in Digests, because it runs for each packet and knows samples.
enum Base64Audio {
    /// Appends `4 * ceil(2n / 3)` characters.
    static func encode(_ samples: Span<Int16>, to text: inout [UInt8]) {
        let count = samples.count * 2
        let start = text.count
        text.append(contentsOf: repeatElement(Self.padding, count: (count + 2) / 3 * 4))
        var output = text.mutableSpan
        var position = start
        var index = 0
        while index < count {
            let first = Self.byte(samples, index)
            let second = index + 1 < count ? Self.byte(samples, index + 1) : 0
            let third = index + 2 < count ? Self.byte(samples, index + 2) : 0
            let group = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
            output[position] = Self.character(group >> 18)
            output[position + 1] = Self.character(group >> 12)
            if index + 1 < count { output[position + 2] = Self.character(group >> 6) }
            if index + 2 < count { output[position + 3] = Self.character(group) }
            position += 4
            index += 3
        }
    }

    /// Appends the decoded bytes. False when the text is not base64: a foreign character, or padding in the wrong place.
    /// Missing padding is forgiven, because some writers leave it out.
    static func decode(_ text: Span<UInt8>, to bytes: inout [UInt8]) -> Bool {
        var count = text.count
        if count % 4 == 0 {
            for _ in 0..<2 where count > 0 && text[count - 1] == Self.padding { count -= 1 }
        }
        guard count % 4 != 1 else { return false }
        bytes.reserveCapacity(bytes.count + count / 4 * 3 + 2)
        var group: UInt32 = 0
        for index in 0..<count {
            guard let digit = Self.digit(text[index]) else { return false }
            group = group << 6 | digit
            guard index % 4 == 3 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            bytes.append(UInt8(truncatingIfNeeded: group >> 8))
            bytes.append(UInt8(truncatingIfNeeded: group))
            group = 0
        }
        switch count % 4 {
        case 2: bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3:
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: break
        }
        return true
    }

    private static func byte(_ samples: Span<Int16>, _ index: Int) -> UInt8 {
        let sample = UInt16(bitPattern: samples[index / 2])
        return UInt8(truncatingIfNeeded: index % 2 == 0 ? sample : sample >> 8)
    }

    private static func character(_ value: UInt32) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value & 63)
        switch digit {
        case 0..<26: return digit + UInt8(ascii: "A")
        case 26..<52: return digit - 26 + UInt8(ascii: "a")
        case 52..<62: return digit - 52 + UInt8(ascii: "0")
        case 62: return UInt8(ascii: "+")
        default: return UInt8(ascii: "/")
        }
    }

    private static func digit(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let padding = UInt8(ascii: "=")
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
