/// The low-pass filter behind a change of rate by L/M: a sine cardinal under a Kaiser window, at L times the source's rate.
package struct PrototypeFilter: Sendable {
    package let interpolation: Int
    package let decimation: Int
    /// Where the filter's peak lies, in taps; taps 0 to twice this are defined.
    package let center: Int

    private let cutPeriod: Int
    private let beta: Double

    /// A filter that reaches `reach` samples of the lower rate to each side.
    package init(from source: Int, to target: Int, reach: Int, beta: Double) {
        let divisor = Self.greatestCommonDivisor(source, target)
        self.interpolation = target / divisor
        self.decimation = source / divisor
        // One sample of the lower rate, in taps.
        self.cutPeriod = max(self.interpolation, self.decimation)
        self.center = reach * self.cutPeriod
        self.beta = beta
    }

    /// The tap, scaled so that each output phase has a gain of one; zero outside of the filter.
    package func tap(at index: Int) -> Double {
        guard index > 0 && index < 2 * self.center else { return 0 }
        let distance = index - self.center
        let gain = Double(self.interpolation) / Double(self.cutPeriod)
        if distance == 0 { return gain }
        // Exactly zero, so that the trivial phase can be recognised.
        if distance.isMultiple(of: self.cutPeriod) { return 0 }
        let angle = Double.pi * Double(distance) / Double(self.cutPeriod)
        return gain * Transcendental.sine(angle) / angle * self.window(at: distance)
    }

    private func window(at distance: Int) -> Double {
        let ratio = Double(distance) / Double(self.center)
        return Transcendental.besselI0(self.beta * (1 - ratio * ratio).squareRoot())
            / Transcendental.besselI0(self.beta)
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : Self.greatestCommonDivisor(second, first % second)
    }
}
