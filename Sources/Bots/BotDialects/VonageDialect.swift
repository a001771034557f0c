import BotProtocol
import JSON
import PCM
import Timekeeping

/// Vonage's WebSocket endpoint (Infobip's is the same), with the gateway in Vonage's place: JSON text for events, binary
/// PCM16 little-endian for audio.
///
/// The first text has the custom headers of the call beside the content type. `notify` is a mark whose name is a JSON
/// value. A clear is acknowledged once, by `websocket:cleared`; Vonage does not say what becomes of notifications that it
/// overtakes, and here they are dropped. There is no message for the end: either side closes the link.
struct VonageDialect: WireDialect {
    private(set) var isReady = false
    private var audio: WireAudio

    init(rate: SampleRate) {
        self.audio = WireAudio(BotAudioFormat(.linear, rate))
    }

    var name: BotDialectName { .vonage }
    var rate: SampleRate { self.audio.format.rate }
    var clearPolicy: ClearPolicy { .ackOnce }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.isReady = true
            let rate = self.rate.hertz
            buffer.appendObject { writer in
                writer.member("event", "websocket:connected")
                writer.member("content-type", "audio/l16;rate=\(rate)")
                let named = BotStart(
                    callID: start.callID, direction: start.direction, from: start.from, to: start.to,
                    parameters: [NamedValue("call_id", start.callID)] + start.parameters, headers: start.headers)
                for value in named.withNumbers(from: "from", to: "to") where !Self.reserved.contains(value.name) {
                    writer.member(value.name, value.value)
                }
            }
        case .dtmf(let digit, let duration):
            buffer.appendObject { writer in
                writer.member("event", "websocket:dtmf")
                writer.member("digit", digit.description)
                writer.member("duration", duration.inMilliseconds)
            }
        case .mark(let payload, .played, _, _):
            // The name is a JSON value already: it was read as one.
            buffer.append(.text) { bytes in
                bytes.append(contentsOf: #"{"event":"websocket:notify","payload":"#.utf8)
                bytes.append(contentsOf: payload.utf8)
                bytes.append(UInt8(ascii: "}"))
            }
        case .cleared:
            buffer.appendObject { $0.member("event", "websocket:cleared") }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .mark(_, .cleared, _, _), .overflow,
            .silence,
            .status, .backPressure, .drained, .stop:
            // Vonage has no such messages.
            return
        }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        self.audio.append(samples, to: &buffer)
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text else { return self.audio.decode(bytes, into: &batch) }
        guard let message = try? JSONReader.parse(bytes, limits: Self.limits) else { return batch.ignoreMessage() }
        switch message["action"]?.asString {
        case "clear":
            batch.append(.clear)
        case "notify":
            guard let payload = message["payload"] else { throw .missingField("payload") }
            let name = payload.encoded()
            guard name.count <= Self.payloadMax else { throw .tooLong(field: "payload", limit: Self.payloadMax) }
            batch.append(.mark(name: String(decoding: name, as: UTF8.self)))
        default:
            batch.ignoreMessage()
        }
    }

    private static let reserved: Set<String> = ["event", "content-type"]
    /// Bytes of a notification's payload.
    private static let payloadMax = 4_096
    private static let limits = JSONLimits(length: 65_536, depth: 8)
}
