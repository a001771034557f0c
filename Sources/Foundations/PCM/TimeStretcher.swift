/// Makes a short piece of audio a little shorter or longer without a click, by one period of what sounds in it.
///
/// The piece is laid over itself a period apart and faded from one copy to the other over all that they share, so that
/// both ends stay as they were and it joins its neighbours as before. On speech it is not heard where the copies are
/// alike; on the quiet of a pause any period serves. All memory is taken at the start.
package struct TimeStretcher: Sendable {
    private var signal: [Float]

    /// The longest piece.
    package static let pieceLengthMax = 1_600
    /// A piece grows by so many samples at most, and shrinks by no more.
    package static let changeMax = 100
    /// Voices from 80 to 400 Hz, at 8 kHz.
    private static let periodMin = 20
    /// The copies share at least this much.
    private static let overlapMin = 40

    /// - Parameter pieceLengthMax: the longest piece that comes, at most ``pieceLengthMax``.
    package init(pieceLengthMax: Int = Self.pieceLengthMax) {
        self.signal = Array(repeating: 0, count: pieceLengthMax)
    }

    /// Shortens the first `count` samples, and returns how many of them are left: `count` where no period is alike enough.
    ///
    /// - Parameter likenessMin: how alike the copies have to be, -1 to 1; -1 takes the best there is.
    package mutating func shorten(_ samples: inout MutableSpan<Int16>, count: Int, likenessMin: Float) -> Int {
        guard let period = self.period(of: samples, count: count, likenessMin: likenessMin) else { return count }
        let shared = count - period
        for index in 0..<shared {
            let weight = Float(index + 1) / Float(shared + 1)
            samples[index] = Self.sample(
                self.signal[index] * (1 - weight) + self.signal[index + period] * weight)
        }
        return shared
    }

    /// Lengthens the first `count` samples of a span that has room for `changeMax` more, and returns how many there are.
    package mutating func lengthen(_ samples: inout MutableSpan<Int16>, count: Int, likenessMin: Float) -> Int {
        precondition(count + Self.changeMax <= samples.count, "room for what is put in")
        guard let period = self.period(of: samples, count: count, likenessMin: likenessMin) else { return count }
        let shared = count - period
        for index in 0..<shared {
            let weight = Float(index + 1) / Float(shared + 1)
            samples[period + index] = Self.sample(
                self.signal[period + index] * (1 - weight) + self.signal[index] * weight)
        }
        for index in shared..<count { samples[period + index] = Self.sample(self.signal[index]) }
        return count + period
    }

    /// The period by which the piece is most like itself; nil for a piece too short or too little alike.
    private mutating func period(
        of samples: borrowing MutableSpan<Int16>, count: Int, likenessMin: Float
    ) -> Int? {
        precondition(count <= self.signal.count && count <= samples.count, "a short piece, please")
        let longest = min(Self.changeMax, count - Self.overlapMin)
        guard longest >= Self.periodMin else { return nil }
        for index in 0..<count { self.signal[index] = Float(samples[index]) }
        let signal = self.signal.span
        var best = (period: 0, likeness: Float(-2))
        for period in Self.periodMin...longest {
            let likeness = PitchPeriod.likeness(of: signal, from: period, count: count - period, and: 0)
            if likeness > best.likeness { best = (period, likeness) }
        }
        // Digital silence is like itself, though its correlation is none.
        guard best.likeness >= likenessMin else { return nil }
        return best.likeness == 0 ? longest : best.period
    }

    private static func sample(_ value: Float) -> Int16 {
        Int16(max(-32_768, min(32_767, value.rounded())))
    }
}
