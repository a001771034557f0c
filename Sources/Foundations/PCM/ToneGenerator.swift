/// A tone of one or two sines, continuous in phase however it is cut into chunks.
///
/// Each sine is a rotating vector, renewed exactly once a second so that rounding never accumulates.
package struct ToneGenerator: Sendable {
    private struct Rotor {
        let frequency: Double
        var sine = 0.0
        var cosine = 1.0
        let stepSine: Double
        let stepCosine: Double

        init(frequency: Double, rate: SampleRate) {
            self.frequency = frequency
            let step = 2 * Double.pi * frequency / Double(rate.hertz)
            self.stepSine = Transcendental.sine(step)
            self.stepCosine = Transcendental.sine(step + .pi / 2)
        }

        mutating func advance() {
            let sine = self.sine * self.stepCosine + self.cosine * self.stepSine
            self.cosine = self.cosine * self.stepCosine - self.sine * self.stepSine
            self.sine = sine
        }

        /// Sets the phase to that of a whole number of seconds since the start.
        mutating func renew(afterSeconds seconds: Int) {
            let turns = self.frequency * Double(seconds)
            let phase = 2 * Double.pi * (turns - turns.rounded(.down))
            self.sine = Transcendental.sine(phase)
            self.cosine = Transcendental.sine(phase + .pi / 2)
        }
    }

    private let rate: SampleRate
    private let amplitude: Double
    private var first: Rotor
    private var second: Rotor?
    private var samplesIntoSecond = 0
    private var seconds = 0

    /// A sine of `frequency` hertz whose peak is at `level` dBFS (0 is full scale).
    package init(frequency: Double, level: Double, rate: SampleRate) {
        precondition(frequency >= 0 && frequency <= Double(rate.hertz) / 2 && level <= 0, "no such tone at this rate")
        self.rate = rate
        self.amplitude = 32_767 * Transcendental.powerOf10(level / 20)
        self.first = Rotor(frequency: frequency, rate: rate)
        self.second = nil
    }

    /// Two sines, each of whose peaks is at `level` dBFS; above -6.02 their sum can saturate.
    package init(frequencies: (Double, Double), level: Double, rate: SampleRate) {
        self.init(frequency: frequencies.0, level: level, rate: rate)
        precondition(frequencies.1 >= 0 && frequencies.1 <= Double(rate.hertz) / 2, "no such tone at this rate")
        self.second = Rotor(frequency: frequencies.1, rate: rate)
    }

    /// Fills all of `samples` with the next piece of the tone.
    package mutating func fill(_ samples: inout MutableSpan<Int16>) {
        for index in 0..<samples.count {
            let sum = self.first.sine + (self.second?.sine ?? 0)
            let value = (self.amplitude * sum).rounded()
            samples[index] = Int16(min(max(value, -32_768), 32_767))
            self.first.advance()
            self.second?.advance()
            self.samplesIntoSecond += 1
            if self.samplesIntoSecond == self.rate.hertz {
                self.samplesIntoSecond = 0
                self.seconds += 1
                self.first.renew(afterSeconds: self.seconds)
                self.second?.renew(afterSeconds: self.seconds)
            }
        }
    }
}
