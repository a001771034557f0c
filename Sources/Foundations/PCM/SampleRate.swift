/// The sampling rates that line and bots may speak, in hertz.
package enum SampleRate: Int32, CaseIterable, Hashable, Sendable, Comparable {
    case hz8000 = 8_000
    case hz16000 = 16_000
    case hz24000 = 24_000
    case hz48000 = 48_000

    /// The rate of `hertz`, or nil when it is not one of the four.
    @inlinable
    package init?(hertz: Int) {
        guard let narrowed = Int32(exactly: hertz) else { return nil }
        self.init(rawValue: narrowed)
    }

    @inlinable
    package var hertz: Int { Int(self.rawValue) }

    /// One frame of the line: 160 samples at 8 kHz, 960 at 48 kHz.
    @inlinable
    package var samplesPer20ms: Int { self.hertz / 50 }

    /// The whole samples that fit into `duration`; a part of a sample is cut off towards zero. `duration` must be shorter
    /// than a day.
    @inlinable
    package func samples(in duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * self.hertz + Int(attoseconds / 1_000_000_000) * self.hertz / 1_000_000_000
    }

    /// The time that `count` samples last, to the nanosecond.
    @inlinable
    package func duration(ofSamples count: Int) -> Duration {
        let (seconds, rest) = count.quotientAndRemainder(dividingBy: self.hertz)
        return .seconds(seconds) + .nanoseconds(rest * 1_000_000_000 / self.hertz)
    }

    @inlinable
    package static func < (left: SampleRate, right: SampleRate) -> Bool {
        left.rawValue < right.rawValue
    }
}
