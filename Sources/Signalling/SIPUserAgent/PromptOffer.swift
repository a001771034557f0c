import SIPSyntax
import SIPTransaction
import Timekeeping

/// The peer's offer in an UPDATE (RFC 3311 section 5.2) or in a PRACK (RFC 3262 section 5): one at a time, answered in
/// the 2xx, without ACK, and soon.
///
///   idle ──UPDATE or PRACK with SDP──▶ offered ──2xx, refusal, 504 when the owner is slow──▶ idle
struct PromptOffer: Sendable {
    enum State: Sendable {
        case idle
        case offered(ServerTransactionKey, Request, until: Instant)
    }

    private(set) var state = State.idle

    var deadline: Instant? {
        switch self.state {
        case .idle: nil
        case .offered(_, _, let until): until
        }
    }

    var isIdle: Bool {
        if case .idle = self.state { true } else { false }
    }

    mutating func receive(_ request: Request, _ key: ServerTransactionKey, until: Instant) {
        precondition(self.isIdle, "one offer at a time")
        self.state = .offered(key, request, until: until)
    }

    /// Takes the open request to be answered now; nil when there is none.
    mutating func take() -> (key: ServerTransactionKey, request: Request)? {
        guard case .offered(let key, let request, _) = self.state else { return nil }
        self.state = .idle
        return (key, request)
    }

    /// Takes the open request that the owner has not answered in time.
    mutating func takeOverdue(at now: Instant) -> (key: ServerTransactionKey, request: Request)? {
        guard let deadline = self.deadline, deadline <= now else { return nil }
        return self.take()
    }
}
