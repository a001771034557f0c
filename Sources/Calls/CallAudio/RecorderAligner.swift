/// Puts what was heard and what was sent on the wire's clock, side by side, for the recorder.
///
/// A packet is heard some time after it arrived, because the jitter buffer holds it; what is sent leaves at once. So that
/// the left channel shows when speech arrived, and the right one when it left, both are delayed by the same fixed time
/// `depth`, the left one less by what the jitter buffer has held it already. The first `depth` of the output lies before
/// the beginning and is cut off; `flush` brings out the last.
package struct RecorderAligner: Sendable {
    private var left: DelayLine
    private var right: DelayLine
    private var samplesToCut: Int

    /// In samples at 8 kHz: 200 ms, more than the jitter buffer holds a packet.
    package static let depth = 1_600

    package init() {
        self.left = DelayLine(delay: Self.depth)
        self.right = DelayLine(delay: Self.depth)
        self.samplesToCut = Self.depth
    }

    /// Says how long, in samples, the frames that follow have been held since they arrived; to be called in a silence,
    /// because it makes the left channel jump by the difference.
    package mutating func setHeld(_ samples: Int) {
        self.left.setDelay(max(0, Self.depth - max(0, samples)))
    }

    /// Takes a frame of each side, at most `DelayLine.frameMax` samples and equally many, and replaces them by what is
    /// due. Returns how many samples at the end of both are to be recorded.
    package mutating func pass(_ heard: inout MutableSpan<Int16>, _ sent: inout MutableSpan<Int16>) -> Int {
        precondition(heard.count == sent.count)
        self.left.pass(&heard)
        self.right.pass(&sent)
        let cut = min(self.samplesToCut, heard.count)
        self.samplesToCut -= cut
        return heard.count - cut
    }
}

/// A ring that gives back what was put in `delay` samples ago.
struct DelayLine: Sendable {
    private var ring: [Int16]
    private var position = 0
    private(set) var delay: Int

    static let frameMax = 448

    /// The least power of two that holds the longest delay and a frame.
    private static let size = 2_048

    init(delay: Int) {
        precondition(delay + Self.frameMax <= Self.size)
        self.ring = Array(repeating: 0, count: Self.size)
        self.delay = delay
    }

    /// A longer delay fills the difference with silence; a shorter one skips what has not come out.
    mutating func setDelay(_ wanted: Int) {
        precondition(wanted + Self.frameMax <= Self.size)
        // What will come out first lies `delay` behind the writing position: silence goes between it and what follows.
        if wanted > self.delay {
            let mask = Self.size - 1
            for step in (self.delay + 1)...wanted { self.ring[(self.position &- step) & mask] = 0 }
        }
        self.delay = wanted
    }

    mutating func pass(_ frame: inout MutableSpan<Int16>) {
        precondition(frame.count <= Self.frameMax)
        let mask = Self.size - 1
        for index in 0..<frame.count {
            self.ring[self.position & mask] = frame[index]
            frame[index] = self.ring[(self.position &- self.delay) & mask]
            self.position &+= 1
        }
    }
}
