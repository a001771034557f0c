import Foundation
import PCM
import Testing

@Suite struct RateConversionTests {
    private static let rates = [4_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000]

    private func convert(_ samples: [Int16], from hertz: Int) throws -> [Int16] {
        let conversion = try #require(RateConversion(from: hertz, to: 8_000))
        return conversion.convert(samples.span)
    }

    /// A tone keeps its pitch, its level and its place in time, whatever the file's rate.
    @Test(arguments: rates)
    func aToneStaysWhereItWas(hertz: Int) throws {
        let tone = { (index: Int, rate: Int) in 20_000 * sin(2 * .pi * 700 * Double(index) / Double(rate)) }
        let input = (0..<hertz / 4).map { Int16(tone($0, hertz).rounded()) }
        let output = try self.convert(input, from: hertz)
        #expect(output.count == (input.count * 8_000 + hertz - 1) / hertz)
        // The ends see the silence around the file.
        for index in 100..<output.count - 100 {
            #expect(abs(Double(output[index]) - tone(index, 8_000)) < 12)
        }
    }

    @Test func theSameRateIsACopy() throws {
        let input = noise(777)
        #expect(try self.convert(input, from: 8_000) == input)
    }

    @Test func nothingComesOfNothing() throws {
        #expect(try self.convert([], from: 44_100).isEmpty)
        #expect(try self.convert([5], from: 44_100).count == 1)
    }

    /// The bounds of the rates, and ratios whose table would be too large.
    @Test(arguments: [0, -8_000, 3_999, 192_001, 191_999])
    func impossibleRatesAreRefused(hertz: Int) {
        #expect(RateConversion(from: hertz, to: 8_000) == nil)
    }

    @Test func theBoundsThemselvesAreAccepted() {
        #expect(RateConversion(from: 4_000, to: 8_000) != nil)
        #expect(RateConversion(from: 192_000, to: 8_000) != nil)
    }

    /// The same samples as the streaming resampler, whose delay is a whole number of samples here.
    @Test func itIsTheResamplersFilter() throws {
        let input = noise(2_000)
        let streamed = resample(input, from: .hz16000, to: .hz8000, chunks: [input.count])
        let converted = try self.convert(input, from: 16_000)
        let delay = SampleRate.hz8000.samples(in: Resampler(from: .hz16000, to: .hz8000).latency)
        for index in 0..<streamed.count - delay {
            #expect(abs(Int(streamed[index + delay]) - Int(converted[index])) <= 1)
        }
    }
}
