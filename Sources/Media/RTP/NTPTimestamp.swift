/// Wall-clock time as RTCP carries it: seconds since 1900-01-01 00:00 UTC in 32.32 fixed point (RFC 3550 section 4).
package struct NTPTimestamp: Hashable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameter sinceEpoch: time since 1970-01-01 00:00:00 UTC, not negative.
    package init(sinceEpoch: Duration) {
        let (seconds, attoseconds) = sinceEpoch.components
        let wholeSeconds = UInt32(truncatingIfNeeded: seconds &+ Self.secondsFrom1900To1970)
        let fraction = UInt64(attoseconds / 1_000_000_000) << 32 / 1_000_000_000
        self.rawValue = UInt64(wholeSeconds) << 32 | fraction
    }

    /// The middle 32 bits: the form in which a report block names a sender report.
    package var middle: UInt32 {
        UInt32(truncatingIfNeeded: self.rawValue >> 16)
    }

    private static let secondsFrom1900To1970: Int64 = 2_208_988_800
}
