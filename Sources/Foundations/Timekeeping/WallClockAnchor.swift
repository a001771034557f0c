/// Ties the monotonic clock to the calendar at one moment, so that logs and records can say when an instant was.
///
/// Taken once for a call, so that the times within one record never jump when the wall clock is set.
package struct WallClockAnchor: Hashable, Sendable {
    package let instant: Instant
    /// Time since 1970-01-01 00:00:00 UTC at `instant`.
    package let sinceEpoch: Duration

    package init(instant: Instant, sinceEpoch: Duration) {
        self.instant = instant
        self.sinceEpoch = sinceEpoch
    }

    /// Time since 1970-01-01 00:00:00 UTC at `instant`.
    package func sinceEpoch(at instant: Instant) -> Duration {
        self.sinceEpoch + self.instant.duration(to: instant)
    }

    /// `instant` in UTC as ISO 8601 with milliseconds: `2026-11-23T06:02:00.125Z`.
    package func timestamp(at instant: Instant) -> String {
        let milliseconds = self.sinceEpoch(at: instant).inMilliseconds
        let (day, withinDay) = milliseconds.quotientAndRemainderTowardFloor(dividingBy: 86_400_000)
        let (year, month, dayOfMonth) = Self.civilDate(daysSinceEpoch: day)
        let hour = withinDay / 3_600_000
        let minute = withinDay / 60_000 % 60
        let second = withinDay / 1_000 % 60
        return
            "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))T\(padded(hour, 2)):\(padded(minute, 2)):"
            + "\(padded(second, 2)).\(padded(withinDay % 1_000, 3))Z"
    }

    /// The proleptic Gregorian date of a day number, counted from 1970-01-01.
    ///
    /// Years begin in March here, so that the leap day is the last of its year; a 400-year era has 146,097 days.
    static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainderTowardFloor(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func quotientAndRemainderTowardFloor(dividingBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
