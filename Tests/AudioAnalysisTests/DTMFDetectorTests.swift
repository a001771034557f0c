import AudioAnalysis
import PCM
import Testing

/// Keys in audio: the tones of ITU-T Q.23, the tolerances of Q.24, and what is no key.
@Suite struct DTMFDetectorTests {
    private static let rows = [697.0, 770, 852, 941]
    private static let columns = [1_209.0, 1_336, 1_477, 1_633]
    private static let codes: [UInt8] = [1, 2, 3, 12, 4, 5, 6, 13, 7, 8, 9, 14, 10, 0, 11, 15]

    /// A key as code, low and high frequency.
    struct Key: Sendable {
        var code: UInt8
        var low: Double
        var high: Double
    }

    static let keys: [Key] = (0..<16).map {
        Key(code: Self.codes[$0], low: Self.rows[$0 / 4], high: Self.columns[$0 % 4])
    }

    /// A tone pair of a length, with levels in dB of full scale, between silences of 60 ms; through A-law as on the wire.
    private static func signal(
        _ key: Key, milliseconds: Int = 50, shift: Double = 1, low: Double = -14, high: Double = -14,
        offset: Int = 0
    ) -> [Int16] {
        let count = 8 * milliseconds
        var samples = [Int16](repeating: 0, count: 480 + offset)
        for index in 0..<count {
            let time = Double(index) / 8_000
            let value =
                32_767 * Transcendental.powerOf10(low / 20) * Transcendental.sine(2 * .pi * key.low * shift * time)
                + 32_767 * Transcendental.powerOf10(high / 20) * Transcendental.sine(2 * .pi * key.high * shift * time)
            samples.append(ALaw.decode(ALaw.encode(Int16(value))))
        }
        return samples + Array(repeating: 0, count: 480)
    }

    private static func presses(in samples: [Int16], frame: Int = 160) -> [DTMFDetector.Press] {
        var detector = DTMFDetector()
        var presses: [DTMFDetector.Press] = []
        var index = 0
        while index < samples.count {
            let end = min(index + frame, samples.count)
            if let press = detector.process(samples.span.extracting(index..<end)) { presses.append(press) }
            index = end
        }
        return presses
    }

    /// Every key, 40 ms long, wherever it falls against the blocks, in frames of any length.
    @Test(arguments: keys) func everyKey(_ key: Key) {
        for offset in stride(from: 0, to: 102, by: 17) {
            for frame in [160, 80, 37] {
                let presses = Self.presses(in: Self.signal(key, milliseconds: 40, offset: offset), frame: frame)
                #expect(presses.map(\.code) == [key.code], "offset \(offset)")
            }
        }
    }

    /// 1.5 % beside its frequency a tone still counts, and 3.5 % beside it none does (Q.24).
    @Test(arguments: keys) func frequencies(_ key: Key) {
        for shift in [0.985, 1.015] {
            #expect(Self.presses(in: Self.signal(key, milliseconds: 60, shift: shift)).map(\.code) == [key.code])
        }
        for shift in [0.955, 1.045] { #expect(Self.presses(in: Self.signal(key, shift: shift)).isEmpty) }
    }

    /// Levels from -6 to -30 dB, and one tone up to 6 dB louder than the other.
    @Test(arguments: keys) func levels(_ key: Key) {
        for (low, high) in [(-7.0, -7.0), (-30, -30), (-20, -14), (-14, -20)] {
            #expect(Self.presses(in: Self.signal(key, low: low, high: high)).map(\.code) == [key.code])
        }
        for (low, high) in [(-55.0, -55.0), (-10, -25), (-25, -10), (-10, -90)] {
            #expect(Self.presses(in: Self.signal(key, low: low, high: high)).isEmpty, "\(low) and \(high) dB")
        }
    }

    /// A key is told once, with its length, however long it is; two presses with 40 ms between them are two keys.
    @Test func lengths() throws {
        for milliseconds in [40, 100, 500, 3_000] {
            let press = try #require(Self.presses(in: Self.signal(Self.keys[5], milliseconds: milliseconds)).first)
            let shorter = Duration.milliseconds(milliseconds - 20)
            #expect(press.duration > shorter && press.duration < .milliseconds(milliseconds + 20))
        }
        #expect(Self.presses(in: Self.signal(Self.keys[5], milliseconds: 10)).isEmpty)
        let held = Self.presses(in: Self.signal(Self.keys[5], milliseconds: 61_000))
        #expect(held.first?.duration == DTMFDetector.durationMax)
    }

    /// A hole of 8 or 10 ms makes no second key, wherever it falls against the blocks (Q.24: receivers are not to take an
    /// interruption of 10 ms for a pause), and a pause of 40 ms always does.
    @Test(arguments: keys) func holesAndPauses(_ key: Key) {
        let tone = Self.signal(key, milliseconds: 200)
        for start in stride(from: 1_000, to: 1_102, by: 3) {
            for hole in [64, 80] {
                var holed = tone
                for index in start..<(start + hole) { holed[index] = 0 }
                #expect(Self.presses(in: holed).map(\.code) == [key.code], "\(hole) samples at \(start)")
            }
        }
        for offset in stride(from: 0, to: 102, by: 5) {
            let one = Self.signal(key, milliseconds: 60, offset: offset)
            let two = Array(one.dropLast(480 - 320)) + Self.signal(key, milliseconds: 60).dropFirst(480)
            #expect(Self.presses(in: two).map(\.code) == [key.code, key.code], "offset \(offset)")
        }
    }

    /// Voices, noise, music and single tones press nothing.
    @Test func whatIsNoKey() {
        var random = SplitMix(state: 23)
        var samples: [Int16] = []
        for _ in 0..<400 {
            // A voice of some pitch for 150 ms, with its harmonics.
            let pitch = Double.random(in: 80...400, using: &random)
            let tilt = Double.random(in: 0.5...1.5, using: &random)
            for index in 0..<1_200 {
                var sum = 0.0
                for harmonic in 1...9 {
                    let weight = Transcendental.powerOf10(-Double(harmonic) * tilt / 10)
                    sum += weight * Transcendental.sine(2 * .pi * pitch * Double(harmonic) * Double(index) / 8_000)
                }
                samples.append(Int16(5_000 * sum))
            }
        }
        #expect(Self.presses(in: samples).isEmpty)
        let noise = (0..<80_000).map { _ in Int16.random(in: -8_000...8_000, using: &random) }
        #expect(Self.presses(in: noise).isEmpty)
        for frequency in Self.rows + Self.columns + [425, 350, 440] {
            let tone = (0..<8_000).map { Int16(9_000 * Transcendental.sine(2 * .pi * frequency * Double($0) / 8_000)) }
            #expect(Self.presses(in: tone).isEmpty)
        }
    }
}

/// The same numbers in each run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
