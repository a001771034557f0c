/// `"%" HEXDIG HEXDIG` (RFC 3261 section 25.1, `escaped`).
enum PercentEncoding {
    static func escape(_ bytes: some Sequence<UInt8>, unless isAllowed: (UInt8) -> Bool) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            if isAllowed(byte) {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "%"), Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 0x0F)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Resolves each escape once. A `%` without two digits behind it stays as it is.
    static func unescape(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Self.rewriteEscapes(bytes) { [$0] }, as: UTF8.self)
    }

    /// The form in which escapes can be compared (RFC 3261 section 19.1.4): unreserved characters stand for
    /// themselves, all others stay escaped, with digits in upper case.
    static func normalise(_ bytes: some Sequence<UInt8>) -> String {
        let normalised = Self.rewriteEscapes(bytes) { byte in
            byte.isUnreserved
                ? [byte] : [UInt8(ascii: "%"), Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 0x0F)]]
        }
        return String(decoding: normalised, as: UTF8.self)
    }

    /// Every byte is allowed or part of a well-formed escape.
    static func isWellFormed(_ bytes: ArraySlice<UInt8>, allowed isAllowed: (UInt8) -> Bool) -> Bool {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%") {
                guard bytes.endIndex - index > 2, bytes[index + 1].isHexDigit, bytes[index + 2].isHexDigit else {
                    return false
                }
                index += 3
            } else {
                guard isAllowed(bytes[index]) else { return false }
                index += 1
            }
        }
        return true
    }

    private static func rewriteEscapes(_ bytes: some Sequence<UInt8>, _ rewrite: (UInt8) -> [UInt8]) -> [UInt8] {
        let source = Array(bytes)
        var result: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = Self.value(of: source[index + 1]), let low = Self.value(of: source[index + 2])
            {
                result += rewrite(high << 4 | low)
                index += 3
            } else {
                result.append(source[index])
                index += 1
            }
        }
        return result
    }

    private static func value(of digit: UInt8) -> UInt8? {
        if digit.isDigit { return digit &- 0x30 }
        return digit.isHexDigit ? (digit | 0x20) &- 0x61 &+ 10 : nil
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
