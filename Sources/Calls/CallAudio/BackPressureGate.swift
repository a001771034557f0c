import BotProtocol
import Timekeeping

/// Decides when a bot is asked to wait and when to go on: at two depths, so that it is not told at each message.
struct BackPressureGate: Sendable {
    private enum State: Hashable, Sendable {
        case open
        case pressed
    }

    private let depths: BackPressureDepths?
    private var state = State.open

    /// - Parameter depths: nil for a bot that has no words for it.
    init(depths: BackPressureDepths? = nil) {
        self.depths = depths
    }

    /// What to ask of the bot now that so much waits; nil when it knows already.
    mutating func change(at queued: Duration) -> BackPressure? {
        guard let depths = self.depths else { return nil }
        switch self.state {
        case .open where queued >= depths.pauseAt:
            self.state = .pressed
            return .pause
        case .pressed where queued < depths.resumeBelow:
            self.state = .open
            return .resume
        case .open, .pressed:
            return nil
        }
    }
}

/// How a bot's audio comes against real time.
struct BotPace: Sendable {
    /// When the utterance's first message came; nil before any.
    private var began: Instant?
    /// Audio of the utterance so far.
    private var received = Duration.zero
    /// By how much the last message came ahead of real time; the first of an utterance sets the clock.
    private(set) var drift = Duration.zero

    /// Behind real time by more than this, the bot has paused, and what comes is another utterance.
    private static let pause = AdaptiveStart.pause

    mutating func note(_ length: Duration, at now: Instant) {
        if let began = self.began {
            let drift = self.received - began.duration(to: now)
            if drift >= .zero - Self.pause {
                self.drift = drift
                self.received += length
                return
            }
        }
        self.began = now
        self.received = length
        self.drift = .zero
    }
}
