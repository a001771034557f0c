import SIPSyntax
import SIPTransaction
import Timekeeping

/// A REFER of ours within a call, and the subscription that it makes (RFC 3515, RFC 6665): at most one at a time.
///
///   idle ──REFER──▶ asked ──2xx, NOTIFY──▶ subscribed ──last NOTIFY, expiry──▶ idle
///                     └──3xx-6xx, no answer──▶ idle
struct ReferClient: Sendable {
    enum State: Hashable, Sendable {
        case idle
        /// Sent with this CSeq number, by which its NOTIFYs name it.
        case asked(sequence: UInt32)
        /// Without a word from the peer it is over at `until`.
        case subscribed(sequence: UInt32, until: Instant)
    }

    private(set) var state = State.idle

    /// How long the first NOTIFY may take: timer N of RFC 6665 section 4.1.2.4.
    private let firstNotifyWithin: Duration

    /// The longest that a subscription is kept without news, whatever the peer says.
    static let durationMax: Duration = .seconds(300)
    /// For a peer that does not say how long.
    static let durationByDefault: Duration = .seconds(180)

    init(timings: TransactionTimings) {
        self.firstNotifyWithin = timings.transactionLifetime
    }

    var isIdle: Bool { self.state == .idle }

    var deadline: Instant? {
        switch self.state {
        case .idle, .asked: nil
        case .subscribed(_, let until): until
        }
    }

    mutating func sent(sequence: UInt32) {
        precondition(self.isIdle, "one REFER at a time")
        self.state = .asked(sequence: sequence)
    }

    /// The REFER was sent again under another number, with credentials.
    mutating func resent(sequence: UInt32) {
        if case .asked = self.state { self.state = .asked(sequence: sequence) }
    }

    /// The final answer to the REFER.
    mutating func receive(_ response: Response, at now: Instant) -> [ReferralEvent] {
        switch self.state {
        case .idle:
            return []
        case .asked(let sequence):
            guard response.status.isSuccess else { return self.end(.refused(response)) }
            guard !response.headers.forgoesReferSubscription else { return [.accepted] + self.end(.unreported) }
            self.state = .subscribed(sequence: sequence, until: now + self.firstNotifyWithin)
            return [.accepted]
        case .subscribed:
            // A NOTIFY was faster and has told of the acceptance.
            return response.status.isSuccess ? [] : self.end(.refused(response))
        }
    }

    /// A NOTIFY; nil when it belongs to no subscription that we have.
    mutating func receive(
        _ event: EventPackage, _ subscription: SubscriptionState, _ fragment: SIPFragment?, at now: Instant
    ) -> [ReferralEvent]? {
        let sequence: UInt32
        var events: [ReferralEvent] = []
        switch self.state {
        case .idle:
            return nil
        case .asked(let number):
            sequence = number
            events.append(.accepted)
        case .subscribed(let number, _):
            sequence = number
        }
        guard event.id == nil || event.id == String(sequence) else { return nil }
        if let fragment, fragment.status.isFinal {
            return events + self.end(fragment.status.isSuccess ? .succeeded(fragment) : .failed(fragment))
        }
        if let fragment { events.append(.progress(fragment)) }
        if subscription.state == .terminated { return events + self.end(.unreported) }
        let lasts = subscription.expires.map { min(.seconds(Int($0)), Self.durationMax) } ?? Self.durationByDefault
        self.state = .subscribed(sequence: sequence, until: now + lasts)
        return events
    }

    /// Ends it from our side, or for want of an answer.
    mutating func end(_ outcome: ReferralOutcome) -> [ReferralEvent] {
        guard !self.isIdle else { return [] }
        self.state = .idle
        return [.ended(outcome)]
    }

    mutating func handleTimeout(at now: Instant) -> [ReferralEvent] {
        guard let deadline = self.deadline, deadline <= now else { return [] }
        return self.end(.unreported)
    }
}
