extension [UInt8] {
    /// Whether the bytes are UTF-8 by RFC 3629: no overlong form, no surrogate, nothing beyond U+10FFFF.
    func isUTF8(in range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            let lead = self[index]
            index += 1
            if lead < 0x80 { continue }
            let following: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: following = 1
            case 0xE0: (following, second) = (2, 0xA0...0xBF)
            case 0xED: (following, second) = (2, 0x80...0x9F)
            case 0xE1...0xEF: following = 2
            case 0xF0: (following, second) = (3, 0x90...0xBF)
            case 0xF1...0xF3: following = 3
            case 0xF4: (following, second) = (3, 0x80...0x8F)
            default: return false
            }
            guard index + following <= range.upperBound, second.contains(self[index]) else { return false }
            for offset in 1..<following where self[index + offset] & 0xC0 != 0x80 { return false }
            index += following
        }
        return true
    }
}
