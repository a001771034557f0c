import PCM
import Testing

/// Every pair of different rates.
let ratePairs: [(SampleRate, SampleRate)] = SampleRate.allCases.flatMap { source in
    SampleRate.allCases.filter { $0 != source }.map { (source, $0) }
}

/// The whole output for `input`, fed in chunks of the given lengths in turn.
func resample(
    _ input: [Int16], from source: SampleRate, to target: SampleRate, chunks: [Int], plainly: Bool = false
) -> [Int16] {
    var resampler = Resampler(from: source, to: target)
    var output: [Int16] = []
    var start = 0
    var turn = 0
    while start < input.count {
        let count = min(chunks[turn % chunks.count], input.count - start)
        var piece = [Int16](repeating: 0, count: resampler.outputCountMax(forInput: count))
        var span = piece.mutableSpan
        let chunk = input.span.extracting(start..<start + count)
        let written =
            plainly ? resampler.processPlainly(chunk, into: &span) : resampler.process(chunk, into: &span)
        output += piece[..<written]
        start += count
        turn += 1
    }
    return output
}

/// Noise over the whole scale, the same in each run.
func noise(_ count: Int) -> [Int16] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int16(truncatingIfNeeded: state >> 40)
    }
}

@Suite struct ResamplerTests {
    /// The chunking leaves no trace: single samples, odd lengths, empty chunks, seconds at once.
    @Test(arguments: ratePairs)
    func anyChunkingGivesTheSameOutput(source: SampleRate, target: SampleRate) {
        let input = noise(source.samplesPer20ms * 13 + 7)
        let whole = resample(input, from: source, to: target, chunks: [input.count])
        for chunks in [[1], [source.samplesPer20ms], [7, 1, 0, 333, 2, 64, 5], [1_100], [3, 159]] {
            #expect(resample(input, from: source, to: target, chunks: chunks) == whole)
        }
        #expect(whole.count == input.count / groupIn(source, target) * groupOut(source, target))
    }

    /// The kernel and its twin differ by the rounding of a last bit at most.
    @Test(arguments: ratePairs)
    func theKernelEqualsItsTwin(source: SampleRate, target: SampleRate) {
        let input = noise(source.samplesPer20ms * 5)
        let kernel = resample(input, from: source, to: target, chunks: [source.samplesPer20ms])
        let twin = resample(input, from: source, to: target, chunks: [source.samplesPer20ms], plainly: true)
        #expect(kernel.count == twin.count)
        let differences = zip(kernel, twin).map { abs(Int($0) - Int($1)) }
        #expect(differences.allSatisfy { $0 <= 1 })
        #expect(differences.filter { $0 == 1 }.count < kernel.count / 100)
    }

    @Test(arguments: SampleRate.allCases)
    func equalRatesPassSamplesThrough(rate: SampleRate) {
        let input = noise(1_000)
        #expect(resample(input, from: rate, to: rate, chunks: [7, 160]) == input)
        #expect(Resampler(from: rate, to: rate).outputCountMax(forInput: 5) == 5)
    }

    /// A square wave of full scale overshoots in any such filter: it must saturate and not wrap around.
    @Test(arguments: ratePairs)
    func fullScaleSaturates(source: SampleRate, target: SampleRate) {
        let period = source.hertz / 500
        let input = (0..<source.hertz / 10).map { $0 / (period / 2) % 2 == 0 ? Int16.max : Int16.min }
        let output = resample(input, from: source, to: target, chunks: [160])
        let settled = output.dropFirst(target.hertz / 50)
        #expect(settled.contains(.max) && settled.contains(.min))
        // Half a period holds one sign, but for the slopes: a wrapped sample would be a change of sign of its own.
        let changes = zip(settled, settled.dropFirst()).filter { ($0 < 0) != ($1 < 0) }.count
        #expect(abs(changes - settled.count * 1_000 / target.hertz) <= 1)
    }

    @Test func resetForgetsThePast() {
        var resampler = Resampler(from: .hz48000, to: .hz8000)
        let input = noise(605)
        var first = [Int16](repeating: 0, count: 101)
        var second = first
        var span = first.mutableSpan
        let firstCount = resampler.process(input.span, into: &span)
        resampler.reset()
        span = second.mutableSpan
        let secondCount = resampler.process(input.span, into: &span)
        #expect(firstCount == 100 && secondCount == 100)
        #expect(first == second)
    }

    @Test func aCopyIsAStreamOfItsOwn() {
        var original = Resampler(from: .hz8000, to: .hz16000)
        var output = [Int16](repeating: 0, count: 320)
        var span = output.mutableSpan
        _ = original.process(noise(160).span, into: &span)
        var copy = original
        let silence = [Int16](repeating: 0, count: 160)
        var fromCopy = output
        span = fromCopy.mutableSpan
        _ = copy.process(silence.span, into: &span)
        span = output.mutableSpan
        _ = original.process(silence.span, into: &span)
        #expect(fromCopy == output)
    }

    private func groupIn(_ source: SampleRate, _ target: SampleRate) -> Int {
        source.hertz / divisor(source.hertz, target.hertz)
    }

    private func groupOut(_ source: SampleRate, _ target: SampleRate) -> Int {
        target.hertz / divisor(source.hertz, target.hertz)
    }

    private func divisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : divisor(second, first % second)
    }
}
