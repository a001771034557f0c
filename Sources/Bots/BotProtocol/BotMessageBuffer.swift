/// The two kinds of message that every bot wire knows.
package enum BotMessageKind: Hashable, Sendable {
    /// UTF-8.
    case text
    case binary
}

/// Encoded messages on their way from a dialect to a link, reused from tick to tick.
///
/// One array for the bytes of all messages; it allocates only until it has grown to a tick's usual size.
package struct BotMessageBuffer: Sendable {
    package struct Message: Hashable, Sendable {
        package var kind: BotMessageKind
        /// Where the payload lies in `bytes`.
        package var range: Range<Int>
        /// Audio may be dropped when the bot does not read; the rest has a reserve of its own.
        package var isAudio: Bool
    }

    package private(set) var bytes: [UInt8] = []
    package private(set) var messages: [Message] = []

    package init() {}

    package var isEmpty: Bool { self.messages.isEmpty }

    package mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.messages.removeAll(keepingCapacity: true)
    }

    /// Appends one message, whose bytes `write` appends to the array that it is given.
    package mutating func append(_ kind: BotMessageKind, isAudio: Bool = false, _ write: (inout [UInt8]) -> Void) {
        let start = self.bytes.count
        write(&self.bytes)
        self.messages.append(Message(kind: kind, range: start..<self.bytes.count, isAudio: isAudio))
    }

    /// Appends the messages of another buffer.
    package mutating func append(contentsOf other: BotMessageBuffer) {
        for message in other.messages {
            self.append(message.kind, isAudio: message.isAudio) { $0.append(contentsOf: other.payload(of: message)) }
        }
    }

    /// Appends one binary message of little-endian PCM16.
    package mutating func appendAudio(littleEndian samples: Span<Int16>) {
        self.append(.binary, isAudio: true) { bytes in
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: samples.count * 2))
            var output = bytes.mutableSpan
            for index in samples.indices {
                let sample = UInt16(bitPattern: samples[index])
                output[start + 2 * index] = UInt8(truncatingIfNeeded: sample)
                output[start + 2 * index + 1] = UInt8(truncatingIfNeeded: sample >> 8)
            }
        }
    }

    /// The payload of one of `messages`.
    package func payload(of message: Message) -> ArraySlice<UInt8> {
        self.bytes[message.range]
    }
}
