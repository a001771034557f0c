import Foundation
import PCM
import Testing

/// A resampler over time: nothing drifts, clicks or lingers.
@Suite struct ResamplerStreamTests {
    private func process(_ resampler: inout Resampler, _ input: [Int16]) -> [Int16] {
        var output = [Int16](repeating: 0, count: resampler.outputCountMax(forInput: input.count))
        var span = output.mutableSpan
        let written = resampler.process(input.span, into: &span)
        return Array(output[..<written])
    }

    /// Ten minutes of 20 ms frames: not a sample more or less than the clock says.
    @Test(arguments: ratePairs)
    func aFrameBecomesAFrame(source: SampleRate, target: SampleRate) {
        var resampler = Resampler(from: source, to: target)
        let frame = noise(source.samplesPer20ms)
        for _ in 0..<500 {
            #expect(self.process(&resampler, frame).count == target.samplesPer20ms)
        }
    }

    /// Whatever the chunk, the stated maximum holds, and in the long run the ratio is exact.
    @Test(arguments: ratePairs)
    func theOutputIsBounded(source: SampleRate, target: SampleRate) {
        var resampler = Resampler(from: source, to: target)
        var consumed = 0
        var written = 0
        for count in 0...400 {
            let output = self.process(&resampler, noise(count))
            #expect(output.count <= resampler.outputCountMax(forInput: count))
            consumed += count
            written += output.count
            // At most a group is held back: less than one sample of the lower rate.
            let due = consumed * target.hertz / source.hertz
            #expect(written <= due && due - written < 6)
        }
    }

    /// Up and down again is the signal itself, later by both delays.
    @Test(arguments: [SampleRate.hz16000, .hz24000, .hz48000])
    func upAndDownIsTheSignal(rate: SampleRate) {
        var up = Resampler(from: .hz8000, to: rate)
        var down = Resampler(from: rate, to: .hz8000)
        let input = (0..<8_000).map { index in
            Int16(9_000 * sin(Double(index) * 0.31) + 7_000 * sin(Double(index) * 1.7))
        }
        var output: [Int16] = []
        for start in stride(from: 0, to: input.count, by: 160) {
            output += self.process(&down, self.process(&up, Array(input[start..<start + 160])))
        }
        let delay = SampleRate.hz8000.samples(in: up.latency + down.latency)
        for index in 400..<output.count - delay {
            #expect(abs(Int(output[index + delay]) - Int(input[index])) <= 3)
        }
    }

    /// A constant stays that constant: no tone at the border of phases or blocks.
    @Test(arguments: ratePairs)
    func aConstantStaysConstant(source: SampleRate, target: SampleRate) {
        var resampler = Resampler(from: source, to: target)
        let input = [Int16](repeating: 12_345, count: source.samplesPer20ms * 4)
        let output = self.process(&resampler, input)
        #expect(output.dropFirst(target.samplesPer20ms).allSatisfy { abs(Int($0) - 12_345) <= 2 })
    }

    /// After the last sound the filter rings for its length, and then there is digital silence.
    @Test(arguments: ratePairs)
    func silenceBecomesSilence(source: SampleRate, target: SampleRate) {
        var resampler = Resampler(from: source, to: target)
        _ = self.process(&resampler, noise(source.samplesPer20ms))
        let output = self.process(&resampler, [Int16](repeating: 0, count: source.samplesPer20ms * 2))
        #expect(output.dropFirst(target.samplesPer20ms / 2).allSatisfy { $0 == 0 })
        #expect(output.contains { $0 != 0 })
    }

    /// Twice the input is twice the output, but for rounding.
    @Test(arguments: ratePairs)
    func theFilterIsLinear(source: SampleRate, target: SampleRate) {
        var single = Resampler(from: source, to: target)
        var double = Resampler(from: source, to: target)
        let input = noise(source.samplesPer20ms * 2).map { $0 / 8 }
        let once = self.process(&single, input)
        let twice = self.process(&double, input.map { $0 * 2 })
        for (first, second) in zip(once, twice) {
            #expect(abs(Int(first) * 2 - Int(second)) <= 2)
        }
    }

    @Test(arguments: ratePairs)
    func theLatencyStaysBelowFourMilliseconds(source: SampleRate, target: SampleRate) {
        let resampler = Resampler(from: source, to: target)
        #expect(resampler.latency > .zero)
        #expect(resampler.latency <= .milliseconds(4))
        #expect(resampler.source == source)
        #expect(resampler.target == target)
    }
}
