/// How a voice would go on: its last period over and over, for as long as somebody asks.
///
/// The period's end is overlapped with what came before its beginning, so that the joints are smooth, and the step from the
/// last real sample to the first extended one is spread over a quarter of the period. Its memory is taken once.
struct PitchExtension: Sendable {
    private var cycle: [Float]
    private(set) var period: Int
    /// What the first extended sample misses to follow the last real one.
    private var step: Float = 0
    private var overlap = 1

    init(periodMax: Int) {
        self.cycle = Array(repeating: 0, count: periodMax)
        self.period = periodMax
    }

    /// Prepares the continuation of `signal`, which holds the period and a quarter of it before.
    mutating func follow(_ signal: Span<Float>, period: Int) {
        let overlap = max(period / 4, 4)
        precondition(period <= self.cycle.count && signal.count > period + overlap, "too few samples to go on from")
        let start = signal.count - period
        for index in 0..<period { self.cycle[index] = signal[start + index] }
        for index in 0..<overlap {
            let weight = Float(index + 1) / Float(overlap + 1)
            let place = period - overlap + index
            self.cycle[place] = self.cycle[place] * (1 - weight) + signal[start - overlap + index] * weight
        }
        self.period = period
        self.overlap = overlap
        self.step = signal[signal.count - 1] - signal[start - 1]
    }

    /// The sample at `position` after the last real one.
    subscript(position: Int) -> Float {
        let sample = self.cycle[position % self.period]
        guard position < self.overlap else { return sample }
        return sample + self.step * (1 - Float(position + 1) / Float(self.overlap + 1))
    }

    /// Between two samples, in a straight line.
    func value(at place: Float) -> Float {
        let position = Int(place)
        let fraction = place - Float(position)
        return self[position] * (1 - fraction) + self[position + 1] * fraction
    }
}
