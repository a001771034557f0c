import SIPSyntax
import SIPTransaction
import Timekeeping

/// A REFER of the peer within a call, and the subscription by which it learns what came of it: at most one at a time.
///
///   idle ──REFER──▶ requested ──accept: 202, NOTIFY 100──▶ notifying ──last NOTIFY──▶ idle
///                      └──refuse, no decision──▶ idle
struct ReferServer: Sendable {
    enum State: Sendable {
        case idle
        /// The owner has it. Undecided it is refused at `until`.
        case requested(ServerTransactionKey, Request, until: Instant)
        /// Accepted; the subscription ends by itself at `until`.
        case notifying(sequence: UInt32, until: Instant)
    }

    enum Action: Sendable {
        case respond(ServerTransactionKey, Request, StatusCode, [Headers.Field])
        case notify(SIPFragment, EventPackage, SubscriptionState)
    }

    private(set) var state = State.idle

    /// How long the subscription lasts, and what NOTIFY says of it.
    static let lifetime: Duration = .seconds(180)

    var isIdle: Bool {
        if case .idle = self.state { true } else { false }
    }

    var deadline: Instant? {
        switch self.state {
        case .idle: nil
        case .requested(_, _, let until): until
        case .notifying(_, let until): until
        }
    }

    mutating func receive(_ request: Request, _ key: ServerTransactionKey, until: Instant) {
        precondition(self.isIdle, "one REFER at a time")
        self.state = .requested(key, request, until: until)
    }

    /// 202, and the first NOTIFY at once (RFC 3515 section 2.4.4), unless the peer wants none.
    mutating func accept(at now: Instant) -> [Action] {
        guard case .requested(let key, let request, _) = self.state, let sequence = try? request.headers.cSeq.number
        else { return [] }
        guard !request.headers.forgoesReferSubscription else {
            self.state = .idle
            return [
                .respond(
                    key, request, .accepted,
                    [Headers.Field(name: .referSub, value: HeaderValue(trusted: "false"))])
            ]
        }
        self.state = .notifying(sequence: sequence, until: now + Self.lifetime)
        return [.respond(key, request, .accepted, [])] + self.notify(SIPFragment(status: .trying), at: now)
    }

    mutating func refuse(_ status: StatusCode, _ headers: [Headers.Field]) -> [Action] {
        guard case .requested(let key, let request, _) = self.state else { return [] }
        self.state = .idle
        return [.respond(key, request, status, headers)]
    }

    /// The new call's progress; a final status is the last word.
    mutating func notify(_ fragment: SIPFragment, at now: Instant) -> [Action] {
        guard case .notifying(let sequence, let until) = self.state else { return [] }
        let event = EventPackage.refer(sequence: sequence)
        guard fragment.status.isFinal else {
            let left = UInt32(clamping: now.duration(to: until).components.seconds)
            return [.notify(fragment, event, SubscriptionState(.active, expires: left))]
        }
        self.state = .idle
        return [.notify(fragment, event, SubscriptionState(.terminated, reason: SubscriptionState.noResource))]
    }

    /// The peer has no such subscription any more.
    mutating func unsubscribed() {
        if case .notifying = self.state { self.state = .idle }
    }

    mutating func handleTimeout(at now: Instant) -> [Action] {
        guard let deadline = self.deadline, deadline <= now else { return [] }
        switch self.state {
        case .idle:
            return []
        case .requested:
            return self.refuse(.decline, [])
        case .notifying(let sequence, _):
            self.state = .idle
            return [
                .notify(
                    SIPFragment(status: .serverTimeout), .refer(sequence: sequence),
                    SubscriptionState(.terminated, reason: SubscriptionState.timeout))
            ]
        }
    }
}
