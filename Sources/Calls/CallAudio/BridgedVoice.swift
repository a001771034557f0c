import PCM

/// What one far end of two joined calls is to hear: the other one's audio, in frames of 20 ms at 8 kHz.
///
/// Both calls are served by one thread and its ticks, so a frame comes in for each that goes out and the queue neither
/// grows nor runs dry; a slot that one of them misses costs one frame. The queue holds three frames at most: the oldest
/// goes first, because late speech is worse than a hole.
struct BridgedVoice: Sendable {
    private var ring = SampleRing(countMax: framesMax * AudioPath.frameLength)
    private var smoother = HoleSmoother()
    /// Frames that found the queue full.
    private(set) var framesDropped: UInt64 = 0

    static let framesMax = 3

    init() {}

    mutating func append(_ frame: Span<Int16>) {
        if self.ring.count + frame.count > self.ring.countMax {
            self.ring.discard(AudioPath.frameLength)
            self.framesDropped += 1
        }
        _ = self.ring.append(frame)
    }

    /// Fills `frame`; false when there was nothing.
    mutating func fill(_ frame: inout MutableSpan<Int16>) -> Bool {
        let count = min(frame.count, self.ring.count)
        self.ring.take(count, into: &frame, at: 0)
        self.smoother.sound(&frame, in: 0..<count)
        if count < frame.count { self.smoother.fall(&frame, in: count..<frame.count) }
        return count > 0
    }

    /// A slot passes without audio: what would have been heard in it is gone.
    mutating func skip() {
        self.ring.discard(min(AudioPath.frameLength, self.ring.count))
    }
}

extension AudioPath {
    package var isBridged: Bool { self.bridge != nil }

    /// The far end hears another call from here on and the bot hears nothing; what the bot had queued is dropped.
    package mutating func joinBridge(into output: inout AudioPathOutput) {
        guard self.bridge == nil else { return }
        self.clear(into: &output)
        self.bridge = BridgedVoice()
    }

    /// The far end is the bot's again.
    package mutating func leaveBridge() {
        self.bridge = nil
    }

    /// What the other call's far end said in its last slot.
    package mutating func receiveBridged(_ frame: Span<Int16>) {
        guard var bridge = self.bridge.take() else { return }
        bridge.append(frame)
        self.bridge = bridge
    }

    /// The last slot of the far end, for the other call.
    package var lastHeard: [Int16] { self.heardFrame }
}
