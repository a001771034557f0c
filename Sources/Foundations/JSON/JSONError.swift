/// Why bytes are not the JSON that was asked for. Offsets count bytes from the start of the document.
package enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The document ended in the middle.
    case unexpectedEnd
    /// A byte that cannot stand here.
    case unexpectedByte(UInt8, at: Int)
    /// Not `true`, `false` or `null`, although it began like one.
    case malformedLiteral(at: Int)
    /// A number that RFC 8259 section 6 does not allow, such as `01`, `.5`, `1.` or `+1`.
    case malformedNumber(at: Int)
    /// A number beyond what a Double can hold.
    case numberOutOfRange(at: Int)
    /// A control character below U+0020 in a string, unescaped.
    case controlCharacter(at: Int)
    /// A backslash before something that cannot be escaped, or a surrogate without its partner.
    case malformedEscape(at: Int)
    /// Bytes that are not UTF-8 (overlong, surrogate, beyond U+10FFFF or cut off).
    case malformedUTF8(at: Int)
    /// Arrays and objects nested beyond the limit.
    case tooDeep(at: Int)
    /// More bytes than the limit.
    case tooLong(count: Int)
    /// An object names the same key twice.
    case duplicateKey(at: Int)
    /// Something after the end of the value.
    case trailingBytes(at: Int)

    package var description: String {
        switch self {
        case .unexpectedEnd: "the document ends in the middle"
        case .unexpectedByte(let byte, let offset): "unexpected byte 0x\(String(byte, radix: 16)) at \(offset)"
        case .malformedLiteral(let offset): "malformed literal at \(offset)"
        case .malformedNumber(let offset): "malformed number at \(offset)"
        case .numberOutOfRange(let offset): "number out of range at \(offset)"
        case .controlCharacter(let offset): "control character in a string at \(offset)"
        case .malformedEscape(let offset): "malformed escape at \(offset)"
        case .malformedUTF8(let offset): "malformed UTF-8 at \(offset)"
        case .tooDeep(let offset): "nested too deeply at \(offset)"
        case .tooLong(let count): "document of \(count) bytes is too long"
        case .duplicateKey(let offset): "duplicate key at \(offset)"
        case .trailingBytes(let offset): "more bytes after the value, at \(offset)"
        }
    }
}

/// Bounds of one document.
package struct JSONLimits: Hashable, Sendable {
    /// Bytes.
    package var length: Int
    /// Arrays and objects within each other, at most 64.
    package var depth: Int

    package init(length: Int = 1_048_576, depth: Int = 32) {
        precondition((1...64).contains(depth), "the scanner keeps one bit a level")
        self.length = length
        self.depth = depth
    }

    package static let standard = JSONLimits()
}
