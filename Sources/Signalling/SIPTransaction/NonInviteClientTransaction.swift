import SIPSyntax
import Timekeeping

/// The non-INVITE client transaction of RFC 3261 section 17.1.2.
///
///            request sent
///                 │    E: send again, pause doubles up to T2
///            ┌────▼───┐                 F, transport error
///            │ Trying ├─────────────────────────┐
///            └┬─────┬─┘                         │
///         1xx │     │ 200-699                   │
///    ┌────────▼─┐   │     E: send again each T2 │
///    │Proceeding├───┼──────────────────────────▶┤ F
///    └────────┬─┘   │                           │
///     200-699 │     │                           │
///            ┌▼─────▼──┐ K                      │
///            │Completed├───────────────────────▶┤
///            └─────────┘                   ┌────▼─────┐
///                                          │Terminated│
///                                          └──────────┘
package struct NonInviteClientTransaction: Sendable {
    package enum State: Hashable, Sendable {
        /// `pause` is timer E's current length.
        case trying(pause: Duration)
        case proceeding
        case completed
        case terminated
    }

    package enum Action: Hashable, Sendable {
        case sendRequest
        case passUp
        case timedOut
    }

    private enum Timer: Hashable, Sendable {
        case e, f, k
    }

    package private(set) var state: State
    private let timings: TransactionTimings
    private let isReliable: Bool
    private var timers = TimerTable<Timer>()

    package init(timings: TransactionTimings, isReliable: Bool, at now: Instant) {
        self.timings = timings
        self.isReliable = isReliable
        self.state = .trying(pause: timings.roundTrip)
        if !isReliable { self.timers.arm(.e, at: now + timings.roundTrip) }
        self.timers.arm(.f, at: now + timings.transactionLifetime)
    }

    package var deadline: Instant? { self.timers.deadline }

    package mutating func receive(_ status: StatusCode, at now: Instant) -> [Action] {
        switch (self.state, status.outcome) {
        case (.trying, .provisional):
            // Timer E keeps running; once it fires it is armed for T2 (RFC 3261 section 17.1.2.2).
            self.state = .proceeding
            return [.passUp]
        case (.proceeding, .provisional):
            return [.passUp]
        case (.trying, .success), (.trying, .failure), (.proceeding, .success), (.proceeding, .failure):
            self.timers.disarmAll()
            if self.isReliable {
                self.state = .terminated
            } else {
                self.timers.arm(.k, at: now + self.timings.messageLifetime)
                self.state = .completed
            }
            return [.passUp]
        case (.completed, _), (.terminated, _):
            return []
        }
    }

    package mutating func handleTimeout(at now: Instant) -> [Action] {
        switch (self.timers.popDue(at: now), self.state) {
        case (.e, .trying(let pause)):
            let next = self.timings.doubled(pause)
            self.state = .trying(pause: next)
            self.timers.arm(.e, at: now + next)
            return [.sendRequest]
        case (.e, .proceeding):
            self.timers.arm(.e, at: now + self.timings.retransmissionMax)
            return [.sendRequest]
        case (.f, .trying), (.f, .proceeding):
            self.terminate()
            return [.timedOut]
        case (.k, _):
            self.terminate()
            return []
        case (nil, _), (.e, _), (.f, _):
            return []
        }
    }

    /// The request could not be sent, or its connection was lost before the final answer.
    package mutating func terminate() {
        self.timers.disarmAll()
        self.state = .terminated
    }
}
