/// A string inside a document: its raw bytes between the quotes, proven to be well formed.
package struct JSONText: Hashable, Sendable {
    /// Where the raw bytes lie, quotes excluded.
    package let range: Range<Int>
    /// Whether the raw bytes differ from the text because something is escaped.
    package let hasEscapes: Bool

    /// Compares without building a String. A text with escapes is decoded first, so that `"\u0061"` equals `"a"`.
    package func equals(_ other: StaticString, in bytes: Span<UInt8>) -> Bool {
        if self.hasEscapes { return self.decoded(in: bytes) == other.description }
        guard self.range.count == other.utf8CodeUnitCount else { return false }
        var index = self.range.lowerBound
        for byte in other.description.utf8 {
            guard bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// The text, escapes resolved.
    package func decoded(in bytes: Span<UInt8>) -> String {
        String(decoding: self.decodedBytes(in: bytes), as: UTF8.self)
    }

    /// The text as UTF-8, escapes resolved.
    package func decodedBytes(in bytes: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(self.range.count)
        var index = self.range.lowerBound
        while index < self.range.upperBound {
            let byte = bytes[index]
            guard byte == Ascii.backslash else {
                result.append(byte)
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            if let plain = Self.plainEscape(escape) {
                result.append(plain)
                continue
            }
            var scalar = UInt32(Self.codeUnit(in: bytes, at: index) ?? 0)
            index += 4
            if (0xD800..<0xDC00).contains(scalar) {
                // The scan has seen the partner of this surrogate.
                let low = UInt32(Self.codeUnit(in: bytes, at: index + 2) ?? 0)
                scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00)
                index += 6
            }
            if let scalar = Unicode.Scalar(scalar) { result.append(contentsOf: scalar.utf8) }
        }
        return result
    }

    /// Scans from the byte after the opening quote and leaves out the closing one.
    static func scan(in bytes: Span<UInt8>, from start: Int) throws(JSONError) -> JSONText {
        var index = start
        var hasEscapes = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x80, byte != Ascii.quote, byte != Ascii.backslash {
                index += 1
            } else if byte == Ascii.quote {
                return JSONText(range: start..<index, hasEscapes: hasEscapes)
            } else if byte == Ascii.backslash {
                hasEscapes = true
                index = try Self.scanEscape(in: bytes, at: index)
            } else if byte < 0x20 {
                throw .controlCharacter(at: index)
            } else {
                index += try Self.scanMultibyte(in: bytes, at: index)
            }
        }
        throw .unexpectedEnd
    }

    /// Returns where the escape that begins at `start` ends.
    private static func scanEscape(in bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        guard start + 1 < bytes.count else { throw .unexpectedEnd }
        if self.plainEscape(bytes[start + 1]) != nil { return start + 2 }
        guard bytes[start + 1] == UInt8(ascii: "u"), let unit = self.codeUnit(in: bytes, at: start + 2) else {
            throw .malformedEscape(at: start)
        }
        switch unit {
        case 0xD800..<0xDC00:
            guard start + 7 < bytes.count, bytes[start + 6] == Ascii.backslash, bytes[start + 7] == UInt8(ascii: "u"),
                let low = self.codeUnit(in: bytes, at: start + 8), (0xDC00..<0xE000).contains(low)
            else { throw .malformedEscape(at: start) }
            return start + 12
        case 0xDC00..<0xE000:
            throw .malformedEscape(at: start)
        default:
            return start + 6
        }
    }

    private static func plainEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case Ascii.quote, Ascii.backslash, UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private static func codeUnit(in bytes: Span<UInt8>, at start: Int) -> UInt16? {
        guard start + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for index in start..<start + 4 {
            guard let digit = self.hexadecimalDigit(bytes[index]) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The length of the UTF-8 sequence at `start`, which begins with a byte above 0x7F (RFC 3629 section 4).
    private static func scanMultibyte(in bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        let lead = bytes[start]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw .malformedUTF8(at: start)
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { throw .malformedUTF8(at: start) }
        for index in start + 2..<start + length {
            guard bytes[index] & 0xC0 == 0x80 else { throw .malformedUTF8(at: start) }
        }
        return length
    }
}
