import BotProtocol
import JSON
import PCM

/// Twilio Media Streams of `<Connect><Stream>`, with the gateway in Twilio's place: JSON text, audio as base64 µ-law.
///
/// `sequenceNumber`, `chunk` and `timestamp` are texts, `sampleRate` and `channels` numbers. Timestamps are of the sample
/// clock and have no gaps: a strict consumer (the OpenAI Agents SDK) fills each jump with silence. A clear sends back
/// every mark that still waits; a mark that nothing stands before comes back at once. As Twilio has no message for
/// hanging up, the bot closes the link. Binary messages, text that is not JSON, unknown events and wrong ids are passed
/// over.
struct TwilioDialect: WireDialect {
    private let accountID: String
    private(set) var isReady = false
    private var streamID = ""
    /// The stream's id as a JSON text, quotes included.
    private var streamIDText: [UInt8] = []
    private var callID = ""
    private var clock = MediaClock(rate: .hz8000)
    private var audio = WireAudio(BotAudioFormat(.muLaw))

    init(accountID: String) {
        self.accountID = accountID
    }

    var name: BotDialectName { .twilio }
    var rate: SampleRate { .hz8000 }
    var clearPolicy: ClearPolicy { .returnPendingMarks }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.encode(start, into: &buffer)
        case .dtmf(let digit, _):
            self.encodeEvent("dtmf", into: &buffer) { writer in
                writer.key("dtmf")
                writer.beginObject()
                writer.member("track", "inbound_track")
                writer.member("digit", digit.description)
                writer.endObject()
            }
        case .mark(let name, _, _, _):
            self.encodeEvent("mark", into: &buffer) { writer in
                writer.key("mark")
                writer.beginObject()
                writer.member("name", name)
                writer.endObject()
            }
        case .stop:
            let (accountID, callID) = (self.accountID, self.callID)
            self.encodeEvent("stop", into: &buffer) { writer in
                writer.key("stop")
                writer.beginObject()
                writer.member("accountSid", accountID)
                writer.member("callSid", callID)
                writer.endObject()
            }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .status,
            .backPressure, .drained:
            // Twilio has no such messages.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.callID = start.callID
        self.streamID = "MZ" + start.callID
        self.streamIDText = JSONValue.string(self.streamID).encoded()
        self.isReady = true
        buffer.append(.text) { bytes in
            bytes.append(contentsOf: #"{"event":"connected","protocol":"Call","version":"1.0.0"}"#.utf8)
        }
        let (streamID, accountID) = (self.streamID, self.accountID)
        self.encodeEvent("start", into: &buffer) { writer in
            writer.key("start")
            writer.beginObject()
            writer.member("streamSid", streamID)
            writer.member("accountSid", accountID)
            writer.member("callSid", start.callID)
            writer.key("tracks")
            writer.beginArray()
            writer.value("inbound")
            writer.endArray()
            writer.key("mediaFormat")
            writer.beginObject()
            writer.member("encoding", "audio/x-mulaw")
            writer.member("sampleRate", 8_000)
            writer.member("channels", 1)
            writer.endObject()
            // The start has no place for the numbers; bots look for them under these names.
            writer.member("customParameters", start.withNumbers(from: "from_number", to: "to_number"))
            writer.endObject()
        }
    }

    private mutating func encodeEvent(
        _ name: String, into buffer: inout BotMessageBuffer, _ body: (inout JSONWriter) -> Void
    ) {
        let number = self.clock.nextMessage()
        let streamID = self.streamID
        buffer.appendObject { writer in
            writer.member("event", name)
            writer.member("sequenceNumber", String(number))
            writer.member("streamSid", streamID)
            body(&writer)
        }
    }

    /// Written by hand: this is the one message that goes out for each packet.
    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        let timestamp = self.clock.nextMedia(samples: samples.count)
        buffer.append(.text, isAudio: true) { bytes in
            bytes.append(contentsOf: #"{"event":"media","sequenceNumber":""#.utf8)
            bytes.appendDecimal(self.clock.sequenceNumber)
            bytes.append(contentsOf: #"","streamSid":"#.utf8)
            bytes.append(contentsOf: self.streamIDText)
            bytes.append(contentsOf: #","media":{"track":"inbound","chunk":""#.utf8)
            bytes.appendDecimal(self.clock.chunk)
            bytes.append(contentsOf: #"","timestamp":""#.utf8)
            bytes.appendDecimal(timestamp)
            bytes.append(contentsOf: #"","payload":""#.utf8)
            self.audio.appendBase64(samples, to: &bytes)
            bytes.append(contentsOf: #""}}"#.utf8)
        }
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text, let message = try? StreamMessage.scan(bytes) else { return batch.ignoreMessage() }
        if message.isEvent("media", in: bytes) {
            guard let payload = message.payload else { throw .missingField("media.payload") }
            try self.audio.decodeBase64(payload, in: bytes, into: &batch)
        } else if message.isEvent("mark", in: bytes) {
            batch.append(.mark(name: try StreamMessage.markName(message.markName, called: "mark.name", in: bytes)))
        } else if message.isEvent("clear", in: bytes) {
            batch.append(.clear)
        } else {
            batch.ignoreMessage()
        }
    }
}
