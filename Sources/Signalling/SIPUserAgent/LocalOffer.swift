import SIPSyntax
import SIPTransaction
import Timekeeping

/// Our own re-INVITE or UPDATE within a call (RFC 3261 section 14.1, RFC 3311 section 5.1): at most one at a time, and at
/// most one more that waits for its turn.
///
///             may not go yet                 may go now
///   idle ──wish──▶ waiting ─────────────────────────────▶ sent ──2xx, refusal──▶ idle, or waiting with the next wish
///                    ▲                                     │ │
///                    └──pause over── backing off ◀──491────┘ └──2xx with the peer's offer──▶ owed ──ACK──▶ idle
///
/// Whether a request may go now is not this machine's: it depends on the peer's own offers.
package struct LocalOffer: Sendable {
    /// What is wanted of the peer.
    package struct Wish: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case offer([UInt8])
            /// A re-INVITE without SDP: the peer makes the offer.
            case request
            /// A session refresh (RFC 4028 section 10), by UPDATE if the peer takes it.
            case refresh(mayUpdate: Bool)
        }

        package var kind: Kind
        package var headers: [Headers.Field] = []
        /// How often it met an offer of the peer's.
        package var glares = 0
        /// Whether it was sent again with the longer interval of a 422.
        package var isIntervalRaised = false

        package init(kind: Kind, headers: [Headers.Field] = []) {
            self.kind = kind
            self.headers = headers
        }
    }

    package enum State: Hashable, Sendable {
        case idle
        case waiting(Wish)
        case sent(Wish, Method, next: Wish?)
        /// The 2xx had the peer's offer; the ACK waits for the owner's answer.
        case owed(ClientTransactionKey, until: Instant, next: Wish?)
        /// After a 491 nothing goes before the pause is over (RFC 3261 section 14.1); nil when nothing is wanted any more.
        case backingOff(Wish?, until: Instant)
    }

    package private(set) var state = State.idle

    package init() {}

    package var deadline: Instant? {
        switch self.state {
        case .idle, .waiting, .sent: nil
        case .owed(_, let until, _), .backingOff(_, let until): until
        }
    }

    /// What waits for its turn.
    package var waiting: Wish? {
        if case .waiting(let wish) = self.state { wish } else { nil }
    }

    /// What is on the wire.
    package var sent: (wish: Wish, method: Method)? {
        if case .sent(let wish, let method, _) = self.state { (wish, method) } else { nil }
    }

    package var isIdle: Bool { self.state == .idle }

    /// Takes a wish on. A refresh is dropped when anything else is on its way: every re-INVITE and UPDATE refreshes. An
    /// offer takes the place of the one that waits, and that one's pause and glares after a 491.
    package mutating func want(_ wish: Wish) {
        let isRefresh = wish.isRefresh
        switch self.state {
        case .idle:
            self.state = .waiting(wish)
        case .waiting:
            if !isRefresh { self.state = .waiting(wish) }
        case .backingOff(nil, let until):
            self.state = .backingOff(wish, until: until)
        case .backingOff(let current?, let until):
            guard !isRefresh else { return }
            var later = wish
            later.glares = current.glares
            self.state = .backingOff(later, until: until)
        case .sent(let current, let method, _):
            if !isRefresh { self.state = .sent(current, method, next: wish) }
        case .owed(let key, let until, _):
            if !isRefresh { self.state = .owed(key, until: until, next: wish) }
        }
    }

    /// Forgets what has not been sent.
    package mutating func withdraw() {
        switch self.state {
        case .idle: break
        case .waiting: self.state = .idle
        case .backingOff(_, let until): self.state = .backingOff(nil, until: until)
        case .sent(let wish, let method, _): self.state = .sent(wish, method, next: nil)
        case .owed(let key, let until, _): self.state = .owed(key, until: until, next: nil)
        }
    }

    package mutating func send(by method: Method) {
        guard case .waiting(let wish) = self.state else { preconditionFailure("what does not wait is not sent") }
        self.state = .sent(wish, method, next: nil)
    }

    /// The request has its final answer, whichever, or never will have. Returns what it was.
    package mutating func finish() -> Wish? {
        guard case .sent(let wish, _, let next) = self.state else { return nil }
        self.state = next.map { .waiting($0) } ?? .idle
        return wish
    }

    /// Sends the same again, changed, unless the owner wants something else by now.
    package mutating func sendAgain(_ wish: Wish) {
        guard case .sent(_, _, let next) = self.state else { return }
        self.state = .waiting(next ?? wish)
    }

    /// 491: the same again after a pause, unless the owner wants something else by then.
    package mutating func backOff(until: Instant) {
        guard case .sent(var wish, _, let next) = self.state else { return }
        wish.glares += 1
        var again = next ?? wish
        again.glares = wish.glares
        self.state = .backingOff(again, until: until)
    }

    /// The 2xx to our request for an offer has one; also that to an INVITE without offer, which began the call.
    package mutating func owe(_ key: ClientTransactionKey, until: Instant) {
        switch self.state {
        case .sent(_, _, let next): self.state = .owed(key, until: until, next: next)
        case .idle: self.state = .owed(key, until: until, next: nil)
        case .waiting(let wish): self.state = .owed(key, until: until, next: wish)
        case .owed, .backingOff: break
        }
    }

    /// The owner answers. Nil when nothing is owed.
    package mutating func acknowledge() -> ClientTransactionKey? {
        guard case .owed(let key, _, let next) = self.state else { return nil }
        self.state = next.map { .waiting($0) } ?? .idle
        return key
    }

    /// True when the owner has not answered in time.
    package mutating func handleTimeout(at now: Instant) -> Bool {
        switch self.state {
        case .backingOff(let wish, let until) where until <= now:
            self.state = wish.map { .waiting($0) } ?? .idle
            return false
        case .owed(_, let until, _): return until <= now
        case .idle, .waiting, .sent, .backingOff: return false
        }
    }
}

extension LocalOffer.Wish {
    package var isRefresh: Bool {
        switch self.kind {
        case .refresh: true
        case .offer, .request: false
        }
    }
}
