import BotProtocol
import Testing

/// The two reused buffers between a dialect, a link and a call's audio.
struct BotBufferTests {
    @Test func messagesShareOneArray() {
        var buffer = BotMessageBuffer()
        #expect(buffer.isEmpty)
        buffer.append(.text) { $0 += Array("ab".utf8) }
        buffer.append(.binary, isAudio: true) { $0 += [1, 2, 3] }
        buffer.append(.text) { _ in }
        #expect(buffer.messages.map(\.range) == [0..<2, 2..<5, 5..<5])
        #expect(buffer.messages.map(\.isAudio) == [false, true, false])
        #expect(buffer.messages.map { Array(buffer.payload(of: $0)) } == [Array("ab".utf8), [1, 2, 3], []])
        let capacity = buffer.bytes.capacity
        buffer.removeAll()
        #expect(buffer.isEmpty && buffer.bytes.isEmpty)
        #expect(buffer.bytes.capacity == capacity)
    }

    @Test func samplesAreLittleEndian() throws {
        var buffer = BotMessageBuffer()
        let samples: [Int16] = [0, 1, -1, 0x1234, .min, .max]
        buffer.appendAudio(littleEndian: samples.span)
        #expect(buffer.bytes == [0, 0, 1, 0, 0xFF, 0xFF, 0x34, 0x12, 0, 0x80, 0xFF, 0x7F])
        let message = try #require(buffer.messages.first)
        #expect(buffer.messages.count == 1)
        #expect(message.kind == .binary && message.range == 0..<12 && message.isAudio)
    }

    /// Any way of cutting the bytes gives the same samples: the odd byte waits for the next message.
    @Test(arguments: 0...8)
    func oddBytesAreCarried(cut: Int) {
        let bytes: [UInt8] = [0x01, 0x02, 0x03, 0x84, 0xFF, 0x7F, 0x00, 0x80]
        let samples: [Int16] = [0x0201, -0x7BFD, .max, .min]
        for second in cut...bytes.count {
            var batch = BotCommandBatch()
            var carry = SampleCarry()
            for part in [0..<cut, cut..<second, second..<bytes.count] {
                batch.appendAudio(littleEndian: bytes.span.extracting(part), carry: &carry)
            }
            #expect(batch.samples == samples)
            #expect(carry == SampleCarry())
        }
    }

    @Test func oneByteIsNoSampleYet() {
        var batch = BotCommandBatch()
        var carry = SampleCarry()
        Self.append([0x34], to: &batch, &carry)
        #expect(batch.isEmpty)
        #expect(carry.lowByte == 0x34)
        Self.append([], to: &batch, &carry)
        #expect(batch.isEmpty)
        Self.append([0x12], to: &batch, &carry)
        #expect(batch.items == [.audio(0..<1)])
        #expect(batch.samples == [0x1234])
    }

    @Test func orderOfAudioAndCommands() {
        var batch = BotCommandBatch()
        var carry = SampleCarry()
        Self.append([1, 0, 2, 0], to: &batch, &carry)
        batch.append(.mark(name: "m"))
        Self.append([3, 0], to: &batch, &carry)
        #expect(batch.items == [.audio(0..<2), .command(.mark(name: "m")), .audio(2..<3)])
        #expect(batch.samples == [1, 2, 3])
        batch.removeAll()
        #expect(batch.isEmpty && batch.samples.isEmpty)
    }

    private static func append(_ bytes: [UInt8], to batch: inout BotCommandBatch, _ carry: inout SampleCarry) {
        batch.appendAudio(littleEndian: bytes.span, carry: &carry)
    }
}

/// Reuse: what a media thread does for each packet must not allocate once the buffers have grown.
struct BotBufferReuseTests {
    @Test func messageBufferKeepsItsCapacity() {
        var buffer = BotMessageBuffer()
        let frame = [Int16](repeating: 5, count: 320)
        for _ in 0..<8 { buffer.appendAudio(littleEndian: frame.span) }
        let (bytes, messages) = (buffer.bytes.capacity, buffer.messages.capacity)
        for _ in 0..<1_000 {
            buffer.removeAll()
            for _ in 0..<8 { buffer.appendAudio(littleEndian: frame.span) }
        }
        #expect(buffer.bytes.capacity == bytes)
        #expect(buffer.messages.capacity == messages)
        #expect(buffer.messages.count == 8)
        #expect(buffer.messages[7].range == 4_480..<5_120)
    }

    @Test func batchKeepsItsCapacity() {
        var batch = BotCommandBatch()
        var carry = SampleCarry()
        let bytes = [UInt8](repeating: 1, count: 2_200)
        batch.appendAudio(littleEndian: bytes.span, carry: &carry)
        let capacity = batch.samples.capacity
        for _ in 0..<1_000 {
            batch.removeAll()
            batch.appendAudio(littleEndian: bytes.span, carry: &carry)
        }
        #expect(batch.samples.capacity == capacity)
        #expect(batch.samples.count == 1_100)
    }

    /// The largest message of a link: 1 MiB of audio in one piece.
    @Test func largestMessage() {
        var batch = BotCommandBatch()
        var carry = SampleCarry()
        let bytes = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0) }
        batch.appendAudio(littleEndian: bytes.span, carry: &carry)
        #expect(batch.items == [.audio(0..<524_288)])
        #expect(batch.samples[128] == 0x0100)
        #expect(batch.samples[524_287] == Int16(bitPattern: 0xFFFE))
        #expect(carry.lowByte == nil)
    }
}
