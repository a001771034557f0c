/// The head of an HTTP/1.1 message, as far as the opening handshake needs it (RFC 9112).
package struct HTTPHead: Sendable {
    package let startLine: String
    /// In order, values trimmed.
    package let fields: [(name: String, value: String)]

    /// The only value of a field that may come once; nil when it is missing or comes twice.
    package func value(of name: String) -> String? {
        let values = self.values(of: name)
        return values.count == 1 ? values[0] : nil
    }

    package func values(of name: String) -> [String] {
        self.fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// Whether a comma-separated list field has this token, compared without case.
    package func lists(_ token: String, in name: String) -> Bool {
        self.values(of: name).contains { value in
            value.split(separator: ",").contains { Self.trimmed($0).lowercased() == token.lowercased() }
        }
    }

    /// The head and where it ends; nil until its empty line has come. Lines may end in LF alone.
    static func parse(_ bytes: [UInt8]) throws(HandshakeError) -> (head: HTTPHead, end: Int)? {
        guard let end = self.end(of: bytes) else {
            guard bytes.count <= Self.lengthMax else { throw .headTooLong(limit: Self.lengthMax) }
            return nil
        }
        guard end <= Self.lengthMax else { throw .headTooLong(limit: Self.lengthMax) }
        // A control character in a head is an attempt at something, never a mistake of a bot.
        guard bytes[..<end].allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) else {
            throw .malformedHead
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(
            omittingEmptySubsequences: true, whereSeparator: { $0.isNewline })
        guard let startLine = lines.first else { throw .malformedHead }
        guard lines.count <= Self.fieldCountMax else { throw .headTooLong(limit: Self.lengthMax) }
        var fields: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { throw .malformedHead }
            let name = line[..<colon]
            guard HeaderText.isToken(String(name)) else { throw .malformedHead }
            fields.append((String(name), self.trimmed(line[line.index(after: colon)...])))
        }
        return (HTTPHead(startLine: String(startLine), fields: fields), end)
    }

    /// Where the first empty line ends.
    private static func end(of bytes: [UInt8]) -> Int? {
        var lineLength = 0
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A:
                if lineLength == 0, index > 0 { return index + 1 }
                lineLength = 0
            case 0x0D: continue
            default: lineLength += 1
            }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    /// Bytes of a head, its last empty line included.
    package static let lengthMax = 16_384
    private static let fieldCountMax = 128
}

/// What may stand in a field of the handshake.
package enum HeaderText {
    /// RFC 9110 section 5.6.2.
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// No control character, hence no line break (RFC 9110 section 5.5).
    package static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
