import Synchronization

/// Places for the calls that take part in traffic, `limits.maxCalls` of them.
///
/// An outbound call holds one from its first permit until it has ended; while it waits for its trunk's pace it holds
/// none, so that a long line keeps no caller out. An inbound call holds one from its INVITE.
package final class CallPlaces: Sendable {
    private let holders = Mutex<Set<CallIdentifier>>([])
    private let max: Int

    package init(max: Int) {
        self.max = max
    }

    package var isFull: Bool { self.holders.withLock { $0.count >= self.max } }

    /// Whether the call has a place, now or already.
    package func take(_ call: CallIdentifier) -> Bool {
        self.holders.withLock { holders in
            guard holders.count < self.max else { return holders.contains(call) }
            holders.insert(call)
            return true
        }
    }

    package func isHeld(by call: CallIdentifier) -> Bool { self.holders.withLock { $0.contains(call) } }

    package func release(_ call: CallIdentifier) {
        _ = self.holders.withLock { $0.remove(call) }
    }
}
