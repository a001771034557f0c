import MediaPlane
import Testing
import Timekeeping

/// Quantiles of the pacing figures: never below the truth, and at most a fifth above it.
@Suite struct PacingHistogramTests {
    @Test func emptyIsZero() {
        #expect(PacingHistogram().quantile(0.99) == .zero)
    }

    @Test(arguments: [0.01, 0.5, 0.9, 0.99, 1.0]) func quantilesAreCloseFromAbove(share: Double) {
        var histogram = PacingHistogram()
        for index in 1...10_000 { histogram.add(.microseconds(index * 10)) }
        let exact = Duration.microseconds(Int64((share * 10_000).rounded(.up)) * 10)
        let found = histogram.quantile(share)
        #expect(found >= exact)
        #expect(found <= exact * 1.21 + .microseconds(10))
    }

    @Test func whatIsBeyondTheScaleIsItsEnd() {
        var histogram = PacingHistogram()
        histogram.add(.seconds(1_000))
        #expect(histogram.quantile(0.5) >= .seconds(10))
    }

    @Test func sumsOfThreadsAreOneHistogram() {
        var one = PacingHistogram()
        var other = PacingHistogram()
        for _ in 0..<50 { one.add(.microseconds(100)) }
        for _ in 0..<50 { other.add(.milliseconds(10)) }
        one.add(other)
        #expect(one.quantile(0.5) < .microseconds(130))
        #expect(one.quantile(0.51) >= .milliseconds(10))
    }
}
