/// `quoted-string` of RFC 3261 section 25.1.
enum QuotedString {
    /// In quotes, with a backslash before quotes, backslashes and the controls that a peer's quoted pair may have held.
    static func quote(_ text: String) -> String {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte.isForbiddenControl {
                bytes.append(UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
