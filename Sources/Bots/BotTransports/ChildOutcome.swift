import Synchronization

/// How a child ended: set once by the thread that reaps it, read by the thread that serves its link.
package final class ChildOutcome: Sendable {
    package enum Ending: Hashable, Sendable {
        case exited(code: Int32)
        case killed(signal: Int32)
    }

    private let state = Mutex<Ending?>(nil)

    package var ending: Ending? { self.state.withLock { $0 } }

    func set(_ ending: Ending) {
        self.state.withLock { $0 = ending }
    }
}
