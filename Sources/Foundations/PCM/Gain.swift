/// A loudness factor over samples: saturating, never wrapping.
///
/// Held as a fixed-point number with 12 fraction bits, from silence to +18 dB (a factor just below 8).
package struct Gain: Hashable, Sendable {
    package let factor: Int32

    private static let fractionBits: Int32 = 12
    package static let unity = Gain(factor: 1 << fractionBits)
    package static let silence = Gain(factor: 0)
    /// The loudest, in decibels.
    package static let decibelsMax = 18.0

    private init(factor: Int32) {
        self.factor = factor
    }

    /// A gain of `decibels`, which must not exceed ``decibelsMax``; below -72 dB it is silence.
    package init(decibels: Double) {
        precondition(decibels <= Self.decibelsMax, "louder than the scale")
        let scale = Double(1 << Self.fractionBits)
        self.factor = decibels < -72 ? 0 : Int32((Transcendental.powerOf10(decibels / 20) * scale).rounded())
    }

    /// Multiplies every sample, rounds to the nearest, and saturates.
    package func apply(to samples: inout MutableSpan<Int16>) {
        if self == .unity { return }
        for index in 0..<samples.count {
            samples[index] = Self.scale(samples[index], by: self.factor)
        }
    }

    /// Adds `other` to `samples`, saturating; only as many samples as both have.
    package static func mix(_ other: Span<Int16>, into samples: inout MutableSpan<Int16>) {
        for index in 0..<min(samples.count, other.count) {
            let sum = Int32(samples[index]) + Int32(other[index])
            samples[index] = Int16(clamping: sum)
        }
    }

    /// Moves linearly from `start` at the first sample to `end` just after the last.
    package static func ramp(_ samples: inout MutableSpan<Int16>, from start: Gain, to end: Gain) {
        let count = samples.count
        for index in 0..<count {
            let step = (Int64(end.factor) - Int64(start.factor)) * Int64(index) / Int64(count)
            samples[index] = Self.scale(samples[index], by: start.factor + Int32(step))
        }
    }

    /// From silence up to the samples as they are.
    package static func fadeIn(_ samples: inout MutableSpan<Int16>) {
        Self.ramp(&samples, from: .silence, to: .unity)
    }

    /// From the samples as they are down to silence.
    package static func fadeOut(_ samples: inout MutableSpan<Int16>) {
        Self.ramp(&samples, from: .unity, to: .silence)
    }

    private static func scale(_ sample: Int16, by factor: Int32) -> Int16 {
        let half: Int32 = 1 << (Self.fractionBits - 1)
        return Int16(clamping: (Int32(sample) &* factor &+ half) &>> Self.fractionBits)
    }
}
