import BotProtocol
import JSON
import PCM

/// Plivo audio streaming, with the gateway in Plivo's place: JSON text, audio as base64 µ-law or PCM16.
///
/// `sequenceNumber`, `chunk` and `sampleRate` are numbers, `timestamp` a text, and `extra_headers` the text of a JSON
/// object. There is no `connected`, and no `stop` either: the end is the link's. Each `playAudio` names its own format. A
/// clear is acknowledged once, by `clearedAudio`; checkpoints that it overtakes are never answered. `stop` and
/// `sendDTMF` are those of Plivo's clones.
struct PlivoDialect: WireDialect {
    private let accountID: String
    private(set) var isReady = false
    private var streamID = ""
    /// The stream's id as a JSON text, quotes included.
    private var streamIDText: [UInt8] = []
    /// `extra_headers` as a JSON text, quotes included.
    private var extraHeadersText: [UInt8] = []
    private var clock: MediaClock
    private var audio: WireAudio

    init(accountID: String, format: BotAudioFormat) {
        self.accountID = accountID
        self.clock = MediaClock(rate: format.rate)
        self.audio = WireAudio(format)
    }

    var name: BotDialectName { .plivo }
    var rate: SampleRate { self.audio.format.rate }
    var clearPolicy: ClearPolicy { .ackOnce }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.encode(start, into: &buffer)
        case .dtmf(let digit, _):
            let timestamp = String(self.clock.milliseconds)
            self.encodeEvent("dtmf", into: &buffer) { writer in
                writer.key("dtmf")
                writer.beginObject()
                writer.member("track", "inbound")
                writer.member("digit", digit.description)
                writer.member("timestamp", timestamp)
                writer.endObject()
            }
        case .mark(let name, .played, _, _):
            self.encodeEvent("playedStream", into: &buffer) { $0.member("name", name) }
        case .cleared:
            self.encodeEvent("clearedAudio", into: &buffer) { _ in }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .mark(_, .cleared, _, _), .overflow,
            .silence,
            .status, .backPressure, .drained, .stop:
            // Plivo has no such messages; its SDK takes an unknown one for an error.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.streamID = start.callID
        self.streamIDText = JSONValue.string(self.streamID).encoded()
        let headers = start.withNumbers(from: "from", to: "to").map {
            JSONMember(key: $0.name, value: .string($0.value))
        }
        let extraHeaders = String(decoding: JSONValue.object(headers).encoded(), as: UTF8.self)
        self.extraHeadersText = JSONValue.string(extraHeaders).encoded()
        self.isReady = true
        let (streamID, accountID, format) = (self.streamID, self.accountID, self.audio.format)
        // The start has number 0.
        buffer.appendObject { writer in
            writer.member("sequenceNumber", 0)
            writer.member("event", "start")
            writer.key("start")
            writer.beginObject()
            writer.member("callId", start.callID)
            writer.member("streamId", streamID)
            writer.member("accountId", accountID)
            writer.key("tracks")
            writer.beginArray()
            writer.value("inbound")
            writer.endArray()
            writer.key("mediaFormat")
            writer.beginObject()
            writer.member("encoding", format.encoding == .linear ? Self.linear : Self.muLaw)
            writer.member("sampleRate", format.rate.hertz)
            writer.endObject()
            writer.endObject()
            writer.member("extra_headers", extraHeaders)
        }
    }

    private mutating func encodeEvent(
        _ name: String, into buffer: inout BotMessageBuffer, _ body: (inout JSONWriter) -> Void
    ) {
        let number = self.clock.nextMessage()
        let streamID = self.streamID
        buffer.appendObject { writer in
            writer.member("sequenceNumber", number)
            writer.member("event", name)
            writer.member("streamId", streamID)
            body(&writer)
        }
    }

    /// Written by hand: this is the one message that goes out for each packet.
    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        let timestamp = self.clock.nextMedia(samples: samples.count)
        buffer.append(.text, isAudio: true) { bytes in
            bytes.append(contentsOf: #"{"sequenceNumber":"#.utf8)
            bytes.appendDecimal(self.clock.sequenceNumber)
            bytes.append(contentsOf: #","event":"media","streamId":"#.utf8)
            bytes.append(contentsOf: self.streamIDText)
            bytes.append(contentsOf: #","media":{"track":"inbound","timestamp":""#.utf8)
            bytes.appendDecimal(timestamp)
            bytes.append(contentsOf: #"","chunk":"#.utf8)
            bytes.appendDecimal(self.clock.chunk)
            bytes.append(contentsOf: #","payload":""#.utf8)
            self.audio.appendBase64(samples, to: &bytes)
            bytes.append(contentsOf: #""},"extra_headers":"#.utf8)
            bytes.append(contentsOf: self.extraHeadersText)
            bytes.append(UInt8(ascii: "}"))
        }
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text, let message = try? StreamMessage.scan(bytes) else { return batch.ignoreMessage() }
        if message.isEvent("playAudio", in: bytes) {
            guard let payload = message.payload else { throw .missingField("media.payload") }
            let format = try self.format(of: message, in: bytes)
            try self.audio.decodeBase64(payload, as: format, in: bytes, into: &batch)
        } else if message.isEvent("checkpoint", in: bytes) {
            batch.append(.mark(name: try StreamMessage.markName(message.name, called: "name", in: bytes)))
        } else if message.isEvent("clearAudio", in: bytes) {
            batch.append(.clear)
        } else if message.isEvent("sendDTMF", in: bytes) {
            guard let text = message.digits?.decoded(in: bytes) else { throw .missingField("dtmf") }
            batch.append(.dtmf(try BotTextLimits.digits(in: text, field: "dtmf")))
        } else if message.isEvent("stop", in: bytes) {
            batch.append(.hangup(reason: nil))
        } else {
            batch.ignoreMessage()
        }
    }

    /// What a message does not say is as the stream's.
    private func format(
        of message: StreamMessage, in bytes: Span<UInt8>
    ) throws(BotDialectError) -> BotAudioFormat {
        var encoding = self.audio.format.encoding
        if let contentType = message.contentType {
            // A parameter may follow the type: `audio/x-l16;rate=16000`.
            let type = contentType.decoded(in: bytes).prefix(while: { $0 != ";" }).lowercased()
            switch type {
            case "audio/x-mulaw", "audio/mulaw", "audio/pcmu": encoding = .muLaw
            case "audio/x-alaw", "audio/alaw", "audio/pcma": encoding = .aLaw
            case "audio/x-l16", "audio/l16": encoding = .linear
            default: throw .invalidValue(field: "media.contentType")
            }
        }
        guard let hertz = message.sampleRate else {
            return BotAudioFormat(encoding, encoding == self.audio.format.encoding ? self.rate : .hz8000)
        }
        guard let rate = SampleRate(hertz: hertz) else { throw .invalidValue(field: "media.sampleRate") }
        return BotAudioFormat(encoding, rate)
    }

    private static let muLaw = "audio/x-mulaw"
    private static let linear = "audio/x-l16"
}
