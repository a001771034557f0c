/// Our own hold of an answered call: what was asked, what is out, and what holds. Sans-IO.
///
/// ```
///              hold, resume                 answered
///  settled ───────────────────▶ offering ─────────────▶ settled
///     ▲                           │   │ refused: as before
///     └───────────────────────────┘   └ the last wish was another: offering again
/// ```
///
/// Each wish is answered with what holds then, when the far end has answered our offer and not before; also a wish that was
/// refused or changes nothing. The far end's hold is no state of this machine: it is a fact of its offers, see
/// `Call.take(_:)`.
package struct HoldMachine: Sendable {
    package enum Wish: Hashable, Sendable {
        case hold
        case resume
    }

    package enum State: Hashable, Sendable {
        case settled(Wish)
        /// Our offer for `offered` is out; `before` holds until it is answered, `last` is the newest wish.
        case offering(offered: Wish, before: Wish, last: Wish)
        /// The call is over.
        case over
    }

    package enum Action: Hashable, Sendable {
        /// Offer the far end the direction of this wish.
        case sendOffer(Wish)
        /// What holds now, also where another wish was refused.
        case report(Wish, isRefusal: Bool = false)
    }

    package private(set) var state = State.settled(.resume)

    package init() {}

    /// What the media does now.
    package var isHeld: Bool {
        switch self.state {
        case .settled(let wish): wish == .hold
        case .offering(_, let before, _): before == .hold
        case .over: false
        }
    }

    /// What our offer, which has no answer yet, asks for.
    package var offered: Wish? {
        if case .offering(let offered, _, _) = self.state { offered } else { nil }
    }

    package mutating func want(_ wish: Wish) -> [Action] {
        switch self.state {
        case .settled(wish):
            return [.report(wish)]
        case .settled(let before):
            self.state = .offering(offered: wish, before: before, last: wish)
            return [.sendOffer(wish)]
        case .offering(let offered, let before, _):
            self.state = .offering(offered: offered, before: before, last: wish)
            return []
        case .over:
            return []
        }
    }

    /// The far end took our offer.
    package mutating func offerAnswered() -> [Action] {
        guard case .offering(let offered, _, let last) = self.state else { return [] }
        self.state = .settled(offered)
        return [.report(offered)] + (last == offered ? [] : self.want(last))
    }

    /// The far end did not take it, or the offer could not be made: the session is as it was (RFC 3261 section 14.1).
    package mutating func offerRefused() -> [Action] {
        guard case .offering(let offered, let before, let last) = self.state else { return [] }
        self.state = .settled(before)
        // The last wish is tried on its own unless it is the one that was refused, or what holds anyway.
        return last == offered ? [.report(before, isRefusal: true)] : self.want(last)
    }

    package mutating func end() {
        self.state = .over
    }
}
