import SIPSyntax
import Timekeeping

/// The non-INVITE server transaction of RFC 3261 section 17.2.2.
///
///              request: pass up
///                    │
///               ┌────▼───┐ request: absorb
///               │ Trying ├────────────┐
///               └────┬───┘            │
///                    │ 1xx: send      │
///     request:  ┌────▼─────┐          │ 200-699: send
///     send again│Proceeding├─┐        │
///     1xx: send └──────────┘ │        │
///                    200-699 │        │
///     request:            ┌──▼────────▼┐ J  ┌──────────┐
///     send again          │ Completed  ├───▶│Terminated│
///                         └────────────┘    └──────────┘
package struct NonInviteServerTransaction: Sendable {
    package enum State: Hashable, Sendable {
        case trying
        case proceeding
        case completed
        case terminated
    }

    package enum Action: Hashable, Sendable {
        /// Send the response that was given last.
        case sendResponse
    }

    private enum Timer: Hashable, Sendable {
        case j
    }

    package private(set) var state = State.trying
    private let timings: TransactionTimings
    private let isReliable: Bool
    private var timers = TimerTable<Timer>()

    package init(timings: TransactionTimings, isReliable: Bool) {
        self.timings = timings
        self.isReliable = isReliable
    }

    package var deadline: Instant? { self.timers.deadline }

    /// The same request again.
    package func receiveRequestAgain() -> [Action] {
        switch self.state {
        case .proceeding, .completed: [.sendResponse]
        case .trying, .terminated: []
        }
    }

    /// The transaction user answers. A response after the final one is not sent.
    package mutating func respond(_ status: StatusCode, at now: Instant) -> [Action] {
        switch (self.state, status.outcome) {
        case (.trying, .provisional), (.proceeding, .provisional):
            self.state = .proceeding
            return [.sendResponse]
        case (.trying, .success), (.trying, .failure), (.proceeding, .success), (.proceeding, .failure):
            if self.isReliable {
                self.state = .terminated
            } else {
                self.timers.arm(.j, at: now + self.timings.transactionLifetime)
                self.state = .completed
            }
            return [.sendResponse]
        case (.completed, _), (.terminated, _):
            return []
        }
    }

    package mutating func handleTimeout(at now: Instant) {
        if self.timers.popDue(at: now) != nil { self.terminate() }
    }

    package mutating func terminate() {
        self.timers.disarmAll()
        self.state = .terminated
    }
}
