/// Writes a document piece by piece into one array of bytes.
///
/// Calls must follow JSON's grammar; a call out of place is a mistake of the caller and traps. Non-ASCII text is written
/// as it is (UTF-8); control characters, quotes and backslashes are escaped.
package struct JSONWriter: Sendable {
    private enum Level: Sendable {
        case array(isEmpty: Bool)
        case object(isEmpty: Bool)
        /// Within an object, after a key.
        case member
    }

    private var bytes: [UInt8]
    private var levels: [Level] = []
    private let isPretty: Bool
    private var isComplete = false

    /// Appends to `bytes`, so that a reused array needs no copy.
    package init(appendingTo bytes: [UInt8] = [], pretty: Bool = false) {
        self.bytes = bytes
        self.isPretty = pretty
    }

    /// The bytes of a complete document.
    package consuming func finish() -> [UInt8] {
        precondition(self.isComplete, "a document is one complete value")
        return self.bytes
    }

    package mutating func beginObject() {
        self.beginValue()
        self.bytes.append(UInt8(ascii: "{"))
        self.levels.append(.object(isEmpty: true))
    }

    package mutating func endObject() {
        guard case .object(let isEmpty) = self.levels.popLast() else { preconditionFailure("no object to end") }
        if !isEmpty { self.breakLine() }
        self.bytes.append(UInt8(ascii: "}"))
        self.endValue()
    }

    package mutating func beginArray() {
        self.beginValue()
        self.bytes.append(UInt8(ascii: "["))
        self.levels.append(.array(isEmpty: true))
    }

    package mutating func endArray() {
        guard case .array(let isEmpty) = self.levels.popLast() else { preconditionFailure("no array to end") }
        if !isEmpty { self.breakLine() }
        self.bytes.append(UInt8(ascii: "]"))
        self.endValue()
    }

    package mutating func key(_ key: String) {
        guard case .object(let isEmpty)? = self.levels.popLast() else {
            preconditionFailure("a key stands in an object")
        }
        if !isEmpty { self.bytes.append(UInt8(ascii: ",")) }
        self.levels.append(.object(isEmpty: false))
        self.breakLine()
        self.appendText(key)
        self.bytes.append(UInt8(ascii: ":"))
        if self.isPretty { self.bytes.append(UInt8(ascii: " ")) }
        self.levels.append(.member)
    }

    package mutating func value(_ value: String) {
        self.beginValue()
        self.appendText(value)
        self.endValue()
    }

    package mutating func value(_ value: some BinaryInteger) {
        self.beginValue()
        self.bytes.append(contentsOf: String(value).utf8)
        self.endValue()
    }

    package mutating func value(_ value: Bool) {
        self.beginValue()
        self.bytes.append(contentsOf: (value ? "true" : "false").utf8)
        self.endValue()
    }

    /// JSON has no infinity and no NaN, so the number must be finite.
    package mutating func value(_ value: Double) {
        precondition(value.isFinite, "JSON cannot say \(value)")
        self.beginValue()
        self.bytes.append(contentsOf: value.description.utf8)
        self.endValue()
    }

    package mutating func null() {
        self.beginValue()
        self.bytes.append(contentsOf: "null".utf8)
        self.endValue()
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: self.null()
        case .bool(let value): self.value(value)
        case .number(.integer(let value)): self.value(value)
        case .number(.real(let value)): self.value(value)
        case .string(let value): self.value(value)
        case .array(let elements):
            self.beginArray()
            for element in elements { self.value(element) }
            self.endArray()
        case .object(let members):
            self.beginObject()
            for member in members {
                self.key(member.key)
                self.value(member.value)
            }
            self.endObject()
        }
    }

    /// A member in one call.
    package mutating func member(_ key: String, _ value: String) {
        self.key(key)
        self.value(value)
    }

    /// A member in one call.
    package mutating func member(_ key: String, _ value: some BinaryInteger) {
        self.key(key)
        self.value(value)
    }

    private mutating func beginValue() {
        precondition(!self.isComplete, "a document is one value")
        switch self.levels.popLast() {
        case nil:
            return
        case .member:
            return
        case .array(let isEmpty):
            if !isEmpty { self.bytes.append(UInt8(ascii: ",")) }
            self.levels.append(.array(isEmpty: false))
            self.breakLine()
        case .object:
            preconditionFailure("a value in an object stands after its key")
        }
    }

    private mutating func endValue() {
        self.isComplete = self.levels.isEmpty
    }

    private mutating func breakLine() {
        guard self.isPretty else { return }
        self.bytes.append(UInt8(ascii: "\n"))
        self.bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * self.levels.count))
    }

    private mutating func appendText(_ text: String) {
        self.bytes.append(Ascii.quote)
        for byte in text.utf8 {
            switch byte {
            case Ascii.quote, Ascii.backslash:
                self.bytes.append(Ascii.backslash)
                self.bytes.append(byte)
            case 0x0A: self.appendEscape("n")
            case 0x0D: self.appendEscape("r")
            case 0x09: self.appendEscape("t")
            case 0..<0x20, 0x7F:
                self.appendEscape("u")
                self.bytes.append(contentsOf: "00".utf8)
                self.bytes.append(Self.hexadecimalDigits[Int(byte >> 4)])
                self.bytes.append(Self.hexadecimalDigits[Int(byte & 15)])
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(Ascii.quote)
    }

    private mutating func appendEscape(_ letter: Unicode.Scalar) {
        self.bytes.append(Ascii.backslash)
        self.bytes.append(UInt8(ascii: letter))
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}
