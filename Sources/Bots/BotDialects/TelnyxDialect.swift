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
    private var envelope: StreamEnvelope
    private var audio: WireAudio
    private var replies = BotMessageBuffer()

    init(userID: String, format: BotAudioFormat) {
        self.userID = userID
        self.envelope = StreamEnvelope(
            StreamEnvelope.Keys(sequenceNumber: "sequence_number", streamID: "stream_id", track: "inbound"),
            clock: MediaClock(rate: format.rate))
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
            self.envelope.append("dtmf", to: &buffer) { $0.member("digit", digit.description) }
        case .mark(let name, _, _, _):
            self.envelope.appendMark(name, to: &buffer)
        case .stop:
            let (userID, callID) = (self.userID, self.envelope.callID)
            self.envelope.append("stop", to: &buffer) { writer in
                writer.member("user_id", userID)
                writer.member("call_control_id", callID)
            }
        case .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .cleared, .overflow, .silence, .status,
            .backPressure, .drained:
            // Telnyx has no such messages.
            return
        }
    }

    private mutating func encode(_ start: BotStart, into buffer: inout BotMessageBuffer) {
        self.envelope.open(streamID: start.callID, callID: start.callID)
        self.isReady = true
        buffer.append(.text) { $0.append(contentsOf: #"{"event":"connected","version":"1.0.0"}"#.utf8) }
        let (userID, format) = (self.userID, self.audio.format)
        self.envelope.append("start", to: &buffer) { writer in
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

    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        self.envelope.appendMedia(samples, as: self.audio, to: &buffer)
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
        } else if try !message.takePlayout(in: bytes, into: &batch) {
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
        let streamID = self.envelope.streamID
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
