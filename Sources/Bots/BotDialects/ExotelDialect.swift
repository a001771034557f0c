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
package struct ExotelDialect: Sendable {
    package let options: ExotelDialectOptions
    /// Whether `start` has been sent: this dialect has no `ready`.
    package private(set) var isReady = false
    private var streamID = ""
    /// The stream's id as a JSON text, quotes included, for the message that is written by hand.
    private var streamIDText: [UInt8] = []
    private var callID = ""
    /// Counts the messages that carry a number; `start` is 1.
    private var sequenceNumber: UInt64 = 0
    private var chunk: UInt64 = 0
    /// The sample clock that media timestamps are taken from.
    private var sentSamples: Int64 = 0
    /// Caller audio short of a media interval.
    private var gathered: [Int16] = []
    /// Decoded base64 of the message at hand, kept for its capacity.
    private var payload: [UInt8] = []
    private var carry = SampleCarry()

    package init(options: ExotelDialectOptions) {
        self.options = options
        self.gathered.reserveCapacity(self.samplesPerMessage)
    }

    package var rate: SampleRate { self.options.rate }

    private var samplesPerMessage: Int {
        self.options.rate.samplesPer20ms * self.options.mediaInterval.rawValue / 20
    }

    // MARK: Gateway to bot

    package mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
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
        case .mark(let name, _, _):
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
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow:
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
            for parameter in Self.lastOfEachName(start.parameters + start.headers) {
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
        self.sequenceNumber += 1
        buffer.append(.text) { bytes in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("event", name)
            writer.member("sequence_number", String(self.sequenceNumber))
            writer.member("stream_sid", self.streamID)
            body(&writer)
            writer.endObject()
            bytes.append(contentsOf: writer.finish())
        }
    }

    package mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
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
        self.sequenceNumber += 1
        self.chunk += 1
        let timestamp = self.sentSamples * 1_000 / Int64(self.rate.hertz)
        self.sentSamples += Int64(samples.count)
        buffer.append(.text, isAudio: true) { bytes in
            bytes.append(contentsOf: #"{"event":"media","sequence_number":""#.utf8)
            bytes.appendDecimal(self.sequenceNumber)
            bytes.append(contentsOf: #"","stream_sid":"#.utf8)
            bytes.append(contentsOf: self.streamIDText)
            bytes.append(contentsOf: #","media":{"chunk":""#.utf8)
            bytes.appendDecimal(self.chunk)
            bytes.append(contentsOf: #"","timestamp":""#.utf8)
            bytes.appendDecimal(UInt64(timestamp))
            bytes.append(contentsOf: #"","payload":""#.utf8)
            Base64Audio.encode(samples, to: &bytes)
            bytes.append(contentsOf: #""}}"#.utf8)
        }
    }

    /// A JSON object names a key once; of several values of one name the last counts.
    private static func lastOfEachName(_ values: [NamedValue]) -> [NamedValue] {
        var result: [NamedValue] = []
        for value in values {
            result.removeAll(where: { $0.name == value.name })
            result.append(value)
        }
        return result
    }

    private static func stopReason(_ reason: BotStopReason) -> String {
        switch reason {
        case .botHangup: "stopped"
        case .remoteHangup, .notAnswered, .gatewayHangup, .transferred, .failure: "callended"
        }
    }

    // MARK: Bot to gateway

    package mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        guard kind == .text else { throw .unexpectedBinary }
        let message = try ExotelMessage.scan(bytes)
        switch message.event {
        case .media:
            guard let payload = message.payload else { throw .missingField("media.payload") }
            try self.decodeAudio(payload, in: bytes, into: &batch)
        case .mark:
            guard let name = message.markName?.decoded(in: bytes), !name.isEmpty else {
                throw .missingField("mark.name")
            }
            guard name.utf8.count <= BotTextLimits.length else {
                throw .tooLong(field: "mark.name", limit: BotTextLimits.length)
            }
            batch.append(.mark(name: name))
        case .clear:
            batch.append(.clear)
        case .unknown:
            return
        }
    }

    private mutating func decodeAudio(
        _ text: JSONText, in bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        self.payload.removeAll(keepingCapacity: true)
        let isWellFormed: Bool
        if text.hasEscapes {
            // Some writers escape the slash, which is one of the 64 characters.
            let unescaped = text.decodedBytes(in: bytes)
            isWellFormed = Base64Audio.decode(unescaped.span, to: &self.payload)
        } else {
            isWellFormed = Base64Audio.decode(bytes.extracting(text.range), to: &self.payload)
        }
        guard isWellFormed else { throw .malformedBase64 }
        var carry = self.carry
        batch.appendAudio(littleEndian: self.payload.span, carry: &carry)
        self.carry = carry
    }
}
