import BotProtocol
import JSON
import PCM

/// Telnyx media streaming in its `rtp` mode, with the gateway in Telnyx's place: JSON text, audio as base64.
///
/// `stream_id` stands beside `start`, not in it; parameters of the call go into `client_state`, base64 of a JSON object.
/// A clear sends back every mark that still waits (Telnyx does not say; this is Twilio's rule). What cannot be read is
/// answered by an `error` event with Telnyx's code, and the stream goes on. At Telnyx a bot ends its call by REST; here
/// its closing the link does.
struct TelnyxDialect: WireDialect {
    private let userID: String
    private(set) var isReady = false
    private var streamID = ""
    /// The stream's id as a JSON text, quotes included.
    private var streamIDText: [UInt8] = []
    private var callID = ""
    private var clock: MediaClock
    private var audio: WireAudio
    private var replies = BotMessageBuffer()

    init(userID: String, format: BotAudioFormat) {
        self.userID = userID
        self.clock = MediaClock(rate: format.rate)
        self.audio = WireAudio(format)
    }

    var name: BotDialectName { .telnyx }
    var rate: SampleRate { self.audio.format.rate }
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
            let (userID, callID) = (self.userID, self.callID)
            self.encodeEvent("stop", into: &buffer) { writer in
                writer.key("stop")
                writer.beginObject()
                writer.member("user_id", userID)
                writer.member("call_control_id", callID)
                writer.endObject()
            }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .status,
            .backPressure, .drained:
            // Telnyx has no such messages.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.callID = start.callID
        self.streamID = start.callID
        self.streamIDText = JSONValue.string(self.streamID).encoded()
        self.isReady = true
        buffer.append(.text) { $0.append(contentsOf: #"{"event":"connected","version":"1.0.0"}"#.utf8) }
        let (userID, format) = (self.userID, self.audio.format)
        self.encodeEvent("start", into: &buffer) { writer in
            writer.key("start")
            writer.beginObject()
            writer.member("user_id", userID)
            writer.member("call_control_id", start.callID)
            writer.member("call_session_id", start.callID)
            writer.member("from", start.from)
            writer.member("to", start.to)
            if let state = Self.clientState(of: start) { writer.member("client_state", state) }
            writer.key("media_format")
            writer.beginObject()
            writer.member("encoding", Self.word(for: format.encoding))
            writer.member("sample_rate", format.rate.hertz)
            writer.member("channels", 1)
            writer.endObject()
            writer.endObject()
        }
    }

    /// Nil when the call has no parameters.
    private static func clientState(of start: BotStart) -> String? {
        let values = start.lastOfEachName
        guard !values.isEmpty else { return nil }
        let object = JSONValue.object(values.map { JSONMember(key: $0.name, value: .string($0.value)) })
        var text: [UInt8] = []
        Base64Audio.encode(octets: object.encoded().span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func word(for encoding: BotAudioEncoding) -> String {
        switch encoding {
        case .muLaw: "PCMU"
        case .aLaw: "PCMA"
        case .linear: "L16"
        }
    }

    private mutating func encodeEvent(
        _ name: String, into buffer: inout BotMessageBuffer, _ body: (inout JSONWriter) -> Void
    ) {
        let number = self.clock.nextMessage()
        let streamID = self.streamID
        buffer.appendObject { writer in
            writer.member("event", name)
            writer.member("sequence_number", String(number))
            writer.member("stream_id", streamID)
            body(&writer)
        }
    }

    /// Written by hand: this is the one message that goes out for each packet.
    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        let timestamp = self.clock.nextMedia(samples: samples.count)
        buffer.append(.text, isAudio: true) { bytes in
            bytes.append(contentsOf: #"{"event":"media","sequence_number":""#.utf8)
            bytes.appendDecimal(self.clock.sequenceNumber)
            bytes.append(contentsOf: #"","stream_id":"#.utf8)
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
        guard kind == .text, let message = try? StreamMessage.scan(bytes) else {
            return self.complain(.malformedFrame, into: &batch)
        }
        if message.isEvent("media", in: bytes) {
            do throws(BotDialectError) {
                guard let payload = message.payload else { throw .missingField("media.payload") }
                try self.audio.decodeBase64(payload, in: bytes, into: &batch)
            } catch {
                self.complain(.invalidMedia, into: &batch)
            }
        } else if message.isEvent("mark", in: bytes) {
            batch.append(.mark(name: try StreamMessage.markName(message.markName, called: "mark.name", in: bytes)))
        } else if message.isEvent("clear", in: bytes) {
            batch.append(.clear)
        } else {
            self.complain(.unknown, into: &batch)
        }
    }

    private enum Complaint: Int {
        case unknown = 100_002
        case malformedFrame = 100_003
        case invalidMedia = 100_004

        var title: String {
            switch self {
            case .unknown: "unknown_error"
            case .malformedFrame: "malformed_frame"
            case .invalidMedia: "invalid_media"
            }
        }

        var detail: String {
            switch self {
            case .unknown: "The event is not one of media, mark and clear."
            case .malformedFrame: "The message is not a JSON object with an event."
            case .invalidMedia: "The media has no payload in base64."
            }
        }
    }

    private mutating func complain(_ complaint: Complaint, into batch: inout BotCommandBatch) {
        batch.ignoreMessage()
        guard self.replies.messages.count < Self.repliesMax else { return }
        let streamID = self.streamID
        self.replies.appendObject { writer in
            writer.member("event", "error")
            writer.member("stream_id", streamID)
            writer.key("payload")
            writer.beginObject()
            writer.member("code", complaint.rawValue)
            writer.member("title", complaint.title)
            writer.member("detail", complaint.detail)
            writer.endObject()
        }
    }

    var hasReplies: Bool { !self.replies.isEmpty }

    mutating func takeReplies(into buffer: inout BotMessageBuffer) {
        buffer.append(contentsOf: self.replies)
        self.replies.removeAll()
    }

    /// Complaints of one slot; a bot that has more to be told has been told enough.
    private static let repliesMax = 16
}
