/// Lets through so many a second on average and `burst` at once.
///
/// A token comes back every `interval`. Kept as one instant, the one at which every token is back (the generic cell rate
/// algorithm of ITU-T I.371), so that a table of many buckets runs no timer.
package struct TokenBucket: Hashable, Sendable {
    package let interval: Duration
    package let burst: Int
    private var fullAt: Instant

    /// A full bucket. Both numbers must be positive.
    package init(perSecond rate: Int, burst: Int) {
        precondition(rate > 0 && burst > 0, "a bucket lets something through")
        self.interval = .seconds(1) / rate
        self.burst = burst
        self.fullAt = .origin
    }

    /// Takes a token, if one is left beyond the `reserve` that others have kept for them.
    package mutating func take(at now: Instant, keeping reserve: Int = 0) -> Bool {
        let fullAfter = max(self.fullAt, now) + self.interval
        guard now.duration(to: fullAfter) <= self.interval * max(0, self.burst - reserve) else { return false }
        self.fullAt = fullAfter
        return true
    }
}
