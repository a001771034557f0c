/// Fills the holes that lost packets leave in speech at 8 kHz, so that they are hardly heard.
///
/// After the idea of ITU-T G.711 Appendix I: the last pitch period goes on, fades from 10 ms on, and is overlapped with the
/// audio that comes back. Two things are different. Nothing is delayed: the joint is smoothed inside the hole. And where
/// the packet behind the hole is there already, as it is for most single losses when packets wait in a jitter buffer, the
/// continuation is bent so that it meets that packet in phase and in level, and its own backward continuation is mixed in.
///
/// ```
///   silent ──audio──▶ sounding ──hole──▶ concealing ──audio──▶ sounding
///     ▲                   └──pause──▶ falling ◀──pause──┘
///     └───────────2.5 ms─────────────────┘
/// ```
/// Audio that sets in after a pause rises within 2.5 ms, and audio that pauses falls as fast, so neither clicks. All memory is
/// taken at the start. A hole costs some 25,000 multiplications once; audio that comes costs a copy.
package struct LossConcealer: Sendable {
    private enum State: Sendable {
        case silent
        case sounding
        case concealing(Hole)
        case falling(from: Float, step: Int)
    }

    private struct Hole: Sendable {
        /// How much has been filled.
        var length = 0
        /// Where the extension goes on; not `length` when it was bent.
        var position = 0
        /// How the audio that comes back is met.
        var joint = Joint.overlap
    }

    private enum Joint: Sendable {
        /// The filling ends anywhere: an overlap that is longer for longer holes.
        case overlap
        /// The filling was bent towards the audio: a short overlap.
        case bent
        /// The filling ends in the audio's own backward continuation.
        case seamless
    }

    private var state = State.silent
    /// The last samples, real or filled in, oldest first.
    private var history: [Float]
    private var ahead: PitchExtension
    private var back: PitchExtension
    private var backward: [Float]

    /// The longest hole that is given at once.
    package static let holeLengthMax = 1_600
    /// How much of the audio behind a hole is looked at: 20 ms.
    package static let lookAhead = 160

    package init() {
        self.history = Array(repeating: 0, count: Self.historyLength)
        self.ahead = PitchExtension(periodMax: Self.periods.upperBound)
        self.back = PitchExtension(periodMax: Self.periods.upperBound)
        self.backward = Array(repeating: 0, count: Self.lookAhead)
    }

    /// Audio came: the samples of `range` are changed where they follow a hole or a pause, and remembered.
    package mutating func receive(_ samples: inout MutableSpan<Int16>, in range: Range<Int>) {
        guard !range.isEmpty else { return }
        switch self.state {
        case .sounding:
            break
        case .silent, .falling:
            for step in 0..<min(range.count, Self.rampLength) {
                let weight = Float(step + 1) / Float(Self.rampLength + 1)
                let index = range.lowerBound + step
                samples[index] = Self.sample(Float(samples[index]) * weight)
            }
        case .concealing(let hole):
            self.join(hole, to: &samples, in: range)
        }
        self.state = .sounding
        self.remember(samples.span.extracting(range))
    }

    /// Audio should be here and is not: fills `range`, at most ``holeLengthMax`` of them.
    ///
    /// - Parameter following: the audio behind the hole as far as it is there, or nothing.
    package mutating func conceal(
        _ samples: inout MutableSpan<Int16>, in range: Range<Int>, following: Span<Int16>
    ) {
        precondition(range.count <= Self.holeLengthMax, "a hole in pieces, please")
        var hole: Hole
        switch self.state {
        case .silent, .falling:
            self.pause(&samples, in: range)
            return
        case .sounding:
            hole = Hole()
            self.goOn()
        case .concealing(let open):
            hole = open
        }
        let reaches = following.count >= Self.lookAhead && hole.length + range.count <= Self.reachMax
        if reaches {
            self.bridge(&samples, in: range, &hole, to: following)
        } else {
            for step in 0..<range.count {
                let gain = Self.gain(at: hole.length + step)
                samples[range.lowerBound + step] =
                    gain > 0 ? Self.sample(self.ahead[hole.position + step] * gain) : 0
            }
            hole.position += range.count
            hole.joint = .overlap
        }
        hole.length += range.count
        self.state = .concealing(hole)
        self.remember(samples.span.extracting(range))
    }

    /// Nothing is meant to play: what sounds falls to silence.
    package mutating func pause(_ samples: inout MutableSpan<Int16>, in range: Range<Int>) {
        switch self.state {
        case .sounding, .concealing: self.state = .falling(from: self.history.last ?? 0, step: 0)
        case .silent, .falling: break
        }
        for index in range {
            guard case .falling(let from, let step) = self.state else {
                samples[index] = 0
                continue
            }
            samples[index] = Self.sample(from * Float(Self.rampLength - step) / Float(Self.rampLength + 1))
            self.state = step + 1 < Self.rampLength ? .falling(from: from, step: step + 1) : .silent
        }
        self.remember(samples.span.extracting(range))
    }

    // MARK: - Filling

    /// Fills the rest of a hole so that it ends where `following` begins.
    private mutating func bridge(
        _ samples: inout MutableSpan<Int16>, in range: Range<Int>, _ hole: inout Hole, to following: Span<Int16>
    ) {
        let count = range.count
        self.goBack(from: following)
        let shift = self.shift(at: hole.position + count, towards: following)
        let ratio = self.levelRatio(to: following)
        var bent = shift != nil
        // How far the two continuations agree decides whether both can sound at once.
        var likeness: Float = 0
        if let shift { likeness = self.likeness(over: count, from: hole.position, bentBy: shift) }
        let mixes = likeness > Self.mixes
        for step in 0..<count {
            let way = Float(step) / Float(count)
            let gain = Self.gain(at: hole.length + step)
            let backward = self.back[count - 1 - step]
            guard let shift else {
                // Different sounds on both sides: one gives way to the other at equal power.
                let forward = self.ahead[hole.position + step] * gain
                samples[range.lowerBound + step] = Self.sample(
                    forward * (1 - way).squareRoot() + backward * way.squareRoot())
                bent = false
                continue
            }
            let place = Float(hole.position) + Float(step) * Float(count + shift) / Float(count)
            let level = (1 - way) + ratio * way
            let fade = hole.length > 0 ? gain * (1 - way) + way : 1
            let forward = self.ahead.value(at: place) * level * fade
            samples[range.lowerBound + step] = Self.sample(mixes ? forward * (1 - way) + backward * way : forward)
        }
        hole.position += count + (shift ?? 0)
        hole.joint = bent && !mixes ? .bent : .seamless
    }

    /// Prepares the continuation of the audio before the hole.
    private mutating func goOn() {
        let period = PitchPeriod.atEnd(of: self.history.span, template: Self.template, lengths: Self.periods)
        // Taken out for as long as its span is at work: a span of a property keeps the whole owner busy.
        var history: [Float] = []
        swap(&history, &self.history)
        self.ahead.follow(history.span, period: period.length)
        swap(&history, &self.history)
    }

    /// Prepares the backward continuation of the audio behind the hole.
    private mutating func goBack(from following: Span<Int16>) {
        for index in 0..<Self.lookAhead { self.backward[Self.lookAhead - 1 - index] = Float(following[index]) }
        let period = PitchPeriod.atEnd(
            of: self.backward.span, template: Self.backwardTemplate, lengths: Self.backwardPeriods)
        var backward: [Float] = []
        swap(&backward, &self.backward)
        self.back.follow(backward.span, period: period.length)
        swap(&backward, &self.backward)
    }

    /// By how much the extension at `position` is out of phase with what follows; nil when the two are not alike.
    private func shift(at position: Int, towards following: Span<Int16>) -> Int? {
        let period = self.ahead.period
        let count = min(Self.lookAhead, max(period, 80))
        var energy: Float = 0
        for index in 0..<count { energy += Float(following[index]) * Float(following[index]) }
        var best: (likeness: Float, shift: Int) = (Self.alike, 0)
        var isAlike = false
        for shift in max(-period / 2, -position)...(period / 2) {
            var product: Float = 0
            var ownEnergy: Float = 0
            for index in 0..<count {
                let own = self.ahead[position + shift + index]
                product += own * Float(following[index])
                ownEnergy += own * own
            }
            let scale = (energy * ownEnergy).squareRoot()
            guard scale > 0 else { continue }
            // A small bend is preferred to a large one that is hardly better.
            let likeness = product / scale - 0.1 * Float(shift.magnitude) / Float(period)
            if likeness > best.likeness {
                best = (likeness, shift)
                isAlike = true
            }
        }
        return isAlike ? best.shift : nil
    }

    private func likeness(over count: Int, from position: Int, bentBy shift: Int) -> Float {
        var product: Float = 0
        var energy: Float = 0
        var otherEnergy: Float = 0
        for index in 0..<count {
            let place = Float(position) + Float(index) * Float(count + shift) / Float(count)
            let own = self.ahead.value(at: place)
            let other = self.back[count - 1 - index]
            product += own * other
            energy += own * own
            otherEnergy += other * other
        }
        let scale = (energy * otherEnergy).squareRoot()
        return scale > 0 ? product / scale : 0
    }

    /// How much louder the audio behind the hole is than that before it.
    private func levelRatio(to following: Span<Int16>) -> Float {
        var before: Float = 0
        var after: Float = 0
        for index in 0..<Self.levelLength {
            let sample = self.history[Self.historyLength - 1 - index]
            before += sample * sample
            after += Float(following[index]) * Float(following[index])
        }
        guard before > 0 else { return 1 }
        return min(max((after / before).squareRoot(), 0.2), 3)
    }

    /// Overlaps the first samples that came back with what the filling would have gone on with.
    private func join(_ hole: Hole, to samples: inout MutableSpan<Int16>, in range: Range<Int>) {
        let length =
            switch hole.joint {
            case .overlap: min(Self.overlapMax, 32 + 32 * max(0, (hole.length - 80) / 80))
            case .bent: 16
            case .seamless: 0
            }
        let count = min(length, range.count)
        for step in 0..<count {
            let weight = Float(step + 1) / Float(count + 1)
            let filling = self.ahead[hole.position + step] * Self.gain(at: hole.length + step)
            let index = range.lowerBound + step
            samples[index] = Self.sample(filling * (1 - weight) + Float(samples[index]) * weight)
        }
    }

    private mutating func remember(_ samples: Span<Int16>) {
        let count = min(samples.count, Self.historyLength)
        for index in 0..<(Self.historyLength - count) { self.history[index] = self.history[index + count] }
        let start = samples.count - count
        for index in 0..<count {
            self.history[Self.historyLength - count + index] = Float(samples[start + index])
        }
    }

    /// Whole for 10 ms, then less by 3 % a millisecond: silent after 43 ms.
    private static func gain(at position: Int) -> Float {
        min(1, max(0, 1 - 0.03 * (Float(position) / 8 - 10)))
    }

    private static func sample(_ value: Float) -> Int16 {
        Int16(max(-32_768, min(32_767, value.rounded())))
    }

    /// 50 to 400 Hz.
    private static let periods = 20...160
    /// The period, and the 20 ms that it is looked for in; more than a period and a quarter of it.
    private static let historyLength = 320
    private static let template = 160
    private static let backwardPeriods = 20...95
    private static let backwardTemplate = 64
    /// A hole that is filled from both sides is no longer than this: 60 ms.
    private static let reachMax = 480
    private static let levelLength = 80
    private static let overlapMax = 80
    /// Above this the sounds on both sides are one sound.
    private static let alike: Float = 0.5
    private static let mixes: Float = 0.6
    /// 2.5 ms.
    private static let rampLength = 20
}
