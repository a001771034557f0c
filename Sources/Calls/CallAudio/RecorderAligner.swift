import PCM
import Timekeeping

/// Puts what was heard and what was sent on the wire's clock, side by side, for the recorder.
///
/// A packet is heard some time after it arrived, because the jitter buffer holds it; what is sent leaves at once. So that
/// the left channel shows when speech arrived, and the right one when it left, both are delayed by the same fixed time
/// `depth`, the left one by less, as the jitter buffer has held it already. The first `depth` of the output lies before
/// the beginning and is cut off; `flush` brings out the last.
struct RecorderAligner: Sendable {
    private var left = DelayLine(delay: Self.depth)
    private var right = DelayLine(delay: Self.depth)
    private var leftFrame: [Int16] = []
    private var rightFrame: [Int16] = []
    private var samplesToCut = Self.depth
    private let beginning: Instant
    private var hasBegun = false
    private var held: Int?

    /// In samples at 8 kHz: 200 ms, more than the jitter buffer holds a packet.
    static let depth = 1_600
    /// 5 ms: a change of the delay below it is no reason to jump.
    private static let tolerance = 40

    /// The recording's first sample is that of `beginning`.
    init(beginning: Instant) {
        self.beginning = beginning
    }

    /// Says how long, in samples, the frames that follow have been held since they arrived; to be called after a hole
    /// or in silence, because it makes the left channel jump by the difference.
    mutating func setHeld(_ samples: Int) {
        if let held, abs(samples - held) < Self.tolerance { return }
        self.held = samples
        self.left.setDelay(min(Self.depth, max(0, Self.depth - samples)))
    }

    /// Takes what was heard and sent in the slot at `now`, and appends what is due to `output`.
    mutating func record(
        heard: Span<Int16>, sent: Span<Int16>, at now: Instant, into output: inout AudioPathOutput
    ) {
        if !self.hasBegun {
            self.hasBegun = true
            // What lies between the beginning and the first slot is silence: so much less of the output is cut off.
            let lead = SampleRate.hz8000.samples(in: max(.zero, self.beginning.duration(to: now)))
            self.samplesToCut -= min(lead, self.samplesToCut)
        }
        self.leftFrame.removeAll(keepingCapacity: true)
        self.rightFrame.removeAll(keepingCapacity: true)
        for index in 0..<heard.count {
            self.leftFrame.append(self.left.pass(heard[index]))
            self.rightFrame.append(self.right.pass(sent[index]))
        }
        let cut = min(self.samplesToCut, heard.count)
        self.samplesToCut -= cut
        output.append(
            recorded: self.leftFrame.span.extracting(cut..<heard.count),
            self.rightFrame.span.extracting(cut..<heard.count))
    }

    /// Brings out what is still delayed.
    mutating func flush(into output: inout AudioPathOutput) {
        self.leftFrame.removeAll(keepingCapacity: true)
        self.rightFrame.removeAll(keepingCapacity: true)
        for _ in 0..<(self.hasBegun ? Self.depth - self.samplesToCut : 0) {
            self.leftFrame.append(self.left.pass(0))
            self.rightFrame.append(self.right.pass(0))
        }
        output.append(recorded: self.leftFrame.span, self.rightFrame.span)
    }
}

/// A ring that gives back what was put in `delay` samples ago.
struct DelayLine: Sendable {
    private var ring: [Int16]
    private var position = 0
    private(set) var delay: Int

    /// The least power of two that holds the longest delay.
    private static let size = 2_048

    init(delay: Int) {
        precondition(delay < Self.size)
        self.ring = Array(repeating: 0, count: Self.size)
        self.delay = delay
    }

    /// A longer delay fills the difference with silence; a shorter one skips what has not come out.
    mutating func setDelay(_ wanted: Int) {
        precondition(wanted < Self.size)
        // What comes out next lies `delay` behind the writing position; what lies further back has come out already.
        if wanted > self.delay {
            for step in (self.delay + 1)...wanted { self.ring[(self.position &- step) & (Self.size - 1)] = 0 }
        }
        self.delay = wanted
    }

    mutating func pass(_ sample: Int16) -> Int16 {
        self.ring[self.position & (Self.size - 1)] = sample
        defer { self.position &+= 1 }
        return self.ring[(self.position &- self.delay) & (Self.size - 1)]
    }
}
