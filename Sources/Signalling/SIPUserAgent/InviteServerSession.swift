import SIPSyntax
import SIPTransaction
import Timekeeping

/// A call that comes in, from INVITE to the end of its BYE (RFC 3261 sections 9.2, 13.3 and 15).
///
///   ┌─────────┐ reject, hang up, CANCEL, BYE
///   │ Ringing ├────────────────────────────────────────────┐
///   └────┬────┘                                            │
///        │ answer: 2xx, sent again until ACK               │
///   ┌────▼────────┐ hang up  ┌────────────────────┐        │
///   │Awaiting ACK ├─────────▶│BYE awaits the ACK  │        │
///   └─┬───┬───────┘          └──────────┬─────────┘        │
/// ACK │   │ 64·T1: BYE                  │ ACK, 64·T1: BYE  │
///   ┌─▼───┼─────┐  hang up: BYE  ┌──────▼─┐ BYE answered   │
///   │Established├───────────────▶│ Byeing ├───────────────▶│
///   └─────┼─────┘   └───────────▶└────────┘                │
///         │ BYE received                              ┌────▼───┐
///         └──────────────────────────────────────────▶│  Over  │
///                                                     └────────┘
struct InviteServerSession: Sendable {
    enum State: Hashable, Sendable {
        /// Without the owner's answer the INVITE is answered 480 at `until`.
        case ringing(until: Instant)
        case awaitingACK(AnswerRetransmission)
        /// The callee may not send BYE before the ACK has come or has been given up (section 15).
        case byeAwaitsACK(AnswerRetransmission, [Headers.Field])
        case established
        /// BYE is sent; the call ends for this cause.
        case byeing(EndReason.Cause)
        case over
    }

    enum Action: Hashable, Sendable {
        /// The 2xx, for the first time or again.
        case sendAnswer
        /// Answer the INVITE with this instead.
        case refuse(StatusCode, [Headers.Field])
        case reportConfirmed
        case sendBye([Headers.Field])
        case end(EndReason.Cause)
    }

    private(set) var state: State
    private let timings: TransactionTimings

    init(timings: TransactionTimings, setupDurationMax: Duration, at now: Instant) {
        self.timings = timings
        self.state = .ringing(until: now + setupDurationMax)
    }

    /// Why BYE was sent; nil unless it waits for its answer.
    var byeCause: EndReason.Cause? {
        if case .byeing(let cause) = self.state { cause } else { nil }
    }

    var deadline: Instant? {
        switch self.state {
        case .ringing(let until): until
        case .awaitingACK(let retransmission), .byeAwaitsACK(let retransmission, _): retransmission.deadline
        case .established, .byeing, .over: nil
        }
    }

    var isRinging: Bool {
        if case .ringing = self.state { true } else { false }
    }

    /// Whether no ACK has come yet.
    var isHalfOpen: Bool {
        switch self.state {
        case .ringing, .awaitingACK, .byeAwaitsACK: true
        case .established, .byeing, .over: false
        }
    }

    /// Whether the INVITE was answered 2xx and the call is not being ended.
    var isAnswered: Bool {
        switch self.state {
        case .awaitingACK, .established: true
        case .ringing, .byeAwaitsACK, .byeing, .over: false
        }
    }

    mutating func answer(at now: Instant) -> [Action] {
        guard self.isRinging else { return [] }
        self.state = .awaitingACK(AnswerRetransmission(timings: self.timings, at: now))
        return [.sendAnswer]
    }

    mutating func reject(_ status: StatusCode, _ headers: [Headers.Field]) -> [Action] {
        guard self.isRinging else { return [] }
        self.state = .over
        return [.refuse(status, headers), .end(.rejectedByUs)]
    }

    /// No PRACK came for a reliable provisional (RFC 3262 section 3).
    mutating func provisionalUnacknowledged() -> [Action] {
        guard self.isRinging else { return [] }
        self.state = .over
        return [.refuse(.serverTimeout, []), .end(.prackMissing)]
    }

    /// The peer's CANCEL. After the final answer it changes nothing (section 9.2).
    mutating func receiveCancel() -> [Action] {
        guard self.isRinging else { return [] }
        self.state = .over
        return [.refuse(.requestTerminated, []), .end(.cancelledByPeer)]
    }

    mutating func receiveACK() -> [Action] {
        switch self.state {
        case .awaitingACK:
            self.state = .established
            return [.reportConfirmed]
        case .byeAwaitsACK(_, let headers):
            self.state = .byeing(.hungUpByUs)
            return [.sendBye(headers)]
        case .ringing, .established, .byeing, .over:
            return []
        }
    }

    /// The peer's BYE. It may come before the ACK, and, from the caller, before the answer (section 15).
    mutating func receiveBye() -> [Action] {
        defer { self.state = .over }
        switch self.state {
        case .ringing: return [.refuse(.requestTerminated, []), .end(.cancelledByPeer)]
        case .awaitingACK, .established: return [.end(.hungUpByPeer)]
        case .byeAwaitsACK: return [.end(.hungUpByUs)]
        case .byeing(let cause): return [.end(cause)]
        case .over: return []
        }
    }

    /// Ends the call from our side, in whichever way its state wants.
    mutating func hangUp(_ headers: [Headers.Field]) -> [Action] {
        switch self.state {
        case .ringing:
            return self.reject(.temporarilyUnavailable, headers)
        case .awaitingACK(let retransmission):
            self.state = .byeAwaitsACK(retransmission, headers)
            return []
        case .established:
            self.state = .byeing(.hungUpByUs)
            return [.sendBye(headers)]
        case .byeAwaitsACK, .byeing, .over:
            return []
        }
    }

    /// Our BYE was answered, whatever the answer, or got none.
    mutating func byeDone() -> [Action] {
        guard case .byeing(let cause) = self.state else { return [] }
        self.state = .over
        return [.end(cause)]
    }

    mutating func fail(_ cause: EndReason.Cause) -> [Action] {
        guard self.isAnswered else { return [] }
        self.state = .byeing(cause)
        return [.sendBye(cause.release)]
    }

    mutating func handleTimeout(at now: Instant) -> [Action] {
        switch self.state {
        case .ringing(let until):
            return until <= now ? self.reject(.temporarilyUnavailable, []) : []
        case .awaitingACK(var retransmission):
            switch retransmission.step(at: now) {
            case .sendAgain:
                self.state = .awaitingACK(retransmission)
                return [.sendAnswer]
            case .giveUp:
                return self.fail(.ackMissing)
            case nil:
                return []
            }
        case .byeAwaitsACK(var retransmission, let headers):
            switch retransmission.step(at: now) {
            case .sendAgain:
                self.state = .byeAwaitsACK(retransmission, headers)
                return [.sendAnswer]
            case .giveUp:
                self.state = .byeing(.hungUpByUs)
                return [.sendBye(headers)]
            case nil:
                return []
            }
        case .established, .byeing, .over:
            return []
        }
    }
}
