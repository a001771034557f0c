/// Reads one RFC 8259 document token by token, strictly and without allocating.
///
/// The bytes are passed to each call and must be the same each time. Strings come back as ranges of raw bytes that are
/// already proven to be UTF-8 with well-formed escapes. Duplicate keys are the caller's business: the scanner builds no
/// tree (`JSONReader` refuses them).
package struct JSONScanner: Sendable {
    package enum Token: Hashable, Sendable {
        case beginObject
        case endObject
        case beginArray
        case endArray
        case key(JSONText)
        case string(JSONText)
        /// Where the number's characters lie.
        case number(Range<Int>)
        case bool(Bool)
        case null
        /// The value is complete and nothing but white space follows.
        case end
    }

    private enum Expectation: Sendable {
        case value
        case valueOrEndOfArray
        case keyOrEndOfObject
        case key
        case commaOrEnd
        case endOfDocument
    }

    private let limits: JSONLimits
    private var expectation = Expectation.value
    /// One bit a level, the innermost lowest: set for an object, clear for an array.
    private var nesting: UInt64 = 0
    private var depth = 0
    /// The next byte to read.
    package private(set) var offset = 0

    package init(limits: JSONLimits = .standard) {
        self.limits = limits
    }

    package mutating func next(in bytes: Span<UInt8>) throws(JSONError) -> Token {
        guard bytes.count <= self.limits.length else { throw .tooLong(count: bytes.count) }
        self.skipWhiteSpace(in: bytes)
        switch self.expectation {
        case .value:
            return try self.scanValue(in: bytes)
        case .valueOrEndOfArray:
            if try self.peek(in: bytes) == Ascii.closeBracket { return self.close(.endArray) }
            return try self.scanValue(in: bytes)
        case .keyOrEndOfObject:
            if try self.peek(in: bytes) == Ascii.closeBrace { return self.close(.endObject) }
            return try self.scanKey(in: bytes)
        case .key:
            return try self.scanKey(in: bytes)
        case .commaOrEnd:
            return try self.scanCommaOrEnd(in: bytes)
        case .endOfDocument:
            guard self.offset == bytes.count else { throw .trailingBytes(at: self.offset) }
            return .end
        }
    }

    /// Skips the rest of the value whose first token was just read, however deep it is.
    package mutating func skipRest(of token: Token, in bytes: Span<UInt8>) throws(JSONError) {
        guard token == .beginObject || token == .beginArray else { return }
        let outer = self.depth - 1
        while self.depth > outer {
            _ = try self.next(in: bytes)
        }
    }

    private func peek(in bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        guard self.offset < bytes.count else { throw .unexpectedEnd }
        return bytes[self.offset]
    }

    private mutating func skipWhiteSpace(in bytes: Span<UInt8>) {
        while self.offset < bytes.count, Ascii.isWhiteSpace(bytes[self.offset]) { self.offset += 1 }
    }

    private mutating func scanCommaOrEnd(in bytes: Span<UInt8>) throws(JSONError) -> Token {
        let isObject = self.nesting & 1 == 1
        let byte = try self.peek(in: bytes)
        switch (byte, isObject) {
        case (Ascii.comma, true):
            self.offset += 1
            self.skipWhiteSpace(in: bytes)
            return try self.scanKey(in: bytes)
        case (Ascii.comma, false):
            self.offset += 1
            self.skipWhiteSpace(in: bytes)
            return try self.scanValue(in: bytes)
        case (Ascii.closeBrace, true):
            return self.close(.endObject)
        case (Ascii.closeBracket, false):
            return self.close(.endArray)
        default:
            throw .unexpectedByte(byte, at: self.offset)
        }
    }

    private mutating func scanKey(in bytes: Span<UInt8>) throws(JSONError) -> Token {
        let byte = try self.peek(in: bytes)
        guard byte == Ascii.quote else { throw .unexpectedByte(byte, at: self.offset) }
        let text = try self.scanText(in: bytes)
        self.skipWhiteSpace(in: bytes)
        let colon = try self.peek(in: bytes)
        guard colon == Ascii.colon else { throw .unexpectedByte(colon, at: self.offset) }
        self.offset += 1
        self.expectation = .value
        return .key(text)
    }

    private mutating func scanValue(in bytes: Span<UInt8>) throws(JSONError) -> Token {
        let byte = try self.peek(in: bytes)
        switch byte {
        case Ascii.openBrace: return try self.open(isObject: true)
        case Ascii.openBracket: return try self.open(isObject: false)
        case Ascii.quote:
            let text = try self.scanText(in: bytes)
            self.finishValue()
            return .string(text)
        case Ascii.minus, Ascii.zero...Ascii.nine:
            let range = try JSONNumber.scan(in: bytes, from: self.offset)
            self.offset = range.upperBound
            self.finishValue()
            return .number(range)
        case UInt8(ascii: "t"): return try self.scanLiteral("true", .bool(true), in: bytes)
        case UInt8(ascii: "f"): return try self.scanLiteral("false", .bool(false), in: bytes)
        case UInt8(ascii: "n"): return try self.scanLiteral("null", .null, in: bytes)
        default: throw .unexpectedByte(byte, at: self.offset)
        }
    }

    private mutating func scanText(in bytes: Span<UInt8>) throws(JSONError) -> JSONText {
        let text = try JSONText.scan(in: bytes, from: self.offset + 1)
        self.offset = text.range.upperBound + 1
        return text
    }

    private mutating func scanLiteral(
        _ word: StaticString, _ token: Token, in bytes: Span<UInt8>
    ) throws(JSONError) -> Token {
        let start = self.offset
        let text = word.description.utf8
        guard bytes.count - start >= text.count else { throw .malformedLiteral(at: start) }
        for byte in text {
            guard bytes[self.offset] == byte else { throw .malformedLiteral(at: start) }
            self.offset += 1
        }
        self.finishValue()
        return token
    }

    private mutating func open(isObject: Bool) throws(JSONError) -> Token {
        guard self.depth < self.limits.depth else { throw .tooDeep(at: self.offset) }
        self.offset += 1
        self.depth += 1
        self.nesting = self.nesting << 1 | (isObject ? 1 : 0)
        self.expectation = isObject ? .keyOrEndOfObject : .valueOrEndOfArray
        return isObject ? .beginObject : .beginArray
    }

    private mutating func close(_ token: Token) -> Token {
        self.offset += 1
        self.depth -= 1
        self.nesting >>= 1
        self.finishValue()
        return token
    }

    private mutating func finishValue() {
        self.expectation = self.depth == 0 ? .endOfDocument : .commaOrEnd
    }
}

/// The characters that JSON's grammar names.
enum Ascii {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let minus = UInt8(ascii: "-")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= self.zero && byte <= self.nine
    }
}
