import BotProtocol
import JSON

/// The parts of a bot's message that mean something in the stream dialects, found in one pass without a tree.
///
/// Exotel, Twilio, Telnyx and Plivo name their parts alike; each dialect knows its own events.
struct StreamMessage {
    /// The text of `event`.
    private(set) var event: JSONText?
    /// `media.payload`.
    private(set) var payload: JSONText?
    /// `media.contentType`.
    private(set) var contentType: JSONText?
    /// `media.sampleRate`, in hertz, as a number or as its text.
    private(set) var sampleRate: Int?
    /// `mark.name`.
    private(set) var markName: JSONText?
    /// `name` of the message itself.
    private(set) var name: JSONText?
    /// `dtmf` of the message itself.
    private(set) var digits: JSONText?

    /// Of a key that comes twice the last counts, as in every JSON parser that these bots were tried with.
    static func scan(_ bytes: Span<UInt8>) throws(BotDialectError) -> StreamMessage {
        var message = StreamMessage()
        let isObject: Bool
        do throws(JSONError) {
            isObject = try message.scanMembers(of: bytes)
        } catch {
            throw .malformedJSON(error)
        }
        guard isObject else { throw .notAnObject }
        guard message.event != nil else { throw .missingField("event") }
        return message
    }

    func isEvent(_ name: StaticString, in bytes: Span<UInt8>) -> Bool {
        self.event?.equals(name, in: bytes) ?? false
    }

    /// Takes a `mark` or a `clear`, which Twilio's descendants write alike. False for another event.
    func takePlayout(in bytes: Span<UInt8>, into batch: inout BotCommandBatch) throws(BotDialectError) -> Bool {
        if self.isEvent("mark", in: bytes) {
            batch.append(.mark(name: try Self.markName(self.markName, called: "mark.name", in: bytes)))
        } else if self.isEvent("clear", in: bytes) {
            batch.append(.clear)
        } else {
            return false
        }
        return true
    }

    /// A mark's name, of 1 to 256 bytes.
    static func markName(
        _ text: JSONText?, called field: String, in bytes: Span<UInt8>
    ) throws(BotDialectError) -> String {
        guard let name = text?.decoded(in: bytes), !name.isEmpty else { throw .missingField(field) }
        guard name.utf8.count <= BotTextLimits.length else {
            throw .tooLong(field: field, limit: BotTextLimits.length)
        }
        return name
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
            if key.equals("media", in: bytes), value == .beginObject {
                try self.scanMedia(&scanner, in: bytes)
            } else if key.equals("mark", in: bytes), value == .beginObject {
                try self.scanMark(&scanner, in: bytes)
            } else if case .string(let text) = value {
                if key.equals("event", in: bytes) {
                    self.event = text
                } else if key.equals("name", in: bytes) {
                    self.name = text
                } else if key.equals("dtmf", in: bytes) {
                    self.digits = text
                }
            } else {
                try scanner.skipRest(of: value, in: bytes)
            }
        }
        _ = try scanner.next(in: bytes)
        return true
    }

    private mutating func scanMedia(_ scanner: inout JSONScanner, in bytes: Span<UInt8>) throws(JSONError) {
        while case .key(let key) = try scanner.next(in: bytes) {
            let value = try scanner.next(in: bytes)
            switch value {
            case .string(let text):
                if key.equals("payload", in: bytes) {
                    self.payload = text
                } else if key.equals("contentType", in: bytes) {
                    self.contentType = text
                } else if key.equals("sampleRate", in: bytes) {
                    self.sampleRate = Int(text.decoded(in: bytes))
                }
            case .number(let range):
                if key.equals("sampleRate", in: bytes) { self.sampleRate = Self.integer(in: bytes, range) }
            default:
                try scanner.skipRest(of: value, in: bytes)
            }
        }
    }

    private mutating func scanMark(_ scanner: inout JSONScanner, in bytes: Span<UInt8>) throws(JSONError) {
        while case .key(let key) = try scanner.next(in: bytes) {
            let value = try scanner.next(in: bytes)
            if key.equals("name", in: bytes), case .string(let text) = value { self.markName = text }
            try scanner.skipRest(of: value, in: bytes)
        }
    }

    /// The digits of a number; nil for one with a sign, a fraction or an exponent.
    private static func integer(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard range.count <= 9 else { return nil }
        var value = 0
        for index in range {
            let byte = bytes[index]
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static let limits = JSONLimits(length: 1_048_576, depth: 16)
}
