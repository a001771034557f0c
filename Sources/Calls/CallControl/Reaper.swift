import Logging
import MediaPlane
import SIPEndpoint
import SIPUserAgent
import Timekeeping

/// Compares dialogs, media sessions and bots with the calls that exist, and ends what has no counterpart.
///
/// A healthy gateway never has anything for it: each reaping is counted, logged as an error, and a fault to be found.
struct Reaper: Sendable {
    private var sessions: OrphanWatch<SessionID>
    private var media: OrphanWatch<String>
    private var calls: OrphanWatch<CallIdentifier>
    private var bots: OrphanWatch<BotsBeyondCalls>
    private(set) var counts = ReaperCounts()

    /// More bots than calls: they are counted, not named.
    private struct BotsBeyondCalls: Hashable {}

    init(_ settings: ReaperSettings) {
        self.sessions = OrphanWatch(patience: settings.sessionPatience)
        self.media = OrphanWatch(patience: settings.patience)
        self.calls = OrphanWatch(patience: settings.patience)
        self.bots = OrphanWatch(patience: settings.patience)
    }

    /// What exists at one moment.
    struct Census: Sendable {
        var sessions: Set<SessionID>
        /// By the call that each was opened for.
        var media: Set<String>
        /// Bots that are connected, being connected, or told to leave.
        var botCount: Int
        var calls: [CallIdentifier: CallPresence]
    }

    /// What has no counterpart and is to be ended.
    struct Verdict: Sendable {
        var sessions: Set<SessionID>
        var media: Set<String>
        var calls: Set<CallIdentifier>
        var hasStrayBots: Bool

        var isEmpty: Bool {
            self.sessions.isEmpty && self.media.isEmpty && self.calls.isEmpty && !self.hasStrayBots
        }
    }

    mutating func sweep(_ census: Census, at now: Instant) -> Verdict {
        let sessionsOwned = Set(census.calls.values.compactMap(\.session))
        let mediaOwned = Set(census.calls.keys.map(\.description))
        // A call has lost its counterpart when the session or the media that it counts on is not there, or its deadline
        // has passed unheeded.
        let whole = census.calls.filter { identifier, presence in
            let hasSession = presence.session.map { census.sessions.contains($0) } ?? true
            let hasMedia = !presence.needsMedia || census.media.contains(identifier.description)
            let isOnTime = presence.deadline.map { now < $0 + .seconds(5) } ?? true
            return hasSession && hasMedia && isOnTime
        }
        let verdict = Verdict(
            sessions: self.sessions.sweep(census.sessions, owned: sessionsOwned, at: now),
            media: self.media.sweep(census.media, owned: mediaOwned, at: now),
            calls: self.calls.sweep(Set(census.calls.keys), owned: Set(whole.keys), at: now),
            hasStrayBots: !self.bots.sweep(
                census.botCount > census.calls.count ? [BotsBeyondCalls()] : [], owned: [], at: now
            ).isEmpty)
        self.counts.sessions += verdict.sessions.count
        self.counts.media += verdict.media.count
        self.counts.calls += verdict.calls.count
        self.counts.bots += verdict.hasStrayBots ? 1 : 0
        return verdict
    }
}

/// What a call counts on.
struct CallPresence: Hashable, Sendable {
    var session: SessionID?
    var needsMedia: Bool
    var deadline: Instant?
}

/// How often something was ended because it belonged to no call; all 0 in a healthy gateway.
package struct ReaperCounts: Hashable, Sendable {
    package var sessions = 0
    package var media = 0
    package var calls = 0
    package var bots = 0

    package var total: Int { self.sessions + self.media + self.calls + self.bots }
}

/// How often the reaper looks, and how long it waits.
package struct ReaperSettings: Hashable, Sendable {
    package var period: Duration = .seconds(20)
    /// A BYE or CANCEL that nobody answers, and the INVITE behind it, take 64·T1 and as much again.
    package var sessionPatience: Duration = .seconds(80)
    package var patience: Duration = .seconds(40)

    package init() {}
}
