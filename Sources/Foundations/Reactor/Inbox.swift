import Synchronization

/// A bounded queue from many threads to one loop, which drains it whole.
///
/// Two bounds: ordinary messages (new work) are refused when `capacity` of them wait, while reserved ones (stop, hang
/// up) have space of their own, so that a full inbox can always be told to do less. Order of arrival is kept across
/// both kinds. Posting costs a short lock; draining exchanges two arrays and allocates nothing once both have grown.
package final class Inbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var ordinaryCount = 0
        var reservedCount = 0
        var refusedCount: UInt64 = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let waker: Waker?
    private let capacity: Int
    private let reservedCapacity: Int

    /// - Parameters:
    ///   - capacity: ordinary messages that may wait.
    ///   - reservedCapacity: reserved messages that may wait besides.
    ///   - waker: woken by each post; nil for a loop that looks in each tick anyway.
    package init(capacity: Int, reservedCapacity: Int, waker: Waker? = nil) {
        precondition(capacity > 0 && reservedCapacity > 0, "an inbox without room is no inbox")
        var state = State()
        state.messages.reserveCapacity(min(capacity + reservedCapacity, 64))
        self.state = Mutex(state)
        self.waker = waker
        self.capacity = capacity
        self.reservedCapacity = reservedCapacity
    }

    /// Ordinary messages refused so far because the inbox was full or closed.
    package var refusedCount: UInt64 { self.state.withLock { $0.refusedCount } }

    /// Messages that wait now.
    package var count: Int { self.state.withLock { $0.messages.count } }

    /// Posts new work. False when it was refused: the inbox is full or closed.
    package func post(_ message: Message) -> Bool {
        let isAccepted = self.state.withLock { state in
            guard !state.isClosed, state.ordinaryCount < self.capacity else {
                state.refusedCount += 1
                return false
            }
            state.ordinaryCount += 1
            state.messages.append(message)
            return true
        }
        if isAccepted { self.waker?.wake() }
        return isAccepted
    }

    /// Posts a message that ends work. False only beyond the reserve, which the owner sizes so that it cannot happen
    /// (one for each thing that can be ended), or after `close`.
    package func postReserved(_ message: Message) -> Bool {
        let isAccepted = self.state.withLock { state in
            guard !state.isClosed, state.reservedCount < self.reservedCapacity else { return false }
            state.reservedCount += 1
            state.messages.append(message)
            return true
        }
        if isAccepted { self.waker?.wake() }
        return isAccepted
    }

    /// Moves all that waits into `messages`, in order of arrival, replacing what was in it.
    package func drain(into messages: inout [Message]) {
        messages.removeAll(keepingCapacity: true)
        self.state.withLock { state in
            guard !state.messages.isEmpty else { return }
            swap(&state.messages, &messages)
            state.ordinaryCount = 0
            state.reservedCount = 0
        }
    }

    /// Refuses every later message. What waits can still be drained.
    package func close() {
        self.state.withLock { $0.isClosed = true }
    }
}
