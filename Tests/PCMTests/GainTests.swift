import PCM
import Testing

@Suite struct GainTests {
    private func apply(_ gain: Gain, to samples: [Int16]) -> [Int16] {
        var samples = samples
        var span = samples.mutableSpan
        gain.apply(to: &span)
        return samples
    }

    @Test func decibelsAreFactors() {
        #expect(Gain(decibels: 0) == .unity)
        #expect(self.apply(Gain(decibels: 6.0206), to: [1_000, -1_000, 0]) == [2_000, -2_000, 0])
        #expect(self.apply(Gain(decibels: -6.0206), to: [1_000, -1_000]) == [500, -500])
        #expect(self.apply(.unity, to: [.min, .max]) == [.min, .max])
    }

    @Test func loudnessSaturates() {
        let loud = Gain(decibels: Gain.decibelsMax)
        #expect(self.apply(loud, to: [.max, .min, 20_000, -20_000, 1]) == [.max, .min, .max, .min, 8])
    }

    @Test func belowTheScaleIsSilence() {
        #expect(Gain(decibels: -73) == .silence)
        #expect(self.apply(.silence, to: [.max, .min, 5]) == [0, 0, 0])
    }

    @Test func mixingSaturates() {
        var samples: [Int16] = [30_000, -30_000, 5, 7]
        var span = samples.mutableSpan
        Gain.mix(([10_000, -10_000, -6] as [Int16]).span, into: &span)
        #expect(samples == [.max, .min, -1, 7])
    }

    @Test func fadesAreLinear() {
        var samples = [Int16](repeating: 1_000, count: 10)
        var span = samples.mutableSpan
        Gain.fadeIn(&span)
        #expect(samples == [0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
        samples = [Int16](repeating: -1_000, count: 10)
        span = samples.mutableSpan
        Gain.fadeOut(&span)
        #expect(samples == [-1_000, -900, -800, -700, -600, -500, -400, -300, -200, -100])
    }

    @Test func aRampOfNothingIsNothing() {
        var samples: [Int16] = []
        var span = samples.mutableSpan
        Gain.ramp(&span, from: .silence, to: .unity)
        let count = span.count
        #expect(count == 0)
    }
}
