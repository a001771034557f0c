/// RFC 4028: sessions that end by themselves when one side has vanished.
package struct SessionTimerSettings: Hashable, Sendable {
    package enum Preference: Hashable, Sendable {
        case us
        case peer
        /// The peer's choice where we call; us where we are called.
        case either
    }

    /// Whether we ask for a session timer. A peer that asks for one gets it in any case.
    package var isOn = true
    /// What we ask for.
    package var interval: Duration = .seconds(1800)
    /// The shortest that we take, 90 s or more: requests below it are answered 422.
    package var intervalMin: Duration = .seconds(90)
    package var refresher: Preference = .either
    /// Whether we refresh, and end the call when that fails, although the peer knows nothing of session timers.
    package var refreshesAlone = false

    package init() {}
}
