import BotProtocol
import PCM

/// Tells a bot that it sends more than the queue holds: once when it begins, and not again until half of the queue has
/// been played or all of it cleared, so that a bot that floods is not flooded back.
struct OverflowEpisode: Sendable {
    private enum State: Hashable, Sendable {
        case closed
        case open
    }

    private var state = State.closed
    private var samplesUntold = 0

    /// `refused` samples at 8 kHz were refused. Returns what to tell.
    mutating func refused(_ refused: Int) -> BotOverflow? {
        self.samplesUntold += refused
        guard refused > 0, self.state == .closed else { return nil }
        self.state = .open
        defer { self.samplesUntold = 0 }
        return BotOverflow(side: .fromBot, dropped: SampleRate.hz8000.duration(ofSamples: self.samplesUntold))
    }

    /// A mark or a prompt was refused because too many wait.
    mutating func entryRefused() -> BotOverflow? {
        guard self.state == .closed else { return nil }
        self.state = .open
        return BotOverflow(side: .fromBot, dropped: .zero)
    }

    /// The queue holds `waiting` samples of at most `countMax`.
    mutating func drained(to waiting: Int, of countMax: Int) {
        if waiting <= countMax / 2 { self.state = .closed }
    }
}
