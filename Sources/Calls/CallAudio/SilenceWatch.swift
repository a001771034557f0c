import BotProtocol
import Timekeeping

/// Names the silence of a call, each direction by itself, out of counters that are looked at once a second.
///
///     parked ◀──nothing is due── quiet ──`patience` without sound──▶ told ──`patience` of another kind──▶ told
///        └──answered, resumed──▶   ▲                                  │
///                                  └──────────────sound───────────────┘
///
/// A silence is told when it has lasted, by what has come in all that time, and told again when it is over. No packet
/// costs anything here, and nothing is kept but the counters of one moment and the first `episodesMax` silences.
struct SilenceWatch: Sendable {
    /// One direction: since when there has been no sound, and what the counters were then.
    private enum Track: Hashable, Sendable {
        /// Nothing is due: before the answer, on hold, in a pause that the far end has announced.
        case parked
        case quiet(since: Instant, SilenceTally)
        /// The silence has a name; `window` is what the next name would be judged by.
        case told(Episode, window: Instant, SilenceTally)
    }

    private struct Episode: Hashable, Sendable {
        var kind: BotSilence.Kind
        var since: Instant
        /// What the counters were when the silence began.
        var began: SilenceTally
        /// Where the record has it; nil beyond `episodesMax`.
        var place: Int?
    }

    private var inbound = Track.parked
    private var outbound = Track.parked
    private var next: Instant?
    private let patience: Duration
    /// The first silences, in the order in which they were told.
    private(set) var episodes: [SilenceEpisode] = []
    /// All that were told.
    private(set) var count: UInt64 = 0

    /// Silences that are kept for the record.
    static let episodesMax = 16
    private static let interval = Duration.seconds(1)
    /// Reports of the far end that have to agree that it receives nothing: one may have left before our packets came.
    private static let reportsMin: UInt64 = 2

    init(patience: Duration) {
        precondition(patience >= Self.interval, "it takes a second to see that nothing comes")
        self.patience = patience
    }

    func isDue(at now: Instant) -> Bool {
        self.next.map { $0 <= now } ?? true
    }

    /// Looks at the counters. `due` says which directions owe sound.
    mutating func judge(
        _ tally: SilenceTally, isInboundDue: Bool, isOutboundDue: Bool, at now: Instant
    ) -> [BotSilence] {
        self.next = now + Self.interval
        var told: [BotSilence] = []
        self.judge(.inbound, tally, isDue: isInboundDue, at: now, into: &told)
        self.judge(.outbound, tally, isDue: isOutboundDue, at: now, into: &told)
        return told
    }

    /// The call is over, and so are its silences; nobody is told any more, but the record has how long they lasted.
    mutating func end(_ tally: SilenceTally, at now: Instant) {
        for direction in BotSilence.Direction.allCases {
            if case .told(let episode, _, _) = self[direction] {
                self.keep(Self.silence(of: episode, direction, tally, isOver: false, at: now), of: episode)
            }
        }
    }

    private subscript(direction: BotSilence.Direction) -> Track {
        get { direction == .inbound ? self.inbound : self.outbound }
        set {
            switch direction {
            case .inbound: self.inbound = newValue
            case .outbound: self.outbound = newValue
            }
        }
    }

    private mutating func judge(
        _ direction: BotSilence.Direction, _ tally: SilenceTally, isDue: Bool, at now: Instant,
        into told: inout [BotSilence]
    ) {
        switch self[direction] {
        case .parked:
            if isDue { self[direction] = .quiet(since: now, tally) }
        case .quiet(let since, let began):
            guard isDue else {
                self[direction] = .parked
                return
            }
            guard !tally.hasSound(direction, since: began) else {
                self[direction] = .quiet(since: now, tally)
                return
            }
            guard since.duration(to: now) >= self.patience, let kind = Self.kind(direction, tally, since: began) else {
                return
            }
            self.begin(kind, direction, since: since, began: began, tally, at: now, into: &told)
        case .told(let episode, let window, let atWindow):
            let hasSound = tally.hasSound(direction, since: atWindow)
            guard isDue, !hasSound else {
                self.finish(episode, direction, tally, at: now, into: &told)
                self[direction] = isDue ? .quiet(since: now, tally) : .parked
                return
            }
            guard window.duration(to: now) >= self.patience else { return }
            guard let kind = Self.kind(direction, tally, since: atWindow), kind != episode.kind else {
                self[direction] = .told(episode, window: now, tally)
                return
            }
            self.finish(episode, direction, atWindow, at: window, into: &told)
            self.begin(kind, direction, since: window, began: atWindow, tally, at: now, into: &told)
        }
    }

    private mutating func begin(
        _ kind: BotSilence.Kind, _ direction: BotSilence.Direction, since: Instant, began: SilenceTally,
        _ tally: SilenceTally, at now: Instant, into told: inout [BotSilence]
    ) {
        self.count += 1
        let place = self.episodes.count < Self.episodesMax ? self.episodes.count : nil
        let episode = Episode(kind: kind, since: since, began: began, place: place)
        let silence = Self.silence(of: episode, direction, tally, isOver: false, at: now)
        if place != nil { self.episodes.append(SilenceEpisode(began: since, silence: silence)) }
        told.append(silence)
        self[direction] = .told(episode, window: now, tally)
    }

    private mutating func finish(
        _ episode: Episode, _ direction: BotSilence.Direction, _ tally: SilenceTally, at now: Instant,
        into told: inout [BotSilence]
    ) {
        let silence = Self.silence(of: episode, direction, tally, isOver: true, at: now)
        self.keep(silence, of: episode)
        told.append(silence)
    }

    private mutating func keep(_ silence: BotSilence, of episode: Episode) {
        guard let place = episode.place else { return }
        self.episodes[place].silence = silence
    }

    private static func silence(
        of episode: Episode, _ direction: BotSilence.Direction, _ tally: SilenceTally, isOver: Bool, at now: Instant
    ) -> BotSilence {
        BotSilence(
            direction, episode.kind, packets: tally.packets(of: episode.kind, direction, since: episode.began),
            duration: episode.since.duration(to: now), isOver: isOver)
    }

    /// What kind of silence the counters show; nil when it is none.
    private static func kind(
        _ direction: BotSilence.Direction, _ tally: SilenceTally, since began: SilenceTally
    ) -> BotSilence.Kind? {
        switch direction {
        case .inbound:
            if tally.received > began.received { return .digitalSilence }
            if tally.unauthentic > began.unauthentic { return .authentication }
            if tally.strangers > began.strangers { return .wrongSource }
            return tally.sentAndHeard != began.sentAndHeard ? .oneWay : .noRTP
        case .outbound:
            if tally.sent == began.sent { return .noRTP }
            let reports = tally.reports - began.reports
            if reports >= Self.reportsMin, tally.sentAndHeard == began.sentAndHeard { return .oneWay }
            return tally.audible == 0 ? .digitalSilence : nil
        }
    }
}

/// The counters of a call at one moment; they only grow.
struct SilenceTally: Hashable, Sendable {
    /// The call's own packets, and the slots in which sound came out of them.
    var received: UInt64 = 0
    var heard: UInt64 = 0
    /// Packets of other sources.
    var strangers: UInt64 = 0
    /// Packets whose SRTP tag did not match.
    var unauthentic: UInt64 = 0
    /// Our packets, and those with audio of the bot or a prompt.
    var sent: UInt64 = 0
    var audible: UInt64 = 0
    /// Reports of the far end, and how far our sequence had come there by the last one.
    var reports: UInt64 = 0
    var sentAndHeard: UInt64 = 0

    /// Whether there was sound. The far end's is what was heard of it; that of the bot has left, and has arrived as far as
    /// the far end reports. The bot owes none while it listens: what it owes is a first word, and that it arrives.
    func hasSound(_ direction: BotSilence.Direction, since began: SilenceTally) -> Bool {
        switch direction {
        case .inbound: self.heard > began.heard
        case .outbound:
            self.sentAndHeard != began.sentAndHeard && self.audible > 0
                || self.audible > began.audible && self.reports == began.reports
        }
    }

    func packets(of kind: BotSilence.Kind, _ direction: BotSilence.Direction, since began: SilenceTally) -> UInt64 {
        switch (direction, kind) {
        case (.inbound, .noRTP): 0
        case (.inbound, .digitalSilence): self.received - began.received
        case (.inbound, .wrongSource): self.strangers - began.strangers
        case (.inbound, .authentication): self.unauthentic - began.unauthentic
        case (.inbound, .oneWay), (.outbound, _): self.sent - began.sent
        }
    }
}

/// A silence of the call's record.
package struct SilenceEpisode: Hashable, Sendable {
    package var began: Instant
    package var silence: BotSilence
}
