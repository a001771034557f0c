import BotProtocol

/// What a child did against the framing of docs/bot-protocol.md.
package enum StdioFramingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A frame must begin with `T` or `B`; a bot that prints to its standard output ends up here.
    case unknownKind(UInt8)
    case messageTooLong(length: UInt32, limit: Int)

    package var description: String {
        switch self {
        case .unknownKind(let byte):
            "a frame begins with byte \(byte) instead of 'T' or 'B' (does the bot print to its standard output?)"
        case .messageTooLong(let length, let limit): "a message of \(length) bytes, more than \(limit)"
        }
    }
}

/// Messages on a pipe: one byte of kind (`T` text, `B` binary), four of length in network order, the payload.
package enum StdioFraming {
    package static let headerLength = 5
    /// Bytes of one payload.
    package static let messageLengthMax = 1_048_576

    package static func append(_ kind: BotMessageKind, _ payload: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        precondition(payload.count <= Self.messageLengthMax, "the gateway's own messages are small")
        bytes.append(Self.byte(of: kind))
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift))
        }
        bytes.append(contentsOf: payload)
    }

    static func byte(of kind: BotMessageKind) -> UInt8 {
        switch kind {
        case .text: UInt8(ascii: "T")
        case .binary: UInt8(ascii: "B")
        }
    }

    static func kind(of byte: UInt8) -> BotMessageKind? {
        switch byte {
        case UInt8(ascii: "T"): .text
        case UInt8(ascii: "B"): .binary
        default: nil
        }
    }
}

/// Takes messages out of a child's standard output. Holds at most one message and what was appended last.
package struct StdioFrameReader: Sendable {
    package private(set) var buffer: [UInt8] = []
    private var position = 0
    private var failure: StdioFramingError?

    package init() {}

    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        self.buffer.removeSubrange(0..<self.position)
        self.position = 0
        self.buffer.append(contentsOf: bytes)
    }

    /// The next message, whose payload lies in `buffer` until the next call; nil until more bytes come. After an error
    /// the same error for ever, because nobody knows where the next frame begins.
    package mutating func next() throws(StdioFramingError) -> (kind: BotMessageKind, range: Range<Int>)? {
        if let failure = self.failure { throw failure }
        do throws(StdioFramingError) {
            return try self.take()
        } catch {
            self.failure = error
            throw error
        }
    }

    private mutating func take() throws(StdioFramingError) -> (kind: BotMessageKind, range: Range<Int>)? {
        let available = self.buffer.count - self.position
        guard available >= 1 else { return nil }
        let first = self.buffer[self.position]
        guard let kind = StdioFraming.kind(of: first) else { throw .unknownKind(first) }
        guard available >= StdioFraming.headerLength else { return nil }
        var length: UInt32 = 0
        for index in self.position + 1..<self.position + StdioFraming.headerLength {
            length = length << 8 | UInt32(self.buffer[index])
        }
        guard length <= UInt32(StdioFraming.messageLengthMax) else {
            throw .messageTooLong(length: length, limit: StdioFraming.messageLengthMax)
        }
        let start = self.position + StdioFraming.headerLength
        guard self.buffer.count - start >= Int(length) else { return nil }
        self.position = start + Int(length)
        return (kind, start..<self.position)
    }
}
