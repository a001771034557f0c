/// Numbers of a session description: digits only, no sign.
enum Decimal {
    /// Nil for no digits, for anything but digits, and for what the type cannot hold.
    static func parse<Number: FixedWidthInteger>(_ text: some StringProtocol) -> Number? {
        guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return Number(text)
    }
}

extension StringProtocol {
    /// ASCII letters in lower case, all else unchanged.
    var asciiLowercased: String {
        String(decoding: self.utf8.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// ASCII letters in upper case, all else unchanged.
    var asciiUppercased: String {
        String(decoding: self.utf8.map { 0x61...0x7A ~= $0 ? $0 & 0xDF : $0 }, as: UTF8.self)
    }

    /// Whether nothing in the text can end a line or is invisible in it.
    var isOneLine: Bool {
        !self.utf8.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }
    }
}
