import Timekeeping

/// When one message is sent again and when it is given up: T1, then twice as long each time up to T2, for 64 T1.
///
/// RFC 3261 sections 13.3.1.4, 17.1.1.2, 17.1.2.2 and 17.2.1 differ in little; what differs is told to `init`.
package struct Retransmission: Hashable, Sendable {
    package enum Due: Hashable, Sendable {
        case resend
        case giveUp
    }

    private var interval: Duration
    /// Nil on a reliable transport, which needs no second copy.
    private var next: Instant?
    private let until: Instant
    private let intervalMax: Duration?

    /// - Parameters:
    ///   - resends: False on a reliable transport; then only the end of the wait is told.
    ///   - isCapped: False for an INVITE, whose interval doubles without a bound (timer A).
    package init(roundTrip: Duration, resends: Bool, isCapped: Bool = true, at now: Instant) {
        self.interval = roundTrip
        self.next = resends ? now + roundTrip : nil
        self.until = now + roundTrip * 64
        self.intervalMax = isCapped ? roundTrip * 8 : nil
    }

    package var deadline: Instant { min(self.next ?? self.until, self.until) }

    package mutating func due(at now: Instant) -> Due? {
        if now >= self.until { return .giveUp }
        guard let next = self.next, now >= next else { return nil }
        self.interval = min(self.interval * 2, self.intervalMax ?? self.interval * 2)
        self.next = next + self.interval
        return .resend
    }
}
