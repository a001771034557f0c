import Timekeeping

/// Decides when an utterance of the bot begins to play.
///
/// A bot that paces its audio at real time has no lead: played at once, each of its messages would end before the next
/// has come. Such a bot is heard one message and 40 ms later; a bot that sends a whole sentence at once is heard at
/// once. Which of the two it is shows in its first messages, and is remembered for the utterances that follow. An
/// utterance that runs dry goes on with the next message: to gather again would only lengthen the hole.
///
///         first message                whole sentence, end, or deadline
///     idle ───────────────▶ gathering ──────────────────────────────────▶ playing
///      ▲                                                                   │    ▲
///      │ next message after 400 ms                            queue is dry ▼    │ next message: an underrun
///      └─────────────────────────────────────────────────────────────────── dry
package struct AdaptiveStart: Sendable {
    package enum State: Hashable, Sendable {
        case idle
        case gathering(Gathering)
        case playing
        case dry(since: Instant)
    }

    package struct Gathering: Hashable, Sendable {
        var since: Instant
        var first: Duration
        var until: Instant
    }

    /// How the bot sends, as far as its utterances have shown.
    private enum Habit: Hashable, Sendable {
        case unknown
        /// At real time, in messages of this length.
        case paces(message: Duration)
        case ahead
    }

    package private(set) var state = State.idle
    /// Times that an utterance ran dry and went on.
    package private(set) var underruns: UInt64 = 0
    private var habit = Habit.unknown
    private var utterance = Utterance()
    /// What underruns have taught beyond the 40 ms.
    private var extraLead = Duration.zero

    private struct Utterance: Hashable, Sendable {
        var messages = 0
        var longestMessage = Duration.zero
        var deepestQueue = Duration.zero
    }

    /// Lead over one message that absorbs what delays a single one.
    package static let lead = Duration.milliseconds(40)
    /// A message of this length has its own lead; no bot paces in such steps.
    package static let wholeSentence = Duration.milliseconds(400)
    /// A hole longer than this is a pause between utterances.
    package static let pause = Duration.milliseconds(400)
    /// Each underrun adds one step to the lead of later utterances, up to the limit.
    package static let extraLeadStep = Duration.milliseconds(20)
    package static let extraLeadMax = Duration.milliseconds(120)

    package init() {}

    /// A message of this length came; `queued` is all that waits, with it.
    package mutating func messageArrived(_ length: Duration, queued: Duration, at now: Instant) {
        switch self.state {
        case .idle:
            self.begin(with: length, at: now)
        case .dry(let since) where since.duration(to: now) >= Self.pause:
            self.begin(with: length, at: now)
        case .dry:
            self.underruns += 1
            self.extraLead = min(self.extraLead + Self.extraLeadStep, Self.extraLeadMax)
            self.state = .playing
        case .gathering(let gathering):
            // More than real time can have brought since the first message: the bot is ahead of real time.
            let elapsed = gathering.since.duration(to: now)
            if queued > gathering.first + elapsed + Self.lead + .milliseconds(20) { self.state = .playing }
        case .playing:
            break
        }
        self.utterance.messages += 1
        self.utterance.longestMessage = max(self.utterance.longestMessage, length)
        self.utterance.deepestQueue = max(self.utterance.deepestQueue, queued)
    }

    /// The bot said that its utterance is whole: a mark came behind it.
    package mutating func utteranceEnded() {
        if case .gathering = self.state { self.state = .playing }
    }

    /// A prompt came: it is there whole, and needs no lead.
    package mutating func promptArrived() {
        self.state = .playing
    }

    /// The call was answered: how deep the queue grew while it waited says nothing of how the bot sends.
    package mutating func released() {
        self.utterance = Utterance()
    }

    /// Whether what is queued may leave now.
    package mutating func mayPlay(at now: Instant) -> Bool {
        switch self.state {
        case .playing: return true
        case .idle, .dry: return false
        case .gathering(let gathering):
            guard gathering.until <= now else { return false }
            self.state = .playing
            return true
        }
    }

    /// A frame could not be filled because nothing waits any more.
    package mutating func ranDry(at now: Instant) {
        if self.state == .playing { self.state = .dry(since: now) }
    }

    /// What waited was dropped: what comes now is another utterance.
    package mutating func cleared() {
        self.learn()
        self.state = .idle
    }

    private mutating func begin(with length: Duration, at now: Instant) {
        self.learn()
        let message: Duration
        switch self.habit {
        case .ahead:
            self.state = .playing
            return
        case .paces(let usual): message = max(length, usual)
        case .unknown: message = length
        }
        guard length < Self.wholeSentence else {
            self.state = .playing
            return
        }
        let until = now + message + Self.lead + self.extraLead
        self.state = .gathering(Gathering(since: now, first: length, until: until))
    }

    /// One message tells nothing; the depth that several of them reached does.
    private mutating func learn() {
        let last = self.utterance
        self.utterance = Utterance()
        guard last.messages >= 3 else { return }
        let deepestPaced = last.longestMessage + last.longestMessage + Self.lead + self.extraLead + .milliseconds(60)
        self.habit = last.deepestQueue > deepestPaced ? .ahead : .paces(message: last.longestMessage)
    }
}
