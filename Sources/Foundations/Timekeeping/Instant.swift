/// A point on the monotonic clock.
///
/// Counted in nanoseconds from an origin that means nothing by itself: boot for the kernel's clock, zero for a test's
/// virtual time. Only differences between two instants carry meaning. Range: 292 years either side of the origin.
package struct Instant: Hashable, Comparable, Sendable {
    package var nanosecondsSinceOrigin: Int64

    @inlinable
    package init(nanosecondsSinceOrigin: Int64) {
        self.nanosecondsSinceOrigin = nanosecondsSinceOrigin
    }

    /// Where virtual time begins.
    package static let origin = Instant(nanosecondsSinceOrigin: 0)

    /// The time from this instant to `other`; negative when `other` came first.
    @inlinable
    package func duration(to other: Instant) -> Duration {
        .nanoseconds(other.nanosecondsSinceOrigin - self.nanosecondsSinceOrigin)
    }

    @inlinable
    package func advanced(by duration: Duration) -> Instant {
        Instant(nanosecondsSinceOrigin: self.nanosecondsSinceOrigin + duration.inNanoseconds)
    }

    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanosecondsSinceOrigin < right.nanosecondsSinceOrigin
    }

    @inlinable
    package static func + (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: duration)
    }

    @inlinable
    package static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(nanosecondsSinceOrigin: instant.nanosecondsSinceOrigin - duration.inNanoseconds)
    }

    @inlinable
    package static func += (instant: inout Instant, duration: Duration) {
        instant = instant.advanced(by: duration)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded toward zero. Traps beyond 292 years.
    @inlinable
    package var inNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Whole milliseconds, rounded toward zero.
    @inlinable
    package var inMilliseconds: Int64 {
        self.inNanoseconds / 1_000_000
    }

    /// Seconds as a floating-point number, for reports; never for deadlines.
    @inlinable
    package var inSeconds: Double {
        Double(self.inNanoseconds) / 1_000_000_000
    }
}
