import PCM

/// Finds the keys of a telephone in audio at 8 kHz, by the tones of ITU-T Q.23 and near the limits of Q.24.
///
/// Blocks of 12.75 ms are set against the eight frequencies (Goertzel). A block holds a key when one low and one high
/// tone stand out of their groups, are about equally loud, and are most of what is heard: speech has energy elsewhere.
/// Two such blocks in a row press the key, and two without it release it, so that a tone of 40 ms counts, one of 20 ms
/// may not, and 40 ms of silence, which fill two blocks wherever they fall, part two presses. A key that is pressed is
/// looked for less strictly than one that is new: a hole of up to 10 ms that falls on the border of two blocks leaves
/// each of them a shorter piece of tone, whose frequencies are less sharp, and is still the same key.
///
///     idle ──key──▶ rising ──same key──▶ pressed ──two blocks without──▶ idle
///      ▲               └──another or none──▶ (begins anew)
///
/// Costs some 1,300 multiplications a block; takes its memory at the start.
package struct DTMFDetector: Sendable {
    /// A key that was pressed and released.
    package struct Press: Hashable, Sendable {
        /// The event code of RFC 4733: 0 to 9, 10 for `*`, 11 for `#`, 12 to 15 for A to D.
        package var code: UInt8
        package var duration: Duration
    }

    private enum State: Hashable, Sendable {
        case idle
        case rising(UInt8)
        case pressed(UInt8, blocks: Int, gap: Int)
    }

    private var state = State.idle
    private var resonators: [Resonator]
    private var powers: [Float]
    private var energy: Float = 0
    private var filled = 0

    /// Samples of a block.
    package static let blockLength = 102
    /// A key that is held for longer is told after so long, and again.
    package static let durationMax = Duration.seconds(60)

    package init() {
        self.resonators = Self.frequencies.map(Resonator.init)
        self.powers = Array(repeating: 0, count: Self.frequencies.count)
    }

    /// Takes the next samples, and returns the key that they show to be released: one at most in 50 ms of audio.
    package mutating func process(_ samples: Span<Int16>) -> Press? {
        var press: Press?
        for index in 0..<samples.count {
            let sample = Float(samples[index])
            for tone in self.resonators.indices { self.resonators[tone].add(sample) }
            self.energy += sample * sample
            self.filled += 1
            guard self.filled == Self.blockLength else { continue }
            for tone in self.resonators.indices { self.powers[tone] = self.resonators[tone].takePower() }
            press = self.judge(self.keyHeard) ?? press
            self.energy = 0
            self.filled = 0
        }
        return press
    }

    private mutating func judge(_ key: UInt8?) -> Press? {
        switch (self.state, key) {
        case (.idle, nil), (.rising, nil):
            self.state = .idle
        case (.idle, let key?):
            self.state = .rising(key)
        case (.rising(let earlier), let key?):
            self.state = key == earlier ? .pressed(key, blocks: 2, gap: 0) : .rising(key)
        case (.pressed(let pressed, let blocks, let gap), let key):
            if key == pressed {
                self.state = .pressed(pressed, blocks: blocks + gap + 1, gap: 0)
                guard Self.duration(ofBlocks: blocks + gap + 1) >= Self.durationMax else { return nil }
                self.state = .rising(pressed)
                return Press(code: pressed, duration: Self.durationMax)
            }
            guard gap == 0, key == nil else {
                self.state = key.map { .rising($0) } ?? .idle
                return Press(code: pressed, duration: Self.duration(ofBlocks: blocks))
            }
            self.state = .pressed(pressed, blocks: blocks, gap: 1)
        }
        return nil
    }

    /// The key that the block holds: any that is there beyond doubt, or the pressed one if it may be there.
    private var keyHeard: UInt8? {
        if let key = self.key(Self.certain) { return key }
        guard case .pressed(let pressed, _, _) = self.state, self.key(Self.probable) == pressed else { return nil }
        return pressed
    }

    private func key(_ certainty: Certainty) -> UInt8? {
        guard self.energy >= Self.energyMin else { return nil }
        let powers = self.powers
        guard let low = certainty.loudest(of: powers[0..<4]), let high = certainty.loudest(of: powers[4..<8]) else {
            return nil
        }
        let (lowPower, highPower) = (powers[low], powers[high])
        guard lowPower <= highPower * Self.twistMax, highPower <= lowPower * Self.twistMax else { return nil }
        let tones = 2 * (lowPower + highPower) / Float(Self.blockLength)
        guard tones >= self.energy * certainty.shareMin else { return nil }
        return Self.codes[low * 4 + (high - 4)]
    }

    /// How much of a block the key's tones have to be.
    private struct Certainty: Sendable {
        /// By how much a tone exceeds each other one of its group, as a ratio of powers.
        var standOutMin: Float
        /// What both tones together are of all the energy.
        var shareMin: Float

        /// The tone that stands out of its group.
        func loudest(of group: ArraySlice<Float>) -> Int? {
            guard let loudest = group.indices.max(by: { group[$0] < group[$1] }) else { return nil }
            for other in group.indices where other != loudest {
                guard group[other] * self.standOutMin <= group[loudest] else { return nil }
            }
            return loudest
        }
    }

    private static func duration(ofBlocks blocks: Int) -> Duration {
        SampleRate.hz8000.duration(ofSamples: blocks * Self.blockLength)
    }

    /// A mean square of -45 dB of full scale.
    private static let energyMin: Float = Float(Self.blockLength) * 184 * 184
    /// 8 dB either way.
    private static let twistMax: Float = 6.3
    /// A whole block of tone: 8 dB.
    private static let certain = Certainty(standOutMin: 6.3, shareMin: 0.65)
    /// Half a block of tone has a share of one half, and tones 73 Hz apart differ by 2 dB.
    private static let probable = Certainty(standOutMin: 1.6, shareMin: 0.45)
    /// Rows, then columns, in hertz.
    private static let frequencies: [Double] = [697, 770, 852, 941, 1_209, 1_336, 1_477, 1_633]
    /// By row and column.
    private static let codes: [UInt8] = [1, 2, 3, 12, 4, 5, 6, 13, 7, 8, 9, 14, 10, 0, 11, 15]
}

/// A Goertzel filter: how strong one frequency is in a block.
private struct Resonator: Sendable {
    private let coefficient: Float
    private var last: Float = 0
    private var before: Float = 0

    init(frequency: Double) {
        self.coefficient = Float(2 * Transcendental.sine(2 * .pi * frequency / 8_000 + .pi / 2))
    }

    mutating func add(_ sample: Float) {
        let value = sample + self.coefficient * self.last - self.before
        self.before = self.last
        self.last = value
    }

    /// The square of the spectrum's magnitude; the next block begins.
    mutating func takePower() -> Float {
        defer {
            self.last = 0
            self.before = 0
        }
        return self.last * self.last + self.before * self.before - self.coefficient * self.last * self.before
    }
}
