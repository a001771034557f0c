import SIPSyntax
import SIPTransaction
import Timekeeping

/// A call that we place, from INVITE to the end of its BYE (RFC 3261 sections 9.1, 13.2 and 15).
///
///                    hang up                    1xx: CANCEL
///       ┌─────────┐─────────▶┌────────────────┐────────────▶┌────────────┐
///       │ Calling │          │Cancel waiting  │             │ Cancelling │─┐ 64·T1 without
///       └──┬────┬─┘          └───┬────────┬───┘             └──┬──────┬──┘ │ an answer
///      1xx │    │ 2xx: ACK       │2xx     │ 3xx-6xx         2xx│      │3xx-│
///   ┌──────▼──┐ │                │        │                    │      │6xx │
///   │Proceed- │ │ hang up: CANCEL│        │                    │      │    │
///   │ing      ├─┼────────────────┼────────┼───▶ Cancelling     │      │    │
///   └─┬─────┬─┘ │                ▼        │                    ▼      │    │
///     │     │2xx│             ACK, BYE    │              ACK, BYE     │    │
///     │   ┌─▼───▼───┐ hang up:BYE  ┌──────┴─┐                  │      │    │
///     │   │Establi- ├─────────────▶│ Byeing │◀─────────────────┘      │    │
///     │   │shed     │              └────┬───┘                         │    │
///     │   └────┬────┘ BYE received      │ BYE answered, timed out     │    │
///     │ 3xx-6xx▼                        ▼                             ▼    ▼
///     └──────────────────────────▶   Over
///
/// Retransmitted and forked 2xx are not this machine's: whoever holds the ACKs of an INVITE deals with them.
struct InviteClientSession: Sendable {
    enum State: Hashable, Sendable {
        /// No answer at all yet. Given up at `until`.
        case calling(until: Instant)
        /// To be cancelled; the CANCEL may not be sent before a 1xx (section 9.1).
        case cancelWaiting([Headers.Field])
        case proceeding(until: Instant)
        /// CANCEL is sent; without a final answer the call is over at `until`.
        case cancelling(until: Instant)
        case established
        /// BYE is sent; the call ends for this cause.
        case byeing(EndReason.Cause)
        case over
    }

    enum Action: Hashable, Sendable {
        case reportProvisional
        /// The first 2xx: make the dialog, acknowledge, and tell the owner.
        case acknowledgeAndReport
        /// The first 2xx after we gave up: make the dialog and acknowledge, without a word to the owner.
        case acknowledge
        case sendCancel([Headers.Field])
        case sendBye([Headers.Field])
        case abandonInvite
        case end(EndReason.Cause)
    }

    private(set) var state: State
    private let timings: TransactionTimings

    init(timings: TransactionTimings, setupDurationMax: Duration, at now: Instant) {
        self.timings = timings
        self.state = .calling(until: now + setupDurationMax)
    }

    /// Why BYE was sent; nil unless it waits for its answer.
    var byeCause: EndReason.Cause? {
        if case .byeing(let cause) = self.state { cause } else { nil }
    }

    var deadline: Instant? {
        switch self.state {
        case .calling(let until), .proceeding(let until), .cancelling(let until): until
        case .cancelWaiting, .established, .byeing, .over: nil
        }
    }

    /// Whether a 2xx would be this call's first answer.
    var awaitsAnswer: Bool {
        switch self.state {
        case .calling, .cancelWaiting, .proceeding, .cancelling: true
        case .established, .byeing, .over: false
        }
    }

    /// Whether the owner still wants the call: it is not answered, and not being given up.
    var isWanted: Bool {
        switch self.state {
        case .calling, .proceeding: true
        case .cancelWaiting, .cancelling, .established, .byeing, .over: false
        }
    }

    /// The INVITE goes again, in a transaction that has no 1xx yet: a CANCEL has to wait for one.
    mutating func sentAgain() {
        if case .proceeding(let until) = self.state { self.state = .calling(until: until) }
    }

    /// A response to the INVITE; of 2xx only the first.
    mutating func receive(_ status: StatusCode, at now: Instant) -> [Action] {
        switch self.state {
        case .calling(let until), .proceeding(let until):
            if status.isProvisional {
                self.state = .proceeding(until: until)
                return [.reportProvisional]
            }
            self.state = status.isSuccess ? .established : .over
            return status.isSuccess ? [.acknowledgeAndReport] : [.end(.rejectedByPeer)]
        case .cancelWaiting(let headers):
            if status.isProvisional {
                self.state = .cancelling(until: now + self.timings.transactionLifetime)
                return [.sendCancel(headers)]
            }
            return self.receiveFinalAfterCancel(status, headers)
        case .cancelling:
            return status.isProvisional ? [] : self.receiveFinalAfterCancel(status, [])
        case .established, .byeing, .over:
            return []
        }
    }

    /// A 2xx that crossed our CANCEL makes a call all the same, which is ended by BYE.
    private mutating func receiveFinalAfterCancel(_ status: StatusCode, _ headers: [Headers.Field]) -> [Action] {
        if status.isSuccess {
            self.state = .byeing(.cancelledByUs)
            return [.acknowledge, .sendBye(headers)]
        }
        self.state = .over
        return [.end(.cancelledByUs)]
    }

    /// The INVITE got no answer, or could not be sent.
    mutating func inviteFailed(_ cause: EndReason.Cause) -> [Action] {
        switch self.state {
        case .calling, .proceeding:
            self.state = .over
            return [.end(cause)]
        case .cancelWaiting, .cancelling:
            self.state = .over
            return [.end(.cancelledByUs)]
        case .established, .byeing, .over:
            return []
        }
    }

    /// Ends the call from our side, in whichever way its state wants.
    mutating func hangUp(_ headers: [Headers.Field], at now: Instant) -> [Action] {
        switch self.state {
        case .calling:
            self.state = .cancelWaiting(headers)
            return []
        case .proceeding:
            self.state = .cancelling(until: now + self.timings.transactionLifetime)
            return [.sendCancel(headers)]
        case .established:
            self.state = .byeing(.hungUpByUs)
            return [.sendBye(headers)]
        case .cancelWaiting, .cancelling, .byeing, .over:
            return []
        }
    }

    /// The peer's BYE. One that crosses ours ends the call for our cause: ours came first for us.
    mutating func receiveBye() -> [Action] {
        switch self.state {
        case .established:
            self.state = .over
            return [.end(.hungUpByPeer)]
        case .byeing(let cause):
            self.state = .over
            return [.end(cause)]
        case .calling, .cancelWaiting, .proceeding, .cancelling, .over:
            return []
        }
    }

    /// Our BYE was answered, whatever the answer, or got none: the call is over (section 15.1.1).
    mutating func byeDone() -> [Action] {
        guard case .byeing(let cause) = self.state else { return [] }
        self.state = .over
        return [.end(cause)]
    }

    mutating func fail(_ cause: EndReason.Cause) -> [Action] {
        guard self.state == .established else { return [] }
        self.state = .byeing(cause)
        return [.sendBye(cause.release)]
    }

    mutating func handleTimeout(at now: Instant) -> [Action] {
        guard let deadline = self.deadline, deadline <= now else { return [] }
        if case .cancelling = self.state {
            self.state = .over
            return [.abandonInvite, .end(.cancelledByUs)]
        }
        return self.hangUp([], at: now)
    }
}
