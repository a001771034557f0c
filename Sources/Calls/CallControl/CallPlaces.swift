import Synchronization

/// Places for the calls that take part in traffic, `limits.maxCalls` of them.
///
/// An outbound call holds one from its first permit until it has ended; while it waits for its trunk's pace it holds
/// none, so that a long line keeps no caller out. An inbound call holds one from its INVITE.
package final class CallPlaces: Sendable {
    private let holders = Mutex<Set<CallIdentifier>>([])
    private let max: Int
    private let portPairs: @Sendable () -> Int

    /// - Parameter portPairs: how many pairs of media ports there are without those that rest after a call.
    package init(max: Int, portPairs: @escaping @Sendable () -> Int = { .max }) {
        self.max = max
        self.portPairs = portPairs
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

    /// Whether a call that has waited in line has a place. It would be lost if it went and found no port: it waits on.
    package func takeInTurn(_ call: CallIdentifier) -> Bool {
        let portPairs = self.portPairs()
        return self.holders.withLock { holders in
            guard !holders.contains(call) else { return true }
            guard holders.count < Swift.min(self.max, portPairs) else { return false }
            holders.insert(call)
            return true
        }
    }

    package func isHeld(by call: CallIdentifier) -> Bool { self.holders.withLock { $0.contains(call) } }

    package func release(_ call: CallIdentifier) {
        _ = self.holders.withLock { $0.remove(call) }
    }
}
