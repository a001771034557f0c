import Timekeeping

/// Lets a number of calls in within any 60 s, exactly: a sliding window over the admitted calls, not a bucket.
package struct CallRateWindow: Sendable {
    private let callsMax: Int
    /// Admission times, oldest at `oldest`; at most `callsMax` of them.
    private var admitted: [Instant] = []
    private var oldest = 0

    private static let length: Duration = .seconds(60)

    package init(callsMax: Int) {
        precondition(callsMax > 0)
        self.callsMax = callsMax
    }

    /// Admits a call and returns nil, or returns how long the caller has to wait for the next place.
    package mutating func admit(at now: Instant) -> Duration? {
        guard self.admitted.count == self.callsMax else {
            self.admitted.append(now)
            return nil
        }
        let free = self.admitted[self.oldest] + Self.length
        if now < free { return now.duration(to: free) }
        self.admitted[self.oldest] = now
        self.oldest = (self.oldest + 1) % self.callsMax
        return nil
    }
}
