/// Reads a whole document into a tree.
///
/// Strict: RFC 8259 and nothing more (no comments, no trailing commas, no NaN, no byte order mark), and a key that comes
/// twice in one object is an error, because two readers that pick different ones can be played against each other.
package enum JSONReader {
    package static func parse(
        _ bytes: Span<UInt8>, limits: JSONLimits = .standard
    ) throws(JSONError) -> JSONValue {
        var scanner = JSONScanner(limits: limits)
        let value = try self.value(beginning: try scanner.next(in: bytes), of: &scanner, in: bytes)
        _ = try scanner.next(in: bytes)
        return value
    }

    package static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        try self.parse(bytes.span, limits: limits)
    }

    package static func parse(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        try self.parse(Array(text.utf8), limits: limits)
    }

    /// Recursion is bounded by the depth that the scanner allows.
    private static func value(
        beginning token: JSONScanner.Token, of scanner: inout JSONScanner, in bytes: Span<UInt8>
    ) throws(JSONError) -> JSONValue {
        switch token {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .number(let range): return .number(try JSONNumber.parse(range, in: bytes))
        case .string(let text): return .string(text.decoded(in: bytes))
        case .beginArray: return .array(try self.elements(of: &scanner, in: bytes))
        case .beginObject: return .object(try self.members(of: &scanner, in: bytes))
        case .key, .endObject, .endArray, .end: preconditionFailure("the scanner's grammar puts a value here")
        }
    }

    private static func elements(
        of scanner: inout JSONScanner, in bytes: Span<UInt8>
    ) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        while true {
            let token = try scanner.next(in: bytes)
            if token == .endArray { return elements }
            elements.append(try self.value(beginning: token, of: &scanner, in: bytes))
        }
    }

    private static func members(
        of scanner: inout JSONScanner, in bytes: Span<UInt8>
    ) throws(JSONError) -> [JSONMember] {
        var members: [JSONMember] = []
        // Filled only for objects too large to search one by one.
        var keys: Set<String> = []
        while true {
            guard case .key(let text) = try scanner.next(in: bytes) else { return members }
            let key = text.decoded(in: bytes)
            let isDuplicate: Bool
            if members.count < Self.linearSearchMax {
                isDuplicate = members.contains(where: { $0.key == key })
            } else {
                if keys.isEmpty { keys = Set(members.map(\.key)) }
                isDuplicate = !keys.insert(key).inserted
            }
            guard !isDuplicate else { throw .duplicateKey(at: text.range.lowerBound) }
            let value = try self.value(beginning: try scanner.next(in: bytes), of: &scanner, in: bytes)
            members.append(JSONMember(key: key, value: value))
        }
    }

    private static let linearSearchMax = 16
}
