/// The level of a stream since the meter was last reset: root mean square, peak and clipped samples.
///
/// Levels are in dBFS against a square wave of full scale, so a sine of full scale has an RMS of -3.01 dBFS.
package struct LevelMeter: Hashable, Sendable {
    package private(set) var sampleCount: UInt64 = 0
    /// Samples at either end of the scale.
    package private(set) var clippedCount: UInt64 = 0
    /// The greatest magnitude seen, 0 to 32,768.
    package private(set) var peak: Int32 = 0

    private var sumOfSquares: UInt64 = 0

    /// What stands for the level of digital silence, or of nothing.
    package static let silence = -96.0

    package init() {}

    /// Adds samples. The sum holds more than two days of full scale at 48 kHz; beyond, it would have to be reset.
    package mutating func add(_ samples: Span<Int16>) {
        var sum: UInt64 = 0
        var peak: Int32 = self.peak
        var clipped: UInt64 = 0
        for index in 0..<samples.count {
            // Safe: the index is below the count.
            let sample = Int32(unsafe samples[unchecked: index])
            let magnitude = sample < 0 ? 0 &- sample : sample
            sum &+= UInt64(UInt32(bitPattern: sample &* sample))
            peak = max(peak, magnitude)
            clipped &+= magnitude >= 32_767 ? 1 : 0
        }
        self.sumOfSquares = self.sumOfSquares.addingReportingOverflow(sum).overflow ? .max : self.sumOfSquares &+ sum
        self.peak = peak
        self.clippedCount &+= clipped
        self.sampleCount &+= UInt64(samples.count)
    }

    /// The root mean square in dBFS, not below ``silence``.
    package var rmsLevel: Double {
        guard self.sampleCount > 0 && self.sumOfSquares > 0 else { return Self.silence }
        let mean = Double(self.sumOfSquares) / Double(self.sampleCount)
        return max(10 * Transcendental.logarithm10(mean / (32_768 * 32_768)), Self.silence)
    }

    /// The peak in dBFS, not below ``silence``.
    package var peakLevel: Double {
        guard self.peak > 0 else { return Self.silence }
        return max(20 * Transcendental.logarithm10(Double(self.peak) / 32_768), Self.silence)
    }

    package mutating func reset() {
        self = LevelMeter()
    }
}
