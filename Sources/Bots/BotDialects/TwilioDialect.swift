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
    private var envelope = StreamEnvelope(
        StreamEnvelope.Keys(sequenceNumber: "sequenceNumber", streamID: "streamSid", track: "inbound"),
        clock: MediaClock(rate: .hz8000))
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
            self.envelope.append("dtmf", to: &buffer) { writer in
                writer.member("track", "inbound_track")
                writer.member("digit", digit.description)
            }
        case .mark(let name, _, _, _):
            self.envelope.appendMark(name, to: &buffer)
        case .stop:
            let (accountID, callID) = (self.accountID, self.envelope.callID)
            self.envelope.append("stop", to: &buffer) { writer in
                writer.member("accountSid", accountID)
                writer.member("callSid", callID)
            }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .silence, .status,
            .backPressure, .drained:
            // Twilio has no such messages.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.envelope.open(streamID: "MZ" + start.callID, callID: start.callID)
        self.isReady = true
        buffer.append(.text) { bytes in
            bytes.append(contentsOf: #"{"event":"connected","protocol":"Call","version":"1.0.0"}"#.utf8)
        }
        let (streamID, accountID) = (self.envelope.streamID, self.accountID)
        self.envelope.append("start", to: &buffer) { writer in
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
        }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        self.envelope.appendMedia(samples, as: self.audio, to: &buffer)
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text, let message = try? StreamMessage.scan(bytes) else { return batch.ignoreMessage() }
        if message.isEvent("media", in: bytes) {
            guard let payload = message.payload else { throw .missingField("media.payload") }
            try self.audio.decodeBase64(payload, in: bytes, into: &batch)
        } else if try !message.takePlayout(in: bytes, into: &batch) {
            batch.ignoreMessage()
        }
    }
}
