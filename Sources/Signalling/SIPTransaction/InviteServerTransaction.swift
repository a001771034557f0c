import SIPSyntax
import Timekeeping

/// The INVITE server transaction of RFC 3261 section 17.2.1, with the Accepted state of RFC 6026 section 7.1.
///
///                 INVITE: pass up
///                      │
///     INVITE:     ┌────▼─────┐
///     send again  │Proceeding├───────────────┐ 2xx: send
///     1xx: send   └────┬─────┘               │
///                      │ 3xx-6xx: send   ┌───▼────┐ INVITE: absorb
///     INVITE, G:  ┌────▼─────┐           │Accepted│ ACK: pass up
///     send again  │Completed ├──┐ H      └───┬────┘ 2xx: send
///                 └────┬─────┘  │            │ L
///                      │ ACK    │            │
///                 ┌────▼─────┐  │            │
///                 │Confirmed │  │            │
///                 └────┬─────┘  │            │
///                      │ I ┌────▼─────┐      │
///                      └──▶│Terminated│◀─────┘
///                          └──────────┘
///
/// The 2xx is retransmitted by the transaction user, through this machine, until its ACK arrives.
package struct InviteServerTransaction: Sendable {
    package enum State: Hashable, Sendable {
        case proceeding
        case accepted
        /// `pause` is timer G's current length.
        case completed(pause: Duration)
        case confirmed
        case terminated
    }

    package enum Action: Hashable, Sendable {
        /// Send the response that was given last.
        case sendResponse
        /// This ACK belongs to a 2xx and is the transaction user's.
        case passUpACK
        /// No ACK came for a 3xx-6xx.
        case ackMissing
    }

    private enum Timer: Hashable, Sendable {
        case g, h, i, l
    }

    package private(set) var state = State.proceeding
    private let timings: TransactionTimings
    private let isReliable: Bool
    private var timers = TimerTable<Timer>()

    package init(timings: TransactionTimings, isReliable: Bool) {
        self.timings = timings
        self.isReliable = isReliable
    }

    package var deadline: Instant? { self.timers.deadline }

    /// The same INVITE again. `hasResponse` tells whether there is a response to repeat.
    package func receiveInviteAgain(hasResponse: Bool) -> [Action] {
        switch self.state {
        case .proceeding, .completed: hasResponse ? [.sendResponse] : []
        case .accepted, .confirmed, .terminated: []
        }
    }

    package mutating func receiveACK(at now: Instant) -> [Action] {
        switch self.state {
        case .completed:
            self.timers.disarmAll()
            if self.isReliable {
                self.state = .terminated
            } else {
                self.timers.arm(.i, at: now + self.timings.messageLifetime)
                self.state = .confirmed
            }
            return []
        case .accepted:
            return [.passUpACK]
        case .proceeding, .confirmed, .terminated:
            return []
        }
    }

    /// The transaction user answers. A response that the state has no place for is not sent.
    package mutating func respond(_ status: StatusCode, at now: Instant) -> [Action] {
        switch (self.state, status.outcome) {
        case (.proceeding, .provisional):
            return [.sendResponse]
        case (.proceeding, .success):
            self.timers.arm(.l, at: now + self.timings.transactionLifetime)
            self.state = .accepted
            return [.sendResponse]
        case (.accepted, .success):
            return [.sendResponse]
        case (.proceeding, .failure):
            if !self.isReliable { self.timers.arm(.g, at: now + self.timings.roundTrip) }
            self.timers.arm(.h, at: now + self.timings.transactionLifetime)
            self.state = .completed(pause: self.timings.roundTrip)
            return [.sendResponse]
        case (.accepted, .provisional), (.accepted, .failure), (.completed, _), (.confirmed, _), (.terminated, _):
            return []
        }
    }

    package mutating func handleTimeout(at now: Instant) -> [Action] {
        switch (self.timers.popDue(at: now), self.state) {
        case (.g, .completed(let pause)):
            let next = self.timings.doubled(pause)
            self.state = .completed(pause: next)
            self.timers.arm(.g, at: now + next)
            return [.sendResponse]
        case (.h, .completed):
            self.terminate()
            return [.ackMissing]
        case (.i, _), (.l, _):
            self.terminate()
            return []
        case (nil, _), (.g, _), (.h, _):
            return []
        }
    }

    package mutating func terminate() {
        self.timers.disarmAll()
        self.state = .terminated
    }
}
