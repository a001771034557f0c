import JSON

/// The parts of a bot's message that mean something, found in one pass without a tree.
struct ExotelMessage {
    enum Event {
        case media
        case mark
        case clear
        /// Anything else: Exotel's bots also send words of other dialects, which mean nothing here.
        case unknown
    }

    private(set) var event = Event.unknown
    private var namesEvent = false
    private(set) var payload: JSONText?
    private(set) var markName: JSONText?

    /// Of a key that comes twice the last counts, as in every JSON parser that these bots were tried with.
    static func scan(_ bytes: Span<UInt8>) throws(BotDialectError) -> ExotelMessage {
        var message = ExotelMessage()
        let isObject: Bool
        do throws(JSONError) {
            isObject = try message.scanMembers(of: bytes)
        } catch {
            throw .malformedJSON(error)
        }
        guard isObject else { throw .notAnObject }
        guard message.namesEvent else { throw .missingField("event") }
        return message
    }

    private mutating func scanMembers(of bytes: Span<UInt8>) throws(JSONError) -> Bool {
        var scanner = JSONScanner(limits: Self.limits)
        let first = try scanner.next(in: bytes)
        guard first == .beginObject else {
            try scanner.skipRest(of: first, in: bytes)
            _ = try scanner.next(in: bytes)
            return false
        }
        while case .key(let key) = try scanner.next(in: bytes) {
            let value = try scanner.next(in: bytes)
            if key.equals("event", in: bytes) {
                if case .string(let text) = value {
                    self.namesEvent = true
                    self.event = Self.event(named: text, in: bytes)
                }
                try scanner.skipRest(of: value, in: bytes)
            } else if key.equals("media", in: bytes) {
                self.payload = try Self.member("payload", of: value, &scanner, in: bytes)
            } else if key.equals("mark", in: bytes) {
                self.markName = try Self.member("name", of: value, &scanner, in: bytes)
            } else {
                try scanner.skipRest(of: value, in: bytes)
            }
        }
        _ = try scanner.next(in: bytes)
        return true
    }

    /// The text member `name` of the object that `value` begins, and the end of that object.
    private static func member(
        _ name: StaticString, of value: JSONScanner.Token, _ scanner: inout JSONScanner, in bytes: Span<UInt8>
    ) throws(JSONError) -> JSONText? {
        guard value == .beginObject else {
            try scanner.skipRest(of: value, in: bytes)
            return nil
        }
        var found: JSONText?
        while case .key(let key) = try scanner.next(in: bytes) {
            let value = try scanner.next(in: bytes)
            if key.equals(name, in: bytes), case .string(let text) = value { found = text }
            try scanner.skipRest(of: value, in: bytes)
        }
        return found
    }

    private static func event(named text: JSONText, in bytes: Span<UInt8>) -> Event {
        if text.equals("media", in: bytes) { return .media }
        if text.equals("mark", in: bytes) { return .mark }
        if text.equals("clear", in: bytes) { return .clear }
        return .unknown
    }

    private static let limits = JSONLimits(length: 1_048_576, depth: 16)
}
