import Timekeeping

/// How far a bot that paces its audio by a clock of its own is ahead of what plays, and how much of the lead that it began
/// with is lacking by now.
///
/// The lead of a message is the audio that still waits when it comes. The least lead of five seconds is set against that
/// of the first five: where it moves by no more than a clock and the network can move it, the difference is drift, which
/// play-out has to follow. A bot that sends ahead of real time moves it further, and what it does is no drift: its lead is
/// taken as it is from there on. So is one that stopped for longer than a pause. A bot that falls behind is followed
/// however fast it does, once hardly any lead is left.
///
/// A clock would have to be wrong by 0.6 % before its drift is taken for the bot's will; crystals are wrong by 0.02 %.
struct BotLead: Sendable {
    /// The lead to keep: nil in the first window.
    private var kept: Duration?
    private var leastBefore: Duration?
    /// The least of the window that runs; nil before its first message.
    private var least: Duration?
    private var framesInWindow = 0
    private var playedAt: Instant?
    /// What is lacking of the lead; negative what there is too much.
    private(set) var shortfall = Duration.zero

    /// Five seconds.
    private static let window = 250
    /// What jitter leaves of the least of so many messages, and the drift of one window.
    private static let unrest = Duration.milliseconds(30)
    /// A lead that is less than this is not worth keeping.
    private static let keptMin = Duration.milliseconds(20)
    /// Less is neither lacking nor too much: it is the jitter's.
    private static let tolerance = Duration.milliseconds(10)

    init() {}

    /// A message came while `queued` still waited.
    mutating func messageArrived(behind queued: Duration, at now: Instant) {
        guard let playedAt = self.playedAt else { return }
        let elapsed = playedAt.duration(to: now)
        guard elapsed < AdaptiveStart.pause else {
            self = BotLead()
            return
        }
        // After a hole the message plays at once: there is no lead, and never less than none.
        let lead = max(.zero, queued - elapsed)
        self.least = min(lead, self.least ?? lead)
        // A bot that is slower than real time by more than a clock would run dry before the window ends.
        guard self.kept != nil, lead < Self.keptMin else { return }
        self.shortfall = max(self.shortfall, Self.keptMin + Self.tolerance - lead)
    }

    /// A whole frame of the bot's audio left.
    mutating func framePlayed(at now: Instant) {
        self.playedAt = now
        self.framesInWindow += 1
        if self.framesInWindow == Self.window { self.endWindow() }
    }

    /// What plays from here on was made longer, or shorter.
    mutating func shift(by change: Duration) {
        self.least? += change
        self.leastBefore? += change
        self.shortfall -= change
        if self.shortfall.magnitude < Self.tolerance { self.shortfall = .zero }
    }

    private mutating func endWindow() {
        self.framesInWindow = 0
        let before = self.leastBefore
        self.leastBefore = self.least
        guard let least = self.least else {
            // Nothing came for all that time: a long sentence, said at once.
            self.kept = nil
            self.shortfall = .zero
            return
        }
        self.least = nil
        guard let before, let kept = self.kept, (least - before).magnitude <= Self.unrest else {
            self.kept = max(least, Self.keptMin)
            self.shortfall = .zero
            return
        }
        let lack = kept - least
        self.shortfall = lack.magnitude < Self.tolerance ? .zero : lack
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
