import Foundation
import PCM
import Testing

@Suite struct ToneAndLevelTests {
    private func fill(_ generator: inout ToneGenerator, _ count: Int) -> [Int16] {
        var samples = [Int16](repeating: 0, count: count)
        var span = samples.mutableSpan
        generator.fill(&span)
        return samples
    }

    private func meter(_ samples: [Int16]) -> LevelMeter {
        var meter = LevelMeter()
        meter.add(samples.span)
        return meter
    }

    /// A sine, sample by sample, also after the phase was renewed many times.
    @Test(arguments: SampleRate.allCases)
    func aToneIsASine(rate: SampleRate) {
        var generator = ToneGenerator(frequency: 440.5, level: -6, rate: rate)
        let samples = self.fill(&generator, rate.hertz * 5)
        let amplitude = 32_767 * pow(10, -6.0 / 20)
        for index in stride(from: 0, to: samples.count, by: 37) {
            let expected = amplitude * sin(2 * .pi * 440.5 * Double(index) / Double(rate.hertz))
            #expect(abs(Double(samples[index]) - expected) <= 1)
        }
    }

    @Test func chunksJoinWithoutASeam() {
        var whole = ToneGenerator(frequencies: (770, 1_336), level: -9, rate: .hz8000)
        var parts = whole
        let expected = self.fill(&whole, 9_000)
        var joined: [Int16] = []
        for count in [1, 0, 159, 160, 3_000, 4_680, 999, 1] { joined += self.fill(&parts, count) }
        #expect(joined == expected)
    }

    /// The tones of digit 5, each at its level.
    @Test func aPairHasBothItsTones() {
        var generator = ToneGenerator(frequencies: (770, 1_336), level: -9, rate: .hz8000)
        let samples = self.fill(&generator, 8_000)
        for frequency in [770.0, 1_336] {
            var real = 0.0
            var imaginary = 0.0
            for (index, sample) in samples.enumerated() {
                let angle = 2 * Double.pi * frequency * Double(index) / 8_000
                real += Double(sample) * cos(angle) / 4_000
                imaginary += Double(sample) * sin(angle) / 4_000
            }
            #expect(abs(20 * log10(hypot(real, imaginary) / 32_767) + 9) < 0.01)
        }
    }

    @Test func twoLoudTonesSaturate() {
        var generator = ToneGenerator(frequencies: (700, 900), level: 0, rate: .hz8000)
        let samples = self.fill(&generator, 8_000)
        #expect(samples.contains(.max))
        #expect(samples.contains(.min))
    }

    @Test func aSineOfFullScaleIsThreeDecibelsDown() {
        var generator = ToneGenerator(frequency: 1_000, level: 0, rate: .hz8000)
        let level = self.meter(self.fill(&generator, 8_000))
        #expect(abs(level.rmsLevel + 3.01) < 0.01)
        #expect(abs(level.peakLevel) < 0.01)
        #expect(level.sampleCount == 8_000)
        #expect(level.clippedCount == 2_000)
    }

    @Test func silenceHasTheLeastLevel() {
        #expect(LevelMeter().rmsLevel == LevelMeter.silence)
        let level = self.meter([Int16](repeating: 0, count: 160))
        #expect(level.rmsLevel == LevelMeter.silence)
        #expect(level.peakLevel == LevelMeter.silence)
        #expect(level.peak == 0)
    }

    /// The least sample has the greatest magnitude, which `Int16` cannot hold.
    @Test func theLeastSampleIsFullScale() {
        var level = self.meter([Int16](repeating: .min, count: 10))
        #expect(level.peak == 32_768)
        #expect(level.rmsLevel == 0)
        #expect(level.clippedCount == 10)
        level.reset()
        #expect(level == LevelMeter())
    }

    @Test func levelsAddUpOverChunks() {
        var parts = LevelMeter()
        let samples = noise(1_000)
        for start in stride(from: 0, to: 1_000, by: 100) {
            parts.add(samples.span.extracting(start..<start + 100))
        }
        #expect(parts == self.meter(samples))
    }

    @Test(arguments: [1e-9, 0.001, 0.5, 1, 1.999, 2, 10, 12_345.678, 1e12])
    func logarithmsAreExact(value: Double) {
        #expect(abs(Transcendental.logarithm10(value) - log10(value)) < 1e-13 * max(1, abs(log10(value))))
    }

    @Test(arguments: [-300, -20, -3.3, -0.05, 0, 0.001, 1, 2.5, 300])
    func powersAreExact(exponent: Double) {
        #expect(abs(Transcendental.powerOf10(exponent) / pow(10, exponent) - 1) < 1e-12)
    }

    @Test func sinesAreExact() {
        for step in -4_000...4_000 {
            let angle = Double(step) * 0.0123
            #expect(abs(Transcendental.sine(angle) - sin(angle)) < 1e-13)
        }
        #expect(abs(Transcendental.sine(1e6) - sin(1e6)) < 1e-9)
    }

    /// Values of Abramowitz and Stegun, table 9.8.
    @Test(arguments: [(0.0, 1.0), (1, 1.266_065_877_752_008), (5, 27.239_871_823_604_44), (10, 2_815.716_628_466_254)])
    func besselFunctionsAreExact(argument: Double, value: Double) {
        #expect(abs(Transcendental.besselI0(argument) / value - 1) < 1e-12)
    }
}
