import PCM
import Testing

@Suite struct SampleRateTests {
    @Test(arguments: [(SampleRate.hz8000, 160), (.hz16000, 320), (.hz24000, 480), (.hz48000, 960)])
    func aFrameIs20Milliseconds(rate: SampleRate, count: Int) {
        #expect(rate.samplesPer20ms == count)
        #expect(rate.samples(in: .milliseconds(20)) == count)
        #expect(rate.duration(ofSamples: count) == .milliseconds(20))
    }

    @Test func onlyTheFourRatesExist() {
        #expect(SampleRate(hertz: 8_000) == .hz8000)
        #expect(SampleRate(hertz: 44_100) == nil)
        #expect(SampleRate(hertz: -8_000) == nil)
        #expect(SampleRate(hertz: .max) == nil)
    }

    /// A part of a sample is cut off, and an hour is exact.
    @Test func durationsRoundTowardsZero() {
        #expect(SampleRate.hz8000.samples(in: .microseconds(249)) == 1)
        #expect(SampleRate.hz48000.samples(in: .seconds(3_600)) == 172_800_000)
        #expect(SampleRate.hz24000.duration(ofSamples: 1) == .nanoseconds(41_666))
        #expect(SampleRate.hz8000 < .hz48000)
    }
}
