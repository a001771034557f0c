import BotProtocol
import JSON
import PCM
import Timekeeping

/// Genesys AudioHook, version 2, with the gateway in the place of Genesys Cloud's client: JSON text for control, binary
/// µ-law of the caller's channel for audio.
///
///             open sent           `opened`                  `pause`
///     new ───────────────▶ opening ───────▶ streaming ◀──────────────────▶ paused
///                                               │          `resume`           │
///                                               └──────▶ closed ◀─────────────┘   close sent
///
/// Each message counts itself (`seq`), the last one of the other side (`serverseq`), and the caller's audio so far
/// (`position`, of the sample clock; paused audio counts). A clear is the event `barge_in`; there are no marks. The bot
/// ends the call by `disconnect`; its `action`, which some bots fill in unasked, is no order to transfer. Wrong ids and
/// unknown messages are passed over.
struct GenesysDialect: WireDialect {
    enum State: Hashable, Sendable {
        case new
        case opening
        case streaming
        /// The bot asked for no audio, since this sample.
        case paused(since: Int64)
        case closed
    }

    private(set) var state = State.new
    private let organizationID: String
    private var id = ""
    private var sequenceNumber = 0
    private var serverSequenceNumber = 0
    /// Samples of the caller, sent or discarded.
    private var position: Int64 = 0
    private var nextPing = Self.firstPing
    /// The position at which the last ping went out, until its pong.
    private var pingedAt: Int64?
    private var roundTrip: Int64?
    private var audio = WireAudio(BotAudioFormat(.muLaw))
    private var replies = BotMessageBuffer()

    init(accountID: String) {
        self.organizationID = CallUUID(accountID).text
    }

    var name: BotDialectName { .genesys }
    var rate: SampleRate { .hz8000 }
    var clearPolicy: ClearPolicy { .dropSilently }

    var isReady: Bool {
        switch self.state {
        case .new, .opening: false
        case .streaming, .paused, .closed: true
        }
    }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.id = CallUUID(start.callID).text
            self.state = .opening
            let organizationID = self.organizationID
            self.write("open", into: &buffer) { Self.writeParameters(of: start, organizationID, to: &$0) }
        case .dtmf(let digit, _):
            self.write("dtmf", into: &buffer) { $0.member("digit", digit.description) }
        case .stop(let reason):
            guard self.state != .new else { return }
            self.state = .closed
            self.write("close", into: &buffer) { $0.member("reason", Self.closeReason(reason)) }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .mark, .cleared, .overflow, .silence,
            .status,
            .backPressure, .drained:
            // AudioHook has no such messages.
            return
        }
    }

    private static func writeParameters(of start: BotStart, _ organizationID: String, to writer: inout JSONWriter) {
        let conversationID = CallUUID(start.callID).text
        writer.member("organizationId", organizationID)
        writer.member("conversationId", conversationID)
        writer.key("participant")
        writer.beginObject()
        writer.member("id", conversationID)
        writer.member("ani", start.from)
        writer.member("aniName", start.from)
        writer.member("dnis", start.to)
        writer.endObject()
        writer.key("media")
        writer.beginArray()
        writer.beginObject()
        writer.member("type", "audio")
        writer.member("format", "PCMU")
        writer.key("channels")
        writer.beginArray()
        writer.value("external")
        writer.endArray()
        writer.member("rate", 8_000)
        writer.endObject()
        writer.endArray()
        writer.member("inputVariables", start.lastOfEachName)
    }

    private static func closeReason(_ reason: BotStopReason) -> String {
        switch reason {
        case .botHangup: "disconnect"
        case .failure: "error"
        case .remoteHangup, .notAnswered, .gatewayHangup, .transferred: "end"
        }
    }

    private mutating func write(
        _ type: String, into buffer: inout BotMessageBuffer, _ parameters: (inout JSONWriter) -> Void
    ) {
        self.sequenceNumber += 1
        let (id, number, server) = (self.id, self.sequenceNumber, self.serverSequenceNumber)
        let position = Self.duration(self.position)
        buffer.appendObject { writer in
            writer.member("version", "2")
            writer.member("type", type)
            writer.member("seq", number)
            writer.member("serverseq", server)
            writer.member("id", id)
            writer.member("position", position)
            writer.key("parameters")
            writer.beginObject()
            parameters(&writer)
            writer.endObject()
        }
    }

    private mutating func reply(_ type: String, _ parameters: (inout JSONWriter) -> Void) {
        guard self.replies.messages.count < Self.repliesMax else { return }
        // Taken out and put back: the message counts on the machine that the buffer is part of.
        var replies = BotMessageBuffer()
        swap(&replies, &self.replies)
        self.write(type, into: &replies, parameters)
        swap(&replies, &self.replies)
    }

    /// ISO 8601: `PT1.23S`.
    private static func duration(_ samples: Int64) -> String {
        let milliseconds = samples / 8
        var fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "PT\(milliseconds / 1_000)" + (fraction.isEmpty ? "" : "." + fraction) + "S"
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        if case .streaming = self.state { self.audio.append(samples, to: &buffer) }
        self.position += Int64(samples.count)
        guard self.position >= self.nextPing, self.isReady else { return }
        // Counted in samples of the caller, which come at real time: the machine has no other clock.
        self.nextPing = self.position + Self.pingInterval
        let roundTrip = self.roundTrip
        self.write("ping", into: &buffer) { writer in
            if let roundTrip { writer.member("rtt", Self.duration(roundTrip)) }
        }
        if self.pingedAt == nil { self.pingedAt = self.position }
    }

    var hasReplies: Bool { !self.replies.isEmpty }

    mutating func takeReplies(into buffer: inout BotMessageBuffer) {
        buffer.append(contentsOf: self.replies)
        self.replies.removeAll()
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch kind {
        case .binary:
            guard self.isReady else { throw .notReady }
            self.audio.decode(bytes, into: &batch)
        case .text:
            let message: JSONValue
            do throws(JSONError) {
                message = try JSONReader.parse(bytes, limits: Self.limits)
            } catch {
                throw .malformedJSON(error)
            }
            guard message.asObject != nil else { throw .notAnObject }
            guard let type = message["type"]?.asString else { throw .missingField("type") }
            if let number = message["seq"]?.asInt { self.serverSequenceNumber = number }
            try self.take(type, message["parameters"] ?? .null, into: &batch)
        }
    }

    private mutating func take(
        _ type: String, _ parameters: JSONValue, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch type {
        case "opened":
            guard case .opening = self.state else { return batch.ignoreMessage() }
            try Self.check(parameters["media"])
            self.state = .streaming
            if parameters["startPaused"]?.asBool == true { self.pause() }
            batch.append(.ready(rate: nil))
        case "pause":
            self.pause()
        case "resume":
            self.resume()
        case "pong":
            if let pingedAt = self.pingedAt { self.roundTrip = self.position - pingedAt }
            self.pingedAt = nil
        case "event":
            let types = (parameters["entities"]?.asArray ?? []).map { $0["type"]?.asString }
            if types.contains("barge_in") { batch.append(.clear) } else { batch.ignoreMessage() }
        case "disconnect":
            let reason = parameters["info"]?.asString ?? parameters["reason"]?.asString
            batch.append(.hangup(reason: reason.map { String($0.prefix(BotTextLimits.length)) }))
        case "closed":
            return
        default:
            batch.ignoreMessage()
        }
    }

    /// The bot chooses one of the media that were offered, and there was one. None at all is a bot that does not listen.
    private static func check(_ media: JSONValue?) throws(BotDialectError) {
        guard let chosen = media?.asArray?.first else { return }
        guard chosen["format"]?.asString ?? "PCMU" == "PCMU", chosen["rate"]?.asInt ?? 8_000 == 8_000,
            chosen["channels"]?.asArray ?? ["external"] == ["external"]
        else { throw .invalidValue(field: "media") }
    }

    private mutating func pause() {
        if case .streaming = self.state { self.state = .paused(since: self.position) }
        self.reply("paused") { _ in }
    }

    private mutating func resume() {
        var (start, discarded) = (self.position, Int64(0))
        if case .paused(let since) = self.state {
            (start, discarded) = (since, self.position - since)
            self.state = .streaming
        }
        self.reply("resumed") { writer in
            writer.member("start", Self.duration(start))
            writer.member("discarded", Self.duration(discarded))
        }
    }

    /// As Genesys's reference client: the first ping after 1 s, then each 5 s; in samples.
    private static let firstPing: Int64 = 8_000
    private static let pingInterval: Int64 = 40_000
    /// Answers in one slot; a bot that asks for more has been answered enough.
    private static let repliesMax = 16
    private static let limits = JSONLimits(length: 65_535, depth: 16)
}
