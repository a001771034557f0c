import CLinux
import Synchronization
import Timekeeping

/// One thread's event loop over epoll.
///
/// Confined to the thread that made it. Level-triggered: what is not read is reported again, so a caller that stops
/// reading holds its peer back. Descriptors stay the property of the caller, who removes them before closing them.
package final class Reactor {
    /// What a descriptor is watched for. A hang-up is always reported.
    package struct Interest: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        package static let read = Interest(rawValue: UInt32(CLINUX_READABLE))
        package static let write = Interest(rawValue: UInt32(CLINUX_WRITABLE))
    }

    /// What epoll found for one descriptor.
    package struct Readiness: Hashable, Sendable {
        package let token: UInt64
        package let readable: Bool
        package let writable: Bool
        /// The peer closed, or the descriptor is in error; reading tells which.
        package let hangup: Bool
    }

    /// Wakes the loop from any thread.
    package let waker: Waker
    private let epoll: Descriptor
    private var events: [clinux_event]

    /// - Parameters:
    ///   - batch: how many descriptors one wait can report, 1 to 256; the rest follow in the next.
    ///   - waker: one that others know already, when the loop's thread starts later than its inbox is made.
    package init(batch: Int = 128, waker: Waker? = nil) throws(ReactorError) {
        precondition((1...256).contains(batch), "one wait reports 1 to 256 descriptors")
        self.epoll = Descriptor(owning: try ReactorError.check(clinux_epoll_create(), "epoll_create1"))
        self.waker = if let waker { waker } else { try Waker() }
        self.events = [clinux_event](repeating: clinux_event(), count: batch)
        try ReactorError.check(
            clinux_epoll_add(self.epoll.number, self.waker.descriptor, Interest.read.rawValue, Self.wakerToken),
            "epoll_ctl")
    }

    /// The kernel's monotonic clock.
    package static func now() -> Instant {
        Instant(nanosecondsSinceOrigin: clinux_monotonic_now())
    }

    /// Both clocks at one moment.
    package static func wallClockAnchor() -> WallClockAnchor {
        WallClockAnchor(instant: Self.now(), sinceEpoch: .nanoseconds(clinux_realtime_now()))
    }

    /// Starts to watch `descriptor`. The token comes back with its readiness; `UInt64.max` is the loop's own.
    package func add(_ descriptor: Int32, token: UInt64, interest: Interest) throws(ReactorError) {
        precondition(token != Self.wakerToken, "this token is the waker's")
        try ReactorError.check(
            clinux_epoll_add(self.epoll.number, descriptor, interest.rawValue, token), "epoll_ctl add")
    }

    /// Changes what `descriptor` is watched for.
    package func modify(_ descriptor: Int32, token: UInt64, interest: Interest) throws(ReactorError) {
        precondition(token != Self.wakerToken, "this token is the waker's")
        try ReactorError.check(
            clinux_epoll_modify(self.epoll.number, descriptor, interest.rawValue, token), "epoll_ctl modify")
    }

    /// Stops watching `descriptor`; call it before closing.
    package func remove(_ descriptor: Int32) throws(ReactorError) {
        try ReactorError.check(clinux_epoll_remove(self.epoll.number, descriptor), "epoll_ctl remove")
    }

    /// Waits until something is ready, the waker was called or `deadline` has come, then hands out what is ready.
    ///
    /// A deadline that has passed polls without waiting; nil waits for ever. A wake-up is consumed here and has no
    /// readiness of its own: look into the inbox after each wait. Allocates nothing.
    package func wait(until deadline: Instant?, _ body: (Readiness) -> Void) throws(ReactorError) {
        let timeout = deadline.map { max(0, Self.now().duration(to: $0).inNanoseconds) } ?? -1
        let number = self.epoll.number
        let found = unsafe self.events.withUnsafeMutableBufferPointer { events in
            // Safe: the callee fills at most `count` events of this array.
            unsafe clinux_epoll_wait(number, events.baseAddress, Int32(events.count), timeout)
        }
        let count = Int(try ReactorError.check(found, "epoll_pwait2"))
        for index in 0..<count {
            let event = self.events[index]
            if event.token == Self.wakerToken {
                self.waker.consume()
                continue
            }
            body(
                Readiness(
                    token: event.token,
                    readable: event.readiness & UInt32(CLINUX_READABLE) != 0,
                    writable: event.readiness & UInt32(CLINUX_WRITABLE) != 0,
                    hangup: event.readiness & UInt32(CLINUX_HANGUP) != 0))
        }
    }

    private static let wakerToken = UInt64.max
}

/// Ends one loop's wait, from any thread. Cheap when the loop has been woken already.
package final class Waker: Sendable {
    private let eventDescriptor: Descriptor
    private let isRaised = Atomic<Bool>(false)

    var descriptor: Int32 { self.eventDescriptor.number }

    package init() throws(ReactorError) {
        self.eventDescriptor = Descriptor(owning: try ReactorError.check(clinux_eventfd_create(), "eventfd"))
    }

    package func wake() {
        guard !self.isRaised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let result = clinux_eventfd_signal(self.eventDescriptor.number)
        precondition(result >= 0, "an eventfd that is open takes every signal")
    }

    /// Lowers the flag after the counter was read: a wake in between finds the flag up and signals nothing, but what it
    /// announces was posted before, and the loop looks into its inbox after this. The other order would swallow the
    /// signal and leave the flag up for ever.
    func consume() {
        var count: UInt64 = 0
        // Safe: the callee writes one UInt64.
        let result = unsafe clinux_counter_read(self.eventDescriptor.number, &count)
        precondition(result >= 0, "an open eventfd can be read")
        _ = self.isRaised.exchange(false, ordering: .acquiringAndReleasing)
    }
}
