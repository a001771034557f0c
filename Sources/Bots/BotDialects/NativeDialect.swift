import BotProtocol
import JSON
import PCM
import Timekeeping

/// The gateway's own protocol: JSON text for events and commands, binary PCM16 little-endian for audio.
///
/// docs/bot-protocol.md is its specification. Marks that a clear overtakes are reported as cleared, then the clear
/// itself is answered.
struct NativeDialect: WireDialect {
    /// Audio both ways. Until `ready` the rate of the start event.
    private(set) var rate = SampleRate.hz8000
    private(set) var isReady = false
    private var carry = SampleCarry()

    init() {}

    var name: BotDialectName { .native }
    var clearPolicy: ClearPolicy { .reportCleared }
    /// Between the two lie 15 s, and above them 15 s more until audio is refused.
    var backPressure: BackPressureDepths? {
        BackPressureDepths(pauseAt: .seconds(45), resumeBelow: .seconds(30))
    }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        if case .start(let start) = event { self.rate = start.rate }
        buffer.append(.text) { bytes in
            var writer = JSONWriter()
            writer.beginObject()
            Self.write(event, to: &writer)
            writer.endObject()
            bytes.append(contentsOf: writer.finish())
        }
    }

    func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        buffer.appendAudio(littleEndian: samples)
    }

    private static func write(_ event: BotEvent, to writer: inout JSONWriter) {
        switch event {
        case .start(let start):
            writer.member("event", "start")
            self.write(start, to: &writer)
        case .ringing(let status):
            writer.member("event", "ringing")
            writer.member("status", status)
        case .earlyMedia(let status):
            writer.member("event", "early_media")
            writer.member("status", status)
        case .answered:
            writer.member("event", "answered")
        case .held(let party, let reason):
            writer.member("event", "hold")
            writer.member("by", party.rawValue)
            if let reason { writer.member("reason", reason) }
        case .resumed(let party, let reason):
            writer.member("event", "resume")
            writer.member("by", party.rawValue)
            if let reason { writer.member("reason", reason) }
        case .transfer(let progress):
            writer.member("event", "transfer")
            writer.member("step", progress.step.rawValue)
            if let status = progress.status { writer.member("status", status) }
            if let reason = progress.reason { writer.member("reason", reason) }
        case .dtmf(let digit, let duration):
            writer.member("event", "dtmf")
            writer.member("digit", digit.description)
            writer.member("duration_ms", duration.inMilliseconds)
        case .mark(let name, let outcome, let heard, let queue):
            writer.member("event", "mark")
            writer.member("name", name)
            writer.member("outcome", outcome.rawValue)
            writer.member("heard_ms", heard.inMilliseconds)
            self.write(queue, to: &writer)
        case .status(let heard, let queue):
            writer.member("event", "status")
            writer.member("heard_ms", heard.inMilliseconds)
            self.write(queue, to: &writer)
            writer.key("paused")
            writer.value(queue.isPaused)
        case .backPressure(let pressure, let queued):
            writer.member("event", "backpressure")
            writer.member("state", pressure.rawValue)
            writer.member("queued_ms", queued.inMilliseconds)
        case .drained:
            writer.member("event", "drained")
        case .cleared(let heard, let marks, let queue):
            writer.member("event", "cleared")
            writer.member("heard_ms", heard.inMilliseconds)
            writer.key("marks")
            writer.beginArray()
            for mark in marks { writer.value(mark) }
            writer.endArray()
            self.write(queue, to: &writer)
        case .overflow(let overflow):
            writer.member("event", "overflow")
            writer.member("side", overflow.side.rawValue)
            writer.member("dropped_ms", overflow.dropped.inMilliseconds)
        case .silence(let silence):
            writer.member("event", "silence")
            writer.member("state", silence.isOver ? "over" : "silent")
            writer.member("direction", silence.direction.rawValue)
            writer.member("kind", silence.kind.rawValue)
            writer.member("packets", silence.packets)
            writer.member("duration_ms", silence.duration.inMilliseconds)
            writer.member("likely_cause", silence.likelyCause)
        case .stop(let reason):
            writer.member("event", "stop")
            writer.member("reason", reason.rawValue)
        }
    }

    private static func write(_ queue: PlayQueueState, to writer: inout JSONWriter) {
        writer.member("queued_ms", queue.queued.inMilliseconds)
        writer.member("underruns", queue.underruns)
        writer.member("drift_ms", queue.drift.inMilliseconds)
    }

    private static func write(_ start: BotStart, to writer: inout JSONWriter) {
        writer.member("version", Self.version)
        writer.member("call_id", start.callID)
        writer.member("direction", start.direction.rawValue)
        writer.member("from", start.from)
        writer.member("to", start.to)
        writer.member("rate", start.rate.hertz)
        self.write(start.parameters, as: "parameters", to: &writer)
        self.write(start.headers, as: "headers", to: &writer)
    }

    /// An array of pairs, because a header may come twice and an object's key may not.
    private static func write(_ values: [NamedValue], as key: String, to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for value in values {
            writer.beginArray()
            writer.value(value.name)
            writer.value(value.value)
            writer.endArray()
        }
        writer.endArray()
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch kind {
        case .binary:
            guard self.isReady else { throw .notReady }
            batch.appendAudio(littleEndian: bytes, carry: &self.carry)
        case .text:
            let message: JSONValue
            do throws(JSONError) {
                message = try JSONReader.parse(bytes, limits: Self.limits)
            } catch {
                throw .malformedJSON(error)
            }
            guard message.asObject != nil else { throw .notAnObject }
            let command = try NativeCommand.command(in: message)
            try self.admit(command)
            batch.append(command)
        }
    }

    /// `ready` comes first; only a hang-up may come without it.
    private mutating func admit(_ command: BotCommand) throws(BotDialectError) {
        switch command {
        case .ready(let rate):
            if self.isReady, let rate, rate != self.rate { throw .rateChanged }
            if let rate { self.rate = rate }
            self.isReady = true
        case .hangup:
            return
        case .play, .mark, .clear, .pausePlayout, .continuePlayout, .reportStatus, .reportDrained, .dtmf, .answer,
            .hold, .resume, .transfer, .transferToCall:
            guard self.isReady else { throw .notReady }
        }
    }

    private static let version = 1
    private static let limits = JSONLimits(length: 65_536, depth: 8)
}
