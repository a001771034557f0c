import PCM

/// What one message of a bot meant, in its order, reused from message to message.
///
/// Samples of all audio items share one array. One message is at most 1 MiB on the wire, which bounds both.
package struct BotCommandBatch: Sendable {
    package enum Item: Hashable, Sendable {
        /// Audio at the dialect's rate: where its samples lie in `samples`.
        case audio(Range<Int>)
        case command(BotCommand)
    }

    package private(set) var items: [Item] = []
    package private(set) var samples: [Int16] = []
    /// Messages that were passed over.
    package private(set) var messagesIgnored = 0

    package init() {}

    package var isEmpty: Bool { self.items.isEmpty }

    package mutating func removeAll() {
        self.items.removeAll(keepingCapacity: true)
        self.samples.removeAll(keepingCapacity: true)
        self.messagesIgnored = 0
    }

    package mutating func append(_ command: BotCommand) {
        self.items.append(.command(command))
    }

    /// Appends little-endian PCM16, whose odd byte waits in `carry` for the next message.
    package mutating func appendAudio(littleEndian bytes: Span<UInt8>, carry: inout SampleCarry) {
        let start = self.samples.count
        var index = 0
        if let low = carry.lowByte, !bytes.isEmpty {
            self.samples.append(Self.sample(low: low, high: bytes[0]))
            carry.lowByte = nil
            index = 1
        }
        let pairs = (bytes.count - index) / 2
        self.samples.append(addingCapacity: pairs) { output in
            for pair in 0..<pairs {
                output.append(Self.sample(low: bytes[index + 2 * pair], high: bytes[index + 2 * pair + 1]))
            }
        }
        index += 2 * pairs
        if index < bytes.count { carry.lowByte = bytes[index] }
        if self.samples.count > start { self.items.append(.audio(start..<self.samples.count)) }
    }

    /// Appends samples as they are.
    package mutating func appendAudio(_ samples: Span<Int16>) {
        self.appendAudio(count: samples.count) { samples[$0] }
    }

    /// Appends G.711 µ-law, one byte a sample.
    package mutating func appendAudio(muLaw codes: Span<UInt8>) {
        self.appendAudio(count: codes.count) { MuLaw.decode(codes[$0]) }
    }

    /// Appends G.711 A-law, one byte a sample.
    package mutating func appendAudio(aLaw codes: Span<UInt8>) {
        self.appendAudio(count: codes.count) { ALaw.decode(codes[$0]) }
    }

    @inline(__always)
    private mutating func appendAudio(count: Int, _ sample: (Int) -> Int16) {
        guard count > 0 else { return }
        let start = self.samples.count
        self.samples.append(addingCapacity: count) { output in
            for index in 0..<count { output.append(sample(index)) }
        }
        self.items.append(.audio(start..<self.samples.count))
    }

    /// Counts a message that meant nothing in the dialect, and was passed over as the dialect's own servers do.
    package mutating func ignoreMessage() {
        self.messagesIgnored += 1
    }

    private static func sample(low: UInt8, high: UInt8) -> Int16 {
        Int16(bitPattern: UInt16(low) | UInt16(high) << 8)
    }
}

/// Half a sample that ended one message: its other half begins the next.
package struct SampleCarry: Hashable, Sendable {
    package var lowByte: UInt8?

    package init() {}
}
