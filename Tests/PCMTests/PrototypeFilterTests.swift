import PCM
import Testing

@Suite struct PrototypeFilterTests {
    private static let pairs = [(8_000, 16_000), (16_000, 8_000), (8_000, 48_000), (48_000, 8_000), (16_000, 24_000)]

    private func filter(_ source: Int, _ target: Int) -> PrototypeFilter {
        PrototypeFilter(from: source, to: target, reach: 18, beta: 8.4)
    }

    @Test(arguments: [
        (8_000, 16_000, 2, 1), (48_000, 8_000, 1, 6), (16_000, 24_000, 3, 2), (44_100, 8_000, 80, 441),
        (22_050, 48_000, 320, 147), (8_000, 8_000, 1, 1),
    ])
    func theRatioIsReduced(source: Int, target: Int, interpolation: Int, decimation: Int) {
        let filter = self.filter(source, target)
        #expect(filter.interpolation == interpolation)
        #expect(filter.decimation == decimation)
        #expect(filter.center == 18 * max(interpolation, decimation))
    }

    /// Symmetry is what makes the phase linear: all frequencies have the same delay.
    @Test(arguments: pairs)
    func theFilterIsSymmetric(source: Int, target: Int) {
        let filter = self.filter(source, target)
        for distance in 0...filter.center + 5 {
            #expect(filter.tap(at: filter.center - distance) == filter.tap(at: filter.center + distance))
        }
    }

    @Test(arguments: pairs)
    func nothingLiesBeyondTheEnds(source: Int, target: Int) {
        let filter = self.filter(source, target)
        for index in [-1_000, -1, 0, 2 * filter.center, 2 * filter.center + 1, 100_000] {
            #expect(filter.tap(at: index) == 0)
        }
    }

    /// Each output phase passes a constant as it is, so that a steady level is no tone at the source's rate.
    @Test(arguments: pairs)
    func everyPhaseHasUnityGain(source: Int, target: Int) {
        let filter = self.filter(source, target)
        for phase in 0..<filter.interpolation {
            let taps = stride(from: phase, through: 2 * filter.center, by: filter.interpolation)
            let gain = taps.reduce(0.0) { $0 + filter.tap(at: $1) }
            #expect(abs(gain - 1) < 1e-4)
        }
    }

    /// Every L-th (or M-th) tap from the middle is exactly zero: the phase that costs nothing.
    @Test(arguments: pairs)
    func thePeriodicZerosAreExact(source: Int, target: Int) {
        let filter = self.filter(source, target)
        let period = max(filter.interpolation, filter.decimation)
        for multiple in 1...17 {
            #expect(filter.tap(at: filter.center + multiple * period) == 0)
        }
        #expect(filter.tap(at: filter.center) == Double(filter.interpolation) / Double(period))
    }
}
