import SIPTransaction
import Timekeeping

/// When a 2xx to INVITE is sent again: by the transaction user, on every transport, until its ACK comes (RFC 3261
/// section 13.3.1.4). The pause starts at T1 and doubles up to T2; after 64·T1 it is given up.
struct AnswerRetransmission: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case sendAgain
        case giveUp
    }

    private let timings: TransactionTimings
    private var pause: Duration
    private var next: Instant
    private let end: Instant

    init(timings: TransactionTimings, at now: Instant) {
        self.timings = timings
        self.pause = timings.roundTrip
        self.next = now + timings.roundTrip
        self.end = now + timings.transactionLifetime
    }

    var deadline: Instant { min(self.next, self.end) }

    /// What is due; nil when nothing is.
    mutating func step(at now: Instant) -> Step? {
        if now >= self.end { return .giveUp }
        guard now >= self.next else { return nil }
        self.pause = self.timings.doubled(self.pause)
        self.next = now + self.pause
        return .sendAgain
    }
}
