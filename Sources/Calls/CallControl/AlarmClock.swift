import Synchronization
import Timekeeping

/// Wakes calls at their deadlines: one ticking task for all calls instead of a sleeping task for each.
///
/// Deadlines of calls are seconds long (ring, maximum duration), so a resolution of 20 ms is plenty. Setting an alarm is a
/// short critical section; the ring itself happens outside of it.
package final class AlarmClock<Key: Hashable & Sendable>: Sendable {
    /// How late an alarm may be, beyond the load of the machine.
    package static var resolution: Duration { .milliseconds(20) }

    private let alarms = Mutex(DeadlineQueue<Key>())
    private let now: @Sendable () -> Instant
    private let ring: @Sendable (Key) -> Void

    /// - Parameter ring: called on the ticking task for each key that is due; it must not wait.
    package init(now: @escaping @Sendable () -> Instant, ring: @escaping @Sendable (Key) -> Void) {
        self.now = now
        self.ring = ring
    }

    /// Sets, moves or (with nil) takes back the alarm of `key`.
    package func set(_ key: Key, to deadline: Instant?) {
        self.alarms.withLock { $0.set(key, to: deadline) }
    }

    /// Ticks until the surrounding task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            self.ringDue()
            do {
                try await Task.sleep(for: Self.resolution)
            } catch {
                return
            }
        }
    }

    /// Rings every alarm that is due now.
    package func ringDue() {
        let now = self.now()
        while let key = self.alarms.withLock({ $0.popDue(at: now) }) {
            self.ring(key)
        }
    }
}
