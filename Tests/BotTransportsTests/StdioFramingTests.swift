import BotProtocol
import BotTransports
import Testing

/// The framing of docs/bot-protocol.md, "Over standard input and output".
struct StdioFramingTests {
    private func read(_ bytes: [UInt8], step: Int) throws(StdioFramingError) -> [Message] {
        var reader = StdioFrameReader()
        var messages: [Message] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            let piece = Array(bytes[start..<min(start + step, bytes.count)])
            reader.append(piece[...])
            while let (kind, range) = try reader.next() {
                messages.append(Message(kind: kind, bytes: Array(reader.buffer[range])))
            }
        }
        return messages
    }

    private func frames(_ messages: [Message]) -> [UInt8] {
        var bytes: [UInt8] = []
        for message in messages { StdioFraming.append(message.kind, message.bytes[...], to: &bytes) }
        return bytes
    }

    @Test func bytesOfTheDocument() {
        #expect(
            self.frames([.text(#"{"event":"answered"}"#)])
                == [0x54, 0, 0, 0, 0x14] + Array(#"{"event":"answered"}"#.utf8))
        #expect(Array(self.frames([.binary([UInt8](repeating: 0, count: 640))]).prefix(5)) == [0x42, 0, 0, 2, 0x80])
    }

    @Test(arguments: [1, 2, 3, 5, 7, 100, 1_000_000])
    func anyPieces(step: Int) throws {
        let messages: [Message] = [
            .text("a"), .binary([]), .binary((0..<700).map { UInt8(truncatingIfNeeded: $0) }), .text(""), .text("é"),
        ]
        #expect(try self.read(self.frames(messages), step: step) == messages)
    }

    @Test func largestMessage() throws {
        let largest = Message.binary([UInt8](repeating: 3, count: StdioFraming.messageLengthMax))
        #expect(try self.read(self.frames([largest]), step: 65_536) == [largest])
        #expect(throws: StdioFramingError.messageTooLong(length: 1_048_577, limit: 1_048_576)) {
            try self.read([0x42, 0, 0x10, 0, 1], step: 1)
        }
    }

    /// What `print("ready")` looks like to the gateway, and that nothing later is believed.
    @Test func strayOutput() throws {
        var reader = StdioFrameReader()
        let bytes = Array("ready\n".utf8)
        reader.append(bytes[...])
        let error = #expect(throws: StdioFramingError.unknownKind(UInt8(ascii: "r"))) { try reader.next() }
        #expect(error?.description.contains("standard output") == true)
        let frame = self.frames([.text("late")])
        reader.append(frame[...])
        #expect(throws: StdioFramingError.unknownKind(UInt8(ascii: "r"))) { try reader.next() }
    }

    @Test func bufferDoesNotGrow() throws {
        var reader = StdioFrameReader()
        let frame = self.frames([.binary([UInt8](repeating: 7, count: 640))])
        for _ in 0..<1_000 {
            reader.append(frame[...])
            while try reader.next() != nil {}
        }
        #expect(reader.buffer.capacity < 4_096)
    }
}
