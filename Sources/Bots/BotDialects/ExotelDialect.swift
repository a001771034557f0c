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
    private var streamID = ""
    /// The stream's id as a JSON text, quotes included, for the message that is written by hand.
    private var streamIDText: [UInt8] = []
    private var callID = ""
    private var clock: MediaClock
    /// Caller audio short of a media interval.
    private var gathered: [Int16] = []
    private var audio: WireAudio

    init(options: ExotelDialectOptions) {
        self.options = options
        self.clock = MediaClock(rate: options.rate)
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
            self.encodeEvent("dtmf", into: &buffer) { writer in
                writer.key("dtmf")
                writer.beginObject()
                writer.member("digit", digit.description)
                writer.member("duration", String(duration.inMilliseconds))
                writer.endObject()
            }
        case .mark(let name, _, _, _):
            self.encodeEvent("mark", into: &buffer) { writer in
                writer.key("mark")
                writer.beginObject()
                writer.member("name", name)
                writer.endObject()
            }
        case .stop(let reason):
            let (callID, accountSID) = (self.callID, self.options.accountSID)
            self.encodeEvent("stop", into: &buffer) { writer in
                writer.key("stop")
                writer.beginObject()
                writer.member("call_sid", callID)
                writer.member("account_sid", accountSID)
                writer.member("reason", Self.stopReason(reason))
                writer.endObject()
            }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .status,
            .backPressure, .drained:
            // Exotel has no such messages.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.callID = start.callID
        self.streamID = "ST" + start.callID
        self.streamIDText = JSONValue.string(self.streamID).encoded()
        self.isReady = true
        buffer.append(.text) { $0.append(contentsOf: #"{"event":"connected"}"#.utf8) }
        let (streamID, options) = (self.streamID, self.options)
        self.encodeEvent("start", into: &buffer) { writer in
            writer.key("start")
            writer.beginObject()
            writer.member("stream_sid", streamID)
            writer.member("call_sid", start.callID)
            writer.member("account_sid", options.accountSID)
            writer.member("from", start.from)
            writer.member("to", start.to)
            writer.key("custom_parameters")
            writer.beginObject()
            for parameter in start.lastOfEachName {
                writer.member(parameter.name, parameter.value)
            }
            writer.endObject()
            writer.key("media_format")
            writer.beginObject()
            writer.member("encoding", "audio/x-raw")
            writer.member("sample_rate", String(options.rate.hertz))
            writer.member("bit_rate", "16")
            writer.endObject()
            writer.endObject()
        }
    }

    private mutating func encodeEvent(
        _ name: String, into buffer: inout BotMessageBuffer, _ body: (inout JSONWriter) -> Void
    ) {
        let number = self.clock.nextMessage()
        buffer.append(.text) { bytes in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("event", name)
            writer.member("sequence_number", String(number))
            writer.member("stream_sid", self.streamID)
            body(&writer)
            writer.endObject()
            bytes.append(contentsOf: writer.finish())
        }
    }

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        if self.gathered.isEmpty, samples.count == self.samplesPerMessage {
            self.encodeMedia(samples, into: &buffer)
            return
        }
        for index in samples.indices {
            self.gathered.append(samples[index])
            if self.gathered.count == self.samplesPerMessage {
                // Taken out and put back, so that the buffer has one owner and is not copied.
                var full: [Int16] = []
                swap(&full, &self.gathered)
                self.encodeMedia(full.span, into: &buffer)
                full.removeAll(keepingCapacity: true)
                swap(&full, &self.gathered)
            }
        }
    }

    /// Written by hand: this is the one message that goes out for each packet.
    private mutating func encodeMedia(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        let timestamp = self.clock.nextMedia(samples: samples.count)
        buffer.append(.text, isAudio: true) { bytes in
            bytes.append(contentsOf: #"{"event":"media","sequence_number":""#.utf8)
            bytes.appendDecimal(self.clock.sequenceNumber)
            bytes.append(contentsOf: #"","stream_sid":"#.utf8)
            bytes.append(contentsOf: self.streamIDText)
            bytes.append(contentsOf: #","media":{"chunk":""#.utf8)
            bytes.appendDecimal(self.clock.chunk)
            bytes.append(contentsOf: #"","timestamp":""#.utf8)
            bytes.appendDecimal(timestamp)
            bytes.append(contentsOf: #"","payload":""#.utf8)
            self.audio.appendBase64(samples, to: &bytes)
            bytes.append(contentsOf: #""}}"#.utf8)
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
        } else if message.isEvent("mark", in: bytes) {
            batch.append(.mark(name: try StreamMessage.markName(message.markName, called: "mark.name", in: bytes)))
        } else if message.isEvent("clear", in: bytes) {
            batch.append(.clear)
        } else {
            // Exotel's bots also send words of other dialects, which mean nothing here.
            batch.ignoreMessage()
        }
    }
}
