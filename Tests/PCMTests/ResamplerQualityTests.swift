import Foundation
import PCM
import Testing

/// The amplitude of `samples` at `frequency`, in dB against a sine of `reference`, under a window whose side lobes lie
/// below -110 dB, so that one tone does not hide another.
private func amplitude(of samples: [Int16], at frequency: Double, rate: SampleRate, reference: Double) -> Double {
    var real = 0.0
    var imaginary = 0.0
    var sum = 0.0
    for (index, sample) in samples.enumerated() {
        let place = 2 * Double.pi * Double(index) / Double(samples.count)
        // Four-term Nuttall window with a continuous first derivative.
        let window = 0.355768 - 0.487396 * cos(place) + 0.144232 * cos(2 * place) - 0.012604 * cos(3 * place)
        let angle = 2 * Double.pi * frequency * Double(index) / Double(rate.hertz)
        real += window * Double(sample) * cos(angle)
        imaginary += window * Double(sample) * sin(angle)
        sum += window
    }
    return 20 * log10(2 * hypot(real, imaginary) / sum / reference + 1e-12)
}

private let reference = 30_000.0

/// What a sine of `frequency` becomes, without the first 20 ms.
private func response(to frequency: Double, from source: SampleRate, to target: SampleRate) -> [Int16] {
    let input = (0..<source.hertz / 2).map { index in
        Int16((reference * sin(2 * .pi * frequency * Double(index) / Double(source.hertz))).rounded())
    }
    return Array(
        resample(input, from: source, to: target, chunks: [source.samplesPer20ms]).dropFirst(target.hertz / 50))
}

/// The targets: ripple below 0.05 dB up to 3,400 Hz, images and aliases below -80 dB from 4,600 Hz, at most 4 ms of
/// latency, for a boundary at 8 kHz; for a boundary at a higher rate, the same shares of its Nyquist frequency.
@Suite struct ResamplerQualityTests {
    @Test(arguments: ratePairs)
    func thePassBandIsFlat(source: SampleRate, target: SampleRate) {
        let edge = Double(min(source, target).hertz) / 2 * 0.85
        var levels: [Double] = []
        for step in 1...34 {
            let frequency = edge * Double(step) / 34
            let output = response(to: frequency, from: source, to: target)
            levels.append(amplitude(of: output, at: frequency, rate: target, reference: reference))
        }
        let greatest = levels.map(abs).max() ?? .infinity
        print("ripple \(source.hertz) -> \(target.hertz): \(greatest) dB to \(edge) Hz")
        #expect(greatest < 0.05)
    }

    /// Going up, a tone in the pass band must not appear mirrored about the multiples of the source's rate.
    @Test(arguments: ratePairs.filter { $0.0 < $0.1 })
    func imagesAreSuppressed(source: SampleRate, target: SampleRate) {
        let low = Double(source.hertz)
        var greatest = -200.0
        for frequency in [300, 1_000, 2_000, 3_000, 3_300, 3_400].map({ $0 * low / 8_000 }) {
            let output = response(to: frequency, from: source, to: target)
            for multiple in 1...6 {
                for image in [Double(multiple) * low - frequency, Double(multiple) * low + frequency]
                where image < Double(target.hertz) / 2 {
                    greatest = max(greatest, amplitude(of: output, at: image, rate: target, reference: reference))
                }
                // With M > 1, what lies above the target's Nyquist frequency folds back.
                let folded = abs(Double(multiple) * low - frequency - Double(target.hertz))
                if folded < Double(target.hertz) / 2 && abs(folded - frequency) > 50 {
                    greatest = max(greatest, amplitude(of: output, at: folded, rate: target, reference: reference))
                }
            }
        }
        print("images \(source.hertz) -> \(target.hertz): \(greatest) dB")
        #expect(greatest < -80)
    }

    /// Going down, a tone from 115 % of the target's Nyquist frequency on must vanish and not fold back.
    @Test(arguments: ratePairs.filter { $0.0 > $0.1 })
    func aliasesAreSuppressed(source: SampleRate, target: SampleRate) {
        let nyquist = Double(target.hertz) / 2
        var greatest = -200.0
        var frequency = nyquist * 1.15
        while frequency < Double(source.hertz) / 2 {
            let output = response(to: frequency, from: source, to: target)
            let folded = abs(frequency - (frequency / Double(target.hertz)).rounded() * Double(target.hertz))
            greatest = max(greatest, amplitude(of: output, at: folded, rate: target, reference: reference))
            frequency += nyquist * 0.043
        }
        print("aliases \(source.hertz) -> \(target.hertz): \(greatest) dB")
        #expect(greatest < -80)
    }

    /// The impulse comes out where ``Resampler/latency`` says, after at most 4 ms, filter and group together.
    @Test(arguments: ratePairs)
    func theLatencyIsThatOfTheImpulse(source: SampleRate, target: SampleRate) {
        var input = [Int16](repeating: 0, count: source.hertz / 25)
        let place = source.hertz / 50
        input[place] = 30_000
        let output = resample(input, from: source, to: target, chunks: [1])
        let peak = output.indices.max { abs(Int(output[$0])) < abs(Int(output[$1])) } ?? 0
        let measured = Double(peak) / Double(target.hertz) - Double(place) / Double(source.hertz)
        let stated = Resampler(from: source, to: target).latency
        #expect(abs(measured - stated / .seconds(1)) < 1.0 / Double(target.hertz))

        // The group: how long after a sample went in the output of its instant comes out, at worst.
        var resampler = Resampler(from: source, to: target)
        var written = 0
        var worst = 0.0
        for consumed in 1...600 {
            var piece = [Int16](repeating: 0, count: resampler.outputCountMax(forInput: 1))
            var span = piece.mutableSpan
            written += resampler.process(input.span.extracting(0..<1), into: &span)
            worst = max(worst, Double(consumed) / Double(source.hertz) - Double(written) / Double(target.hertz))
        }
        print("latency \(source.hertz) -> \(target.hertz): \((stated / .milliseconds(1)) + worst * 1_000) ms")
        #expect(stated / .seconds(1) + worst <= 0.004)
    }
}
