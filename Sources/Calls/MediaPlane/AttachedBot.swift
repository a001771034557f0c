import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import PCM
import Reactor
import Timekeeping

/// A session's bot: its link, its dialect, and what it was too slow to read.
final class AttachedBot {
    private enum Reading {
        case keepingUp
        /// Frames were dropped; `accepted` frames in a row have found room since. `lastRoom` is when a frame last did.
        case behind(dropped: UInt64, accepted: Int, lastRoom: Instant)
    }

    let link: BotLink
    var dialect: BotDialect
    private var reading = Reading.keepingUp
    /// Frames dropped in all.
    private(set) var framesDropped: UInt64 = 0
    /// Wakes the thread whenever the bot speaks, until it is ready; and how often it has done so.
    private var alarm: (reactor: Reactor, count: Int)?

    /// One second of frames that fit: the bot has caught up.
    private static let acceptedForRecovery = 50
    /// A bot that speaks more often without becoming ready is heard in its slots, as any other.
    private static let alarmsMax = 64

    init(link: BotLink, dialect: BotDialect) {
        self.link = link
        self.dialect = dialect
    }

    deinit {
        self.stopWaking()
    }

    /// Has `reactor` report `token` when the bot speaks, until it is ready. Where that cannot be (a bot's output may be a
    /// plain file), the bot is heard in its slots.
    func wake(_ reactor: Reactor, token: UInt64) {
        guard !self.dialect.isReady, self.alarm == nil else { return }
        do throws(ReactorError) {
            try reactor.add(self.link.readDescriptor, token: token, interest: .read)
            self.alarm = (reactor, 0)
        } catch {
            self.alarm = nil
        }
    }

    /// The thread was woken and has heard the bot.
    func noteHeard() {
        guard let (reactor, count) = self.alarm else { return }
        self.alarm = (reactor, count + 1)
        if self.dialect.isReady || count + 1 >= Self.alarmsMax { self.stopWaking() }
    }

    /// To be called before the link is closed.
    func stopWaking() {
        guard let (reactor, _) = self.alarm else { return }
        self.alarm = nil
        do throws(ReactorError) {
            try reactor.remove(self.link.readDescriptor)
        } catch {
            preconditionFailure("a descriptor that is open and watched can be let go: \(error)")
        }
    }

    /// Bounds what waits for this bot to 2 s of audio, in the longer of the dialects' encodings.
    func boundOutbound() {
        self.link.setOutboundAudioMax(self.dialect.rate.hertz * 2 * 2 * 4 / 3)
    }

    /// For how long the bot has not read anything at all, once its queue is full.
    func stalled(at now: Instant) -> Duration {
        switch self.reading {
        case .keepingUp: .zero
        case .behind(_, _, let lastRoom): lastRoom.duration(to: now)
        }
    }

    /// Puts what is for the bot on its link. Returns an overflow that is to be told, and has been told to the bot: when
    /// an episode begins, and what was dropped in it when it ends.
    func send(
        _ output: inout AudioPathOutput, by messages: inout BotMessageBuffer, at now: Instant
    ) -> BotOverflow? {
        self.dialect.takeReplies(into: &messages)
        var frames = 0
        for item in output.botItems {
            switch item {
            case .audio(let range):
                self.dialect.encodeAudio(output.botSamples.span.extracting(range), into: &messages)
                frames += 1
            case .event(let event):
                self.dialect.encode(event, into: &messages)
            }
        }
        output.removeBotItems()
        let isWhole = self.enqueue(&messages)
        let overflow = frames == 0 ? nil : self.note(isWhole: isWhole, frames: frames, at: now)
        if let overflow {
            self.dialect.encode(.overflow(overflow), into: &messages)
            // An event has a reserve; a link without any has failed, and says so when it is read.
            _ = self.enqueue(&messages)
        }
        self.link.flush()
        return overflow
    }

    private func enqueue(_ messages: inout BotMessageBuffer) -> Bool {
        guard !messages.isEmpty else { return true }
        defer { messages.removeAll() }
        return self.link.enqueue(messages)
    }

    private func note(isWhole: Bool, frames: Int, at now: Instant) -> BotOverflow? {
        switch (self.reading, isWhole) {
        case (.keepingUp, true):
            return nil
        case (.keepingUp, false):
            self.framesDropped += UInt64(frames)
            self.reading = .behind(dropped: 0, accepted: 0, lastRoom: now)
            return self.overflow(of: UInt64(frames))
        case (.behind(let dropped, _, let lastRoom), false):
            self.framesDropped += UInt64(frames)
            self.reading = .behind(dropped: dropped + UInt64(frames), accepted: 0, lastRoom: lastRoom)
            return nil
        case (.behind(let dropped, let accepted, _), true):
            guard accepted + frames >= Self.acceptedForRecovery else {
                self.reading = .behind(dropped: dropped, accepted: accepted + frames, lastRoom: now)
                return nil
            }
            self.reading = .keepingUp
            return dropped > 0 ? self.overflow(of: dropped) : nil
        }
    }

    private func overflow(of frames: UInt64) -> BotOverflow {
        BotOverflow(side: .toBot, dropped: AudioPath.frameTime * Int(frames))
    }
}
