import Testing
import Timekeeping

@Suite struct TokenBucketTests {
    @Test func aBurstAndThenTheRate() {
        var bucket = TokenBucket(perSecond: 10, burst: 3)
        var now = Instant.origin + .seconds(100)
        #expect((0..<5).map { _ in bucket.take(at: now) } == [true, true, true, false, false])
        now += .milliseconds(99)
        #expect((0..<1).map { _ in bucket.take(at: now) } == [false])
        now += .milliseconds(1)
        #expect((0..<2).map { _ in bucket.take(at: now) } == [true, false])
        now += .seconds(3_600)
        #expect((0..<4).map { _ in bucket.take(at: now) } == [true, true, true, false])
    }

    /// A second at exactly the rate is never refused, and what is above the rate is refused exactly.
    @Test(arguments: [(100, 1_000), (200, 1_000), (1_000, 1_000)])
    func theRateIsExact(offeredPerSecond: Int, seconds: Int) {
        var bucket = TokenBucket(perSecond: 100, burst: 1)
        var taken = 0
        for number in 0..<(offeredPerSecond * seconds) {
            let now = Instant.origin + .seconds(1) / offeredPerSecond * number
            if bucket.take(at: now) { taken += 1 }
        }
        #expect(taken == 100 * seconds)
    }

    /// Whoever must leave a reserve is refused while others are not.
    @Test func aReserveIsKept() {
        var bucket = TokenBucket(perSecond: 1, burst: 4)
        let now = Instant.origin
        #expect((0..<4).map { _ in bucket.take(at: now, keeping: 2) } == [true, true, false, false])
        #expect((0..<3).map { _ in bucket.take(at: now) } == [true, true, false])
        #expect((0..<1).map { _ in bucket.take(at: now, keeping: 9) } == [false])
    }
}
