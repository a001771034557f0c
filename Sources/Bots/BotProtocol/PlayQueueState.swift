import Timekeeping

/// How the bot's audio stands at one instant.
package struct PlayQueueState: Hashable, Sendable {
    /// Bot audio that waits to be played.
    package var queued: Duration
    /// Times that an utterance ran dry and went on, since the call began.
    package var underruns: UInt64
    /// By how much the bot's last message came ahead of real time, counted from the first of its utterance: about zero for
    /// a bot that paces itself, growing or falling with its clock against the line's, and below zero for one too slow.
    package var drift: Duration
    /// Whether the bot has paused what plays.
    package var isPaused: Bool

    package init(
        queued: Duration = .zero, underruns: UInt64 = 0, drift: Duration = .zero, isPaused: Bool = false
    ) {
        self.queued = queued
        self.underruns = underruns
        self.drift = drift
        self.isPaused = isPaused
    }
}

/// What the gateway asks of a bot that sends faster than the line plays.
package enum BackPressure: String, Hashable, Sendable {
    /// Send no more audio for now. What comes nevertheless still waits, up to the queue's own bound.
    case pause
    case resume
}

/// At which depths of the play-out queue back-pressure begins and ends.
package struct BackPressureDepths: Hashable, Sendable {
    package var pauseAt: Duration
    package var resumeBelow: Duration

    package init(pauseAt: Duration, resumeBelow: Duration) {
        precondition(resumeBelow < pauseAt, "between the two lies what keeps a bot from being told at each message")
        self.pauseAt = pauseAt
        self.resumeBelow = resumeBelow
    }
}
