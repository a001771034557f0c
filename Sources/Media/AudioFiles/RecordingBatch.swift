/// What one pass takes out of a ring: runs of frames, each with the silence that goes before it.
struct RecordingBatch {
    struct Run {
        /// Frames of silence before the run, for those that were dropped.
        let silence: UInt64
        /// The run's bytes within ``RecordingBatch/bytes``.
        var bytes: Range<Int>
    }

    private(set) var bytes: [UInt8] = []
    private(set) var runs: [Run] = []

    static let framesMax = 8_192
    /// Two samples of 16 bits.
    static let frameLength = 4

    init() {
        self.bytes.reserveCapacity(Self.framesMax * Self.frameLength)
    }

    /// Replaces what the batch holds by what the ring holds. True when the ring may hold more.
    mutating func fill(from ring: RecordingRing) -> Bool {
        self.bytes.removeAll(keepingCapacity: true)
        self.runs.removeAll(keepingCapacity: true)
        self.runs.append(Run(silence: 0, bytes: 0..<0))
        let taken = ring.drain(framesMax: Self.framesMax) { piece in
            switch piece {
            case .silence(let frames): self.startRun(afterSilence: frames)
            case .frame(let frame): self.append(frame)
            }
        }
        self.endRun()
        return taken == Self.framesMax
    }

    private mutating func startRun(afterSilence frames: UInt64) {
        self.endRun()
        self.runs.append(Run(silence: frames, bytes: self.bytes.count..<self.bytes.count))
    }

    private mutating func endRun() {
        let start = self.runs[self.runs.count - 1].bytes.lowerBound
        self.runs[self.runs.count - 1].bytes = start..<self.bytes.count
    }

    private mutating func append(_ frame: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            self.bytes.append(UInt8(truncatingIfNeeded: frame >> shift))
        }
    }
}
