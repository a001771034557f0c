import Timekeeping

/// A session's life without a refresh (RFC 4028 section 10).
///
///                    half the interval: refresh
///   off ──2xx──▶ refreshing ─────────────────────▶ refresh under way ──2xx──▶ refreshing or watching
///    │                ▲                               │         │
///    │                └───────refused: 10 s later─────┘         │ 32 s or a third of the interval before its end
///    └─────────▶ watching ──────────────────────────────────────┴──▶ expired: BYE
package struct SessionTimer: Sendable {
    package enum State: Hashable, Sendable {
        case off
        /// The refresh is ours.
        case refreshing(interval: Duration, next: Instant, until: Instant)
        case refreshUnderWay(interval: Duration, until: Instant)
        /// The refresh is the peer's.
        case watching(interval: Duration, until: Instant)
        case expired
    }

    package enum Action: Hashable, Sendable {
        case refresh
        case expire
    }

    package private(set) var state = State.off

    package init() {}

    package var deadline: Instant? {
        switch self.state {
        case .off, .expired: nil
        case .refreshing(_, let next, let until): min(next, until)
        case .refreshUnderWay(_, let until), .watching(_, let until): until
        }
    }

    /// The interval agreed on; nil when there is none.
    package var interval: Duration? {
        switch self.state {
        case .off, .expired: nil
        case .refreshing(let interval, _, _), .refreshUnderWay(let interval, _), .watching(let interval, _): interval
        }
    }

    /// Whether the refresh is ours; nil when there is no timer.
    package var isRefresher: Bool? {
        switch self.state {
        case .off, .expired: nil
        case .refreshing, .refreshUnderWay: true
        case .watching: false
        }
    }

    /// Every 2xx to an INVITE or UPDATE begins the interval anew. Nil ends it: the 2xx named none.
    package mutating func begin(_ interval: Duration?, weRefresh: Bool, at now: Instant) {
        guard let interval else {
            self.state = .off
            return
        }
        let until = now + interval - min(Self.endMargin, interval / 3)
        self.state =
            weRefresh
            ? .refreshing(interval: interval, next: now + interval / 2, until: until)
            : .watching(interval: interval, until: until)
    }

    /// The refresh was refused, but the session lives: it is tried again while there is time.
    package mutating func refreshRefused(at now: Instant) {
        guard case .refreshUnderWay(let interval, let until) = self.state else { return }
        self.state = .refreshing(interval: interval, next: now + Self.retryPause, until: until)
    }

    package mutating func handleTimeout(at now: Instant) -> [Action] {
        guard let deadline = self.deadline, deadline <= now else { return [] }
        switch self.state {
        case .off, .expired:
            return []
        case .refreshing(let interval, _, let until) where until > now:
            self.state = .refreshUnderWay(interval: interval, until: until)
            return [.refresh]
        case .refreshing, .refreshUnderWay, .watching:
            self.state = .expired
            return [.expire]
        }
    }

    private static let endMargin: Duration = .seconds(32)
    private static let retryPause: Duration = .seconds(10)
}
