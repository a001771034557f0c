/// The period of a voice, found where a stretch of samples is most like itself a moment before.
struct PitchPeriod: Hashable, Sendable {
    /// In samples.
    let length: Int
    /// How alike: the normalised correlation, -1 to 1. Voiced speech is above 0.7 or so.
    let likeness: Float

    /// Finds the period in the last samples of `signal`.
    ///
    /// - Parameters:
    ///   - template: how many of the last samples are compared with those before them.
    ///   - lengths: the periods that are tried; `signal` holds the longest of them and the template.
    ///
    /// It may find a multiple of the period, which serves as well: what goes on is as alike.
    static func atEnd(of signal: Span<Float>, template: Int, lengths: ClosedRange<Int>) -> PitchPeriod {
        precondition(signal.count >= template + lengths.upperBound, "too few samples for this search")
        let start = signal.count - template
        var best = PitchPeriod(length: lengths.upperBound, likeness: -1)
        for length in lengths {
            let likeness = Self.likeness(of: signal, from: start, count: template, and: start - length)
            if likeness > best.likeness { best = PitchPeriod(length: length, likeness: likeness) }
        }
        return best
    }

    /// The normalised correlation of `count` samples at two places of one signal; 0 where either is silent.
    static func likeness(of signal: Span<Float>, from first: Int, count: Int, and second: Int) -> Float {
        var product: Float = 0
        var energy: Float = 0
        var otherEnergy: Float = 0
        for index in 0..<count {
            let sample = signal[first + index]
            let other = signal[second + index]
            product += sample * other
            energy += sample * sample
            otherEnergy += other * other
        }
        let scale = (energy * otherEnergy).squareRoot()
        return scale > 0 ? product / scale : 0
    }
}
