import SIPSyntax
import SIPTransaction
import Timekeeping

/// The peer's re-INVITE within an established call (RFC 3261 section 14.2): at most one at a time.
///
///   idle ──re-INVITE──▶ offered ──2xx──▶ answered ──ACK──▶ idle
///                          └──refusal, CANCEL, 64·T1──▶ idle
struct ReinviteServer: Sendable {
    enum State: Sendable {
        case idle
        /// The owner has the offer. Unanswered it is refused at `until`.
        case offered(ServerTransactionKey, Request, until: Instant)
        /// `isOffer` when the re-INVITE had none, so that the ACK has the answer.
        case answered(ServerTransactionKey, Response, sequence: UInt32, isOffer: Bool, AnswerRetransmission)
    }

    enum Action: Sendable {
        case sendAnswer(ServerTransactionKey, Response)
        case refuse(ServerTransactionKey, Request, StatusCode, [Headers.Field])
        /// No ACK came for the 2xx: the session is to be ended by BYE.
        case endSession
    }

    private(set) var state = State.idle

    var deadline: Instant? {
        switch self.state {
        case .idle: nil
        case .offered(_, _, let until): until
        case .answered(_, _, _, _, let retransmission): retransmission.deadline
        }
    }

    var isIdle: Bool {
        if case .idle = self.state { true } else { false }
    }

    /// The re-INVITE that the owner has not answered.
    var offered: (key: ServerTransactionKey, request: Request)? {
        if case .offered(let key, let request, _) = self.state { (key, request) } else { nil }
    }

    /// Whether our 2xx has the offer and its ACK is to have the answer.
    var awaitsAnswerInACK: Bool {
        if case .answered(_, _, _, isOffer: true, _) = self.state { true } else { false }
    }

    mutating func receive(_ request: Request, _ key: ServerTransactionKey, until: Instant) {
        precondition(self.isIdle, "one re-INVITE at a time")
        self.state = .offered(key, request, until: until)
    }

    mutating func answer(_ response: Response, sequence: UInt32, timings: TransactionTimings, at now: Instant)
        -> [Action]
    {
        guard let (key, request) = self.offered else { return [] }
        let retransmission = AnswerRetransmission(timings: timings, at: now)
        self.state = .answered(
            key, response, sequence: sequence, isOffer: request.body.isEmpty, retransmission)
        return [.sendAnswer(key, response)]
    }

    mutating func refuse(_ status: StatusCode, _ headers: [Headers.Field]) -> [Action] {
        guard let (key, request) = self.offered else { return [] }
        self.state = .idle
        return [.refuse(key, request, status, headers)]
    }

    /// True when this is the ACK that was awaited.
    mutating func receiveACK(sequence: UInt32) -> Bool {
        guard case .answered(_, _, sequence, _, _) = self.state else { return false }
        self.state = .idle
        return true
    }

    mutating func handleTimeout(at now: Instant) -> [Action] {
        switch self.state {
        case .idle:
            return []
        case .offered(_, _, let until):
            return until <= now ? self.refuse(.serverInternalError, []) : []
        case .answered(let key, let response, let sequence, let isOffer, var retransmission):
            switch retransmission.step(at: now) {
            case .sendAgain:
                self.state = .answered(key, response, sequence: sequence, isOffer: isOffer, retransmission)
                return [.sendAnswer(key, response)]
            case .giveUp:
                self.state = .idle
                return [.endSession]
            case nil:
                return []
            }
        }
    }
}
