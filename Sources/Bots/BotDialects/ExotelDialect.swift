import BotProtocol
import JSON
import PCM
import Timekeeping

/// Exotel AgentStream, with the gateway in Exotel's place: JSON text only, audio as base64 PCM16.
///
/// Numbers go out as strings, as in Exotel's newest document, and come in as either. `connected` and `start` go out
/// together, because bots wait for two messages. What the bot sends may spell ids either way, leave them out or get
/// them wrong. Marks that a clear overtakes are all sent back (Exotel does not say; this is Twilio's rule). Exotel has
/// no message for hanging up: the bot closes the link.
struct ExotelDialect: WireDialect {
    let options: ExotelDialectOptions
    /// Whether `start` has been sent: this dialect has no `ready`.
    private(set) var isReady = false
    private var envelope: StreamEnvelope
    /// Caller audio short of a media interval.
    private var gathered: [Int16] = []
    private var audio: WireAudio

    init(options: ExotelDialectOptions) {
        self.options = options
        self.envelope = StreamEnvelope(
            StreamEnvelope.Keys(sequenceNumber: "sequence_number", streamID: "stream_sid", track: nil),
            clock: MediaClock(rate: options.rate))
        self.audio = WireAudio(BotAudioFormat(.linear, options.rate))
        self.gathered.reserveCapacity(self.samplesPerMessage)
    }

    var name: BotDialectName { .exotel }
    var rate: SampleRate { self.options.rate }
    var clearPolicy: ClearPolicy { .returnPendingMarks }

    private var samplesPerMessage: Int {
        self.options.rate.samplesPer20ms * self.options.mediaInterval.rawValue / 20
    }

    // MARK: Gateway to bot

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch event {
        case .start(let start):
            self.encode(start, into: &buffer)
        case .dtmf(let digit, let duration):
            self.envelope.append("dtmf", to: &buffer) { writer in
                writer.member("digit", digit.description)
                writer.member("duration", String(duration.inMilliseconds))
            }
        case .mark(let name, _, _, _):
            self.envelope.appendMark(name, to: &buffer)
        case .stop(let reason):
            let (callID, accountSID) = (self.envelope.callID, self.options.accountSID)
            self.envelope.append("stop", to: &buffer) { writer in
                writer.member("call_sid", callID)
                writer.member("account_sid", accountSID)
                writer.member("reason", Self.stopReason(reason))
            }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .silence, .status,
            .backPressure, .drained:
            // Exotel has no such messages.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.envelope.open(streamID: "ST" + start.callID, callID: start.callID)
        self.isReady = true
        buffer.append(.text) { $0.append(contentsOf: #"{"event":"connected"}"#.utf8) }
        let (streamID, options) = (self.envelope.streamID, self.options)
        self.envelope.append("start", to: &buffer) { writer in
            writer.member("stream_sid", streamID)
            writer.member("call_sid", start.callID)
            writer.member("account_sid", options.accountSID)
            writer.member("from", start.from)
            writer.member("to", start.to)
            writer.member("custom_parameters", start.lastOfEachName)
            writer.key("media_format")
            writer.beginObject()
            writer.member("encoding", "audio/x-raw")
            writer.member("sample_rate", String(options.rate.hertz))
            writer.member("bit_rate", "16")
            writer.endObject()
        }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        if self.gathered.isEmpty, samples.count == self.samplesPerMessage {
            self.envelope.appendMedia(samples, as: self.audio, to: &buffer)
            return
        }
        for index in samples.indices {
            self.gathered.append(samples[index])
            if self.gathered.count == self.samplesPerMessage {
                // Taken out and put back, so that the buffer has one owner and is not copied.
                var full: [Int16] = []
                swap(&full, &self.gathered)
                self.envelope.appendMedia(full.span, as: self.audio, to: &buffer)
                full.removeAll(keepingCapacity: true)
                swap(&full, &self.gathered)
            }
        }
    }

    private static func stopReason(_ reason: BotStopReason) -> String {
        switch reason {
        case .botHangup: "stopped"
        case .remoteHangup, .notAnswered, .gatewayHangup, .transferred, .failure: "callended"
        }
    }

    // MARK: Bot to gateway

    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text else { throw .unexpectedBinary }
        let message = try StreamMessage.scan(bytes)
        if message.isEvent("media", in: bytes) {
            guard let payload = message.payload else { throw .missingField("media.payload") }
            try self.audio.decodeBase64(payload, in: bytes, into: &batch)
        } else if try !message.takePlayout(in: bytes, into: &batch) {
            // Exotel's bots also send words of other dialects, which mean nothing here.
            batch.ignoreMessage()
        }
    }
}
