/// The conversion of a whole recording between any two rates, for files; ``Resampler`` is for streams.
///
/// The same filter as the resampler's, evaluated one output at a time, with its delay taken away: sample 0 stays at time
/// 0, and the output lasts as long as the input.
package struct RateConversion: Sendable {
    private let interpolation: Int
    private let decimation: Int
    private let center: Int
    /// The taps of each output phase, that of the newest sample first.
    private let rows: [Float]
    private let rowLength: Int

    /// The rates that files may have, in hertz.
    package static let rates = 4_000...192_000
    /// The most that either side of the reduced ratio may be, which bounds the table to 14 MB.
    package static let ratioTermMax = 100_000

    /// Nil when a rate is out of ``rates`` or the two have no small enough ratio.
    package init?(from source: Int, to target: Int) {
        guard Self.rates.contains(source) && Self.rates.contains(target) else { return nil }
        let prototype = PrototypeFilter(
            from: source, to: target, reach: ResamplerDesign.reach, beta: ResamplerDesign.beta)
        guard max(prototype.interpolation, prototype.decimation) <= Self.ratioTermMax else { return nil }
        self.interpolation = prototype.interpolation
        self.decimation = prototype.decimation
        self.center = prototype.center
        let rowLength = 2 * prototype.center / prototype.interpolation + 1
        var rows: [Float] = []
        if prototype.interpolation != prototype.decimation {
            rows.reserveCapacity(rowLength * prototype.interpolation)
            for phase in 0..<prototype.interpolation {
                for lag in 0..<rowLength {
                    rows.append(Float(prototype.tap(at: phase + prototype.interpolation * lag)))
                }
            }
        }
        self.rows = rows
        self.rowLength = rowLength
    }

    package func convert(_ samples: Span<Int16>) -> [Int16] {
        if self.interpolation == self.decimation { return (0..<samples.count).map { samples[$0] } }
        let count = (samples.count * self.interpolation + self.decimation - 1) / self.decimation
        var converted: [Int16] = []
        converted.reserveCapacity(count)
        for output in 0..<count {
            let place = output * self.decimation + self.center
            let newest = place / self.interpolation
            let row = place % self.interpolation * self.rowLength
            let lagMin = max(0, newest - samples.count + 1)
            let lagMax = min(self.rowLength - 1, newest)
            var sum: Float = 0
            for lag in stride(from: lagMin, through: lagMax, by: 1) {
                sum += self.rows[row + lag] * Float(samples[newest - lag])
            }
            converted.append(Int16(min(max(sum.rounded(.toNearestOrEven), -32_768), 32_767)))
        }
        return converted
    }
}
