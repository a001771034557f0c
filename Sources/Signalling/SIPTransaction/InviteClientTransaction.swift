import SIPSyntax
import Timekeeping

/// The INVITE client transaction of RFC 3261 section 17.1.1, with the Accepted state of RFC 6026 section 7.2.
///
///              INVITE sent
///                   │    A: send again, pause doubles
///               ┌───▼────┐            B, transport error
///               │Calling ├───────────────────────┐
///               └┬──┬───┬┘                       │
///            1xx │  │   │ 2xx                    │
///        ┌───────▼┐ │  ┌▼────────┐ 2xx: pass up  │
///    1xx │Proceed-├─┼─▶│Accepted ├──────┐        │
///        │ing     │ │  └─────────┘    M │        │
///        └───────┬┘ │ 3xx-6xx: ACK      │        │
///        3xx-6xx │  │                   │        │
///           ACK ┌▼──▼─────┐     D, error│        │
///   3xx-6xx:ACK │Completed├─────────┐   │        │
///               └─────────┘    ┌────▼───▼────────▼┐
///                              │    Terminated    │
///                              └──────────────────┘
///
/// The machine holds no messages: its table sends what the actions name. The first request is sent by whoever makes the
/// machine. Nothing ends Proceeding but an answer, so the transaction user limits how long it waits.
package struct InviteClientTransaction: Sendable {
    package enum State: Hashable, Sendable {
        /// `pause` is timer A's current length.
        case calling(pause: Duration)
        case proceeding
        /// A 2xx came; further ones, retransmitted or forked, are passed up until timer M.
        case accepted
        case completed
        case terminated
    }

    package enum Action: Hashable, Sendable {
        case sendRequest
        case sendACK
        case passUp
        case timedOut
    }

    private enum Timer: Hashable, Sendable {
        case a, b, d, m
    }

    package private(set) var state: State
    private let timings: TransactionTimings
    private let isReliable: Bool
    private var timers = TimerTable<Timer>()

    package init(timings: TransactionTimings, isReliable: Bool, at now: Instant) {
        self.timings = timings
        self.isReliable = isReliable
        self.state = .calling(pause: timings.roundTrip)
        if !isReliable { self.timers.arm(.a, at: now + timings.roundTrip) }
        self.timers.arm(.b, at: now + timings.transactionLifetime)
    }

    /// When `handleTimeout` is due next; nil when no timer runs.
    package var deadline: Instant? { self.timers.deadline }

    package mutating func receive(_ status: StatusCode, at now: Instant) -> [Action] {
        switch (self.state, status.outcome) {
        case (.calling, .provisional), (.proceeding, .provisional):
            self.timers.disarmAll()
            self.state = .proceeding
            return [.passUp]
        case (.calling, .success), (.proceeding, .success):
            self.timers.disarmAll()
            self.timers.arm(.m, at: now + self.timings.transactionLifetime)
            self.state = .accepted
            return [.passUp]
        case (.calling, .failure), (.proceeding, .failure):
            self.timers.disarmAll()
            if self.isReliable {
                self.state = .terminated
            } else {
                self.timers.arm(.d, at: now + self.timings.responseRetransmissionWait)
                self.state = .completed
            }
            return [.sendACK, .passUp]
        case (.accepted, .success):
            return [.passUp]
        case (.completed, .failure):
            return [.sendACK]
        case (.accepted, .provisional), (.accepted, .failure), (.completed, .provisional), (.completed, .success),
            (.terminated, _):
            return []
        }
    }

    package mutating func handleTimeout(at now: Instant) -> [Action] {
        switch (self.timers.popDue(at: now), self.state) {
        case (.a, .calling(let pause)):
            self.state = .calling(pause: pause * 2)
            self.timers.arm(.a, at: now + pause * 2)
            return [.sendRequest]
        case (.b, .calling):
            self.terminate()
            return [.timedOut]
        case (.d, _), (.m, _):
            self.terminate()
            return []
        case (nil, _), (.a, _), (.b, _):
            return []
        }
    }

    /// The request could not be sent, or its connection was lost before any answer.
    package mutating func terminate() {
        self.timers.disarmAll()
        self.state = .terminated
    }
}
