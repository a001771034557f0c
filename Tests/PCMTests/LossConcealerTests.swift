import PCM
import Testing

/// Holes in a stream: what fills them, how they begin and end, and how they stop.
struct LossConcealerTests {
    /// A voice of a kind: six harmonics of a pitch that glides, with a level that swells.
    static func voice(_ count: Int, pitch: Double = 110, glide: Double = 0) -> [Int16] {
        var phase = 0.0
        return (0..<count).map { index in
            let time = Double(index) / 8_000
            phase += (pitch + glide * time) / 8_000
            var sample = 0.0
            for harmonic in 1...6 {
                sample += Self.sine(phase * Double(harmonic)) / Double(harmonic)
            }
            return Int16(4_000 * sample * (1 + 0.3 * Self.sine(3 * time)))
        }
    }

    /// Of turns, by ToneGenerator's own arithmetic being private: a Taylor series is enough here.
    static func sine(_ turns: Double) -> Double {
        let angle = (turns - turns.rounded()) * 2 * .pi
        var term = angle
        var sum = angle
        for order in 1...12 {
            term *= -angle * angle / Double((2 * order) * (2 * order + 1))
            sum += term
        }
        return sum
    }

    /// Plays `signal` in frames of 160 with holes where `isLost` says, with or without a look at the next packet.
    static func play(_ signal: [Int16], looksAhead: Bool, isLost: (Int) -> Bool) -> [Int16] {
        var concealer = LossConcealer()
        var out: [Int16] = []
        let frames = signal.count / 160
        for frame in 0..<frames {
            var samples = Array(signal[(frame * 160)..<((frame + 1) * 160)])
            if isLost(frame) {
                var next: [Int16] = []
                if looksAhead, frame + 1 < frames, !isLost(frame + 1) {
                    next = Array(signal[((frame + 1) * 160)..<((frame + 2) * 160)])
                }
                var span = samples.mutableSpan
                concealer.conceal(&span, in: 0..<span.count, following: next.span)
            } else {
                var span = samples.mutableSpan
                concealer.receive(&span, in: 0..<span.count)
            }
            out += samples
        }
        return out
    }

    /// In dB: how far the error lies below the signal.
    static func signalToError(_ signal: [Int16], _ played: [Int16], in range: Range<Int>) -> Double {
        var power = 0.0
        var error = 0.0
        for index in range {
            power += Double(signal[index]) * Double(signal[index])
            error += (Double(signal[index]) - Double(played[index])) * (Double(signal[index]) - Double(played[index]))
        }
        var decibels = 0.0
        var ratio = power / max(error, 1)
        while ratio >= 10 {
            ratio /= 10
            decibels += 10
        }
        return ratio < 1 ? -1 : decibels + 10 * (ratio - 1) / 9
    }

    @Test func nothingIsChangedWithoutHoles() {
        let signal = Self.voice(8_000)
        let played = Self.play(signal, looksAhead: true) { _ in false }
        #expect(Array(played[20...]) == Array(signal[20...]))
        #expect(played[0].magnitude <= signal[0].magnitude)
    }

    /// A steady voice goes on as if nothing was missing: far better than the silence that is 0 dB.
    @Test(arguments: [80.0, 110, 160, 230, 320], [false, true])
    func oneLostPacketIsHardlyHeard(pitch: Double, looksAhead: Bool) {
        let signal = Self.voice(8_000, pitch: pitch)
        let played = Self.play(signal, looksAhead: looksAhead) { $0 == 20 }
        #expect(Self.signalToError(signal, played, in: 3_200..<3_360) > (looksAhead ? 9 : 6))
    }

    /// A gliding pitch is met in phase when the next packet is known, which no extrapolation can do.
    @Test func aKnownFollowerIsMetInPhase() {
        let signal = Self.voice(8_000, pitch: 120, glide: 60)
        let blind = Self.play(signal, looksAhead: false) { $0 == 25 }
        let seeing = Self.play(signal, looksAhead: true) { $0 == 25 }
        let range = 4_000..<4_160
        #expect(Self.signalToError(signal, seeing, in: range) > Self.signalToError(signal, blind, in: range) + 2)
    }

    /// No step within or at the edges of a hole is larger than the voice's own.
    @Test(arguments: [false, true])
    func holesDoNotClick(looksAhead: Bool) {
        let signal = Self.voice(16_000, pitch: 140)
        let played = Self.play(signal, looksAhead: looksAhead) { $0 % 7 == 3 || $0 % 31 == 4 }
        let own = zip(signal, signal.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
        let steps = zip(played, played.dropFirst()).map { abs(Int($1) - Int($0)) }
        #expect((steps.max() ?? 0) < own * 3 / 2)
    }

    /// Fades from 10 ms on, and is silent after 43 ms.
    @Test func aLongHoleFadesToSilence() {
        let signal = Self.voice(8_000)
        let played = Self.play(signal, looksAhead: true) { (20..<30).contains($0) }
        #expect(played[(3_200 + 350)..<4_800].allSatisfy { $0 == 0 })
        #expect(played[3_200..<3_280].contains { $0.magnitude > 1_000 })
        let later = played[(3_200 + 280)..<(3_200 + 344)].map(\.magnitude).max() ?? 0
        #expect(later < 3_000)
    }

    @Test func theLongestHoleIsTakenAtOnce() {
        var concealer = LossConcealer()
        var samples = Self.voice(LossConcealer.holeLengthMax)
        var span = samples.mutableSpan
        concealer.receive(&span, in: 0..<span.count)
        let silence = [Int16](repeating: 0, count: 160)
        concealer.conceal(&span, in: 0..<span.count, following: silence.span)
        #expect(samples.suffix(1_200).allSatisfy { $0 == 0 })
    }

    @Test func aPauseFallsAndAStartRises() {
        var concealer = LossConcealer()
        var samples = [Int16](repeating: 10_000, count: 160)
        var span = samples.mutableSpan
        concealer.receive(&span, in: 0..<span.count)
        #expect(samples[0] < 1_000 && samples[19] > 9_000 && samples[20] == 10_000)
        span = samples.mutableSpan
        concealer.pause(&span, in: 0..<span.count)
        #expect(samples[0] > 9_000 && samples[19] < 1_000 && samples[20] == 0 && samples[159] == 0)
        span = samples.mutableSpan
        let nothing: [Int16] = []
        concealer.conceal(&span, in: 0..<span.count, following: nothing.span)
        #expect(samples.allSatisfy { $0 == 0 })
    }

    /// Whatever comes, in whatever order, samples stay within their range and nothing traps.
    @Test func extremesAreHarmless() {
        var concealer = LossConcealer()
        var word: UInt64 = 88_172_645_463_325_252
        for _ in 0..<2_000 {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            let count = Int(word >> 8 & 0xFF) + 1
            let level: Int16 = word & 4 == 0 ? .max : .min
            var samples = (0..<count).map { word >> UInt64($0 & 31) & 1 == 0 ? level : 0 }
            let next = [Int16](repeating: level, count: word & 8 == 0 ? 160 : 3)
            var span = samples.mutableSpan
            switch word & 3 {
            case 0: concealer.pause(&span, in: 0..<span.count)
            case 1: concealer.conceal(&span, in: 0..<span.count, following: next.span)
            default: concealer.receive(&span, in: 0..<span.count)
            }
            #expect(samples.count == count)
        }
    }
}
