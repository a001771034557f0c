import BotDialects
import BotProtocol
import JSON
import PCM

/// A dialect with its buffers, as a media session holds them.
struct DialectDriver {
    var dialect: BotDialect

    init(_ dialect: BotDialect) {
        self.dialect = dialect
    }

    /// The messages of one event.
    mutating func encode(_ event: BotEvent) -> [String] {
        var buffer = BotMessageBuffer()
        self.dialect.encode(event, into: &buffer)
        return Self.texts(of: buffer)
    }

    /// The octets of one event.
    mutating func encodeBytes(_ event: BotEvent) -> [UInt8] {
        var buffer = BotMessageBuffer()
        self.dialect.encode(event, into: &buffer)
        return buffer.bytes
    }

    mutating func encodeAudio(_ samples: [Int16]) -> BotMessageBuffer {
        var buffer = BotMessageBuffer()
        self.dialect.encodeAudio(samples.span, into: &buffer)
        return buffer
    }

    mutating func decode(_ text: String) throws(BotDialectError) -> BotCommandBatch {
        try self.decode(.text, Array(text.utf8))
    }

    mutating func decode(_ kind: BotMessageKind, _ bytes: [UInt8]) throws(BotDialectError) -> BotCommandBatch {
        var batch = BotCommandBatch()
        try self.dialect.decode(kind, bytes.span, into: &batch)
        return batch
    }

    /// What the dialect answers by itself.
    mutating func replies() -> [String] {
        var buffer = BotMessageBuffer()
        self.dialect.takeReplies(into: &buffer)
        return Self.texts(of: buffer)
    }

    static func texts(of buffer: BotMessageBuffer) -> [String] {
        buffer.messages.map { String(decoding: buffer.payload(of: $0), as: UTF8.self) }
    }
}

let outboundStart = BotStart(
    callID: "c-1", direction: .outbound, from: "+919000000002", to: "+918000000001",
    parameters: [NamedValue("lang", "hi"), NamedValue("note", "a \"quoted\" \u{1F600}")],
    headers: [NamedValue("X-Exotel-CallSid", "5d2c"), NamedValue("lang", "en")])
