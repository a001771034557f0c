import BotProtocol
import JSON

/// What a stream's messages have around their one object, in the dialects that descend from Twilio's (Exotel's and
/// Telnyx's besides): the event, a sequence number as a text, and the stream's id. The dialects differ in their keys.
struct StreamEnvelope: Sendable {
    /// How a dialect spells the envelope.
    struct Keys: Sendable {
        let sequenceNumber: String
        let streamID: String
        /// What stands in `media` before the chunk's number.
        let track: String?
    }

    private let keys: Keys
    private(set) var streamID = ""
    private(set) var callID = ""
    private var clock: MediaClock
    /// The parts of a media message that do not change: before its sequence number, and between that and its chunk.
    private var mediaHead: [UInt8] = []
    private var mediaMiddle: [UInt8] = []

    init(_ keys: Keys, clock: MediaClock) {
        self.keys = keys
        self.clock = clock
    }

    /// Takes the ids of a call that starts.
    mutating func open(streamID: String, callID: String) {
        self.streamID = streamID
        self.callID = callID
        self.mediaHead = Array(#"{"event":"media",""#.utf8) + self.keys.sequenceNumber.utf8 + #"":""#.utf8
        self.mediaMiddle = Array(#"",""#.utf8) + self.keys.streamID.utf8 + #"":"#.utf8
        self.mediaMiddle += JSONValue.string(streamID).encoded()
        self.mediaMiddle += #","media":{"#.utf8
        if let track = self.keys.track { self.mediaMiddle += #""track":"\#(track)","#.utf8 }
        self.mediaMiddle += #""chunk":""#.utf8
    }

    /// Appends a message whose object has the event's name and the members that `body` writes.
    mutating func append(
        _ event: String, to buffer: inout BotMessageBuffer, with body: (inout JSONWriter) -> Void
    ) {
        let number = self.clock.nextMessage()
        buffer.appendObject { writer in
            writer.member("event", event)
            writer.member(self.keys.sequenceNumber, String(number))
            writer.member(self.keys.streamID, self.streamID)
            writer.key(event)
            writer.beginObject()
            body(&writer)
            writer.endObject()
        }
    }

    mutating func appendMark(_ name: String, to buffer: inout BotMessageBuffer) {
        self.append("mark", to: &buffer) { $0.member("name", name) }
    }

    /// Appends the one message that goes out for each packet; written by hand therefore.
    mutating func appendMedia(_ samples: Span<Int16>, as audio: borrowing WireAudio, to buffer: inout BotMessageBuffer)
    {
        let timestamp = self.clock.nextMedia(samples: samples.count)
        buffer.append(.text, isAudio: true) { bytes in
            bytes.append(contentsOf: self.mediaHead)
            bytes.appendDecimal(self.clock.sequenceNumber)
            bytes.append(contentsOf: self.mediaMiddle)
            bytes.appendDecimal(self.clock.chunk)
            bytes.append(contentsOf: #"","timestamp":""#.utf8)
            bytes.appendDecimal(timestamp)
            bytes.append(contentsOf: #"","payload":""#.utf8)
            audio.appendBase64(samples, to: &bytes)
            bytes.append(contentsOf: #""}}"#.utf8)
        }
    }
}
