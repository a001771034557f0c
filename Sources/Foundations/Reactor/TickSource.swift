import CLinux
import Timekeeping

/// The beat of a media thread: a timer on absolute deadlines that never drifts and counts the ticks it missed.
///
/// Add `descriptor` to the reactor for reading; when it is ready, `take` says how many ticks have come due. Tick number
/// n is due at `start + n * period` whatever the thread did before.
package struct TickSource: ~Copyable {
    package let period: Duration
    /// When tick 0 is due.
    package let start: Instant
    /// Ticks that have come due, missed ones included.
    package private(set) var count: UInt64 = 0
    /// Ticks that came due while the thread was still busy or not scheduled: due, but not taken on their own.
    package private(set) var missedCount: UInt64 = 0
    private let timer: Descriptor

    package init(period: Duration = .milliseconds(5), startingAt start: Instant) throws(ReactorError) {
        precondition(period > .zero, "a tick takes time")
        let timer = Descriptor(owning: try ReactorError.check(clinux_timer_create(), "timerfd_create"))
        let result = clinux_timer_set(timer.number, max(1, start.nanosecondsSinceOrigin), period.inNanoseconds)
        try ReactorError.check(result, "timerfd_settime")
        self.period = period
        self.start = start
        self.timer = timer
    }

    package var descriptor: Int32 { self.timer.number }

    /// When tick `index` is due.
    package func deadline(ofTick index: UInt64) -> Instant {
        Instant(nanosecondsSinceOrigin: self.start.nanosecondsSinceOrigin + Int64(index) * self.period.inNanoseconds)
    }

    /// The numbers of the ticks that came due since the last call; empty when none did.
    package mutating func take() throws(ReactorError) -> Range<UInt64> {
        var expirations: UInt64 = 0
        // Safe: the callee writes one UInt64.
        try ReactorError.check(unsafe clinux_counter_read(self.timer.number, &expirations), "read of a timerfd")
        let first = self.count
        self.count += expirations
        if expirations > 1 { self.missedCount += expirations - 1 }
        return first..<self.count
    }
}
