import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import Synchronization
import Timekeeping

extension MediaSession {
    /// Bytes that are read of a bot in one slot: a hundred times real time at 16 kHz. A bot that sends more is held back
    /// by its own socket or pipe.
    private static let budgetInBytes = 65_536
    /// A link wants to be looked after about once a second.
    private static let keepAliveInterval: UInt64 = 50

    /// Audio that may be refused of a bot in one call, each piece told and counted, before it is a flood: what is sent
    /// in six seconds at a hundred times real time.
    static let floodMax = Duration.seconds(600)

    func attach(
        _ connected: ConnectedBot, dialect: BotDialect, start: BotStart, at now: Instant, with workspace: SlotWorkspace
    ) {
        guard let link = BotLink(connected) else {
            self.tell(.botFailed(.linkTaken))
            return
        }
        self.releaseBot(.finished)
        let bot = AttachedBot(link: link, dialect: dialect)
        self.bot = bot
        self.gauges.bots.add(1, ordering: .relaxed)
        self.path.attachBot(
            start, clearPolicy: dialect.clearPolicy, backPressure: dialect.backPressure, into: &workspace.output)
        self.sendToBot(at: now, with: workspace)
        bot.boundOutbound()
        bot.wake(workspace.reactor, token: self.number.rawValue)
        // A dialect in which bots cannot say that they are ready has them ready when their start has been sent.
        if bot.dialect.isReady { self.path.botReady(rate: bot.dialect.rate, into: &workspace.output) }
    }

    /// Sends what the path has made for the bot.
    func sendToBot(at now: Instant, with workspace: SlotWorkspace) {
        guard let bot = self.bot else {
            workspace.output.removeBotItems()
            return
        }
        guard !workspace.output.botItems.isEmpty || bot.link.wantsWrite || bot.dialect.hasReplies else { return }
        if let overflow = bot.send(&workspace.output, by: &workspace.messages, at: now) {
            self.tell(.botOverflow(overflow))
        }
        let stalled = bot.stalled(at: now)
        guard stalled >= self.botStall else { return }
        self.releaseBot(.finished)
        self.tell(.botFailed(.stalled(stalled)))
    }

    /// Takes what the bot has said since the last slot.
    func receiveFromBot(at now: Instant, with workspace: SlotWorkspace) {
        guard let bot = self.bot else { return self.sayFarewellWhenPlayed() }
        if self.counts.slots.isMultiple(of: Self.keepAliveInterval) { bot.link.keepAlive(at: now) }
        do throws(BotDialectError) {
            let result = try bot.link.receive(budgetInBytes: Self.budgetInBytes) {
                (kind, bytes) throws(BotDialectError) in
                try bot.dialect.decode(kind, bytes, into: &workspace.commands)
            }
            self.take(from: workspace, at: now)
            if case .closed(let end) = result { self.botLeft(end) }
        } catch {
            // What came before the fault has been said properly.
            self.take(from: workspace, at: now)
            self.releaseBot(.protocolFailure)
            self.tell(.botFailed(.protocolViolation(error)))
        }
    }

    /// Takes what a bot has said that is not ready yet: a caller may be waiting for it.
    func hearAwaitedBot(at now: Instant, with workspace: SlotWorkspace) {
        guard case .open = self.state, let bot = self.bot else { return }
        self.receiveFromBot(at: now, with: workspace)
        self.carryOut(workspace, at: now)
        bot.noteHeard()
    }

    private func take(from workspace: SlotWorkspace, at now: Instant) {
        if workspace.commands.messagesIgnored > 0, !self.hasToldIgnored {
            self.hasToldIgnored = true
            self.tell(.botMessageIgnored)
        }
        defer { workspace.commands.removeAll() }
        for item in workspace.commands.items {
            switch item {
            case .audio(let range):
                self.path.receiveBotAudio(
                    workspace.commands.samples.span.extracting(range), at: now, into: &workspace.output)
            case .command(let command):
                self.path.receive(command, at: now, into: &workspace.output)
                if case .ready = command { self.bot?.boundOutbound() }
            }
        }
        guard self.path.botAudioRefused >= Self.floodMax, self.bot != nil else { return }
        self.releaseBot(.protocolFailure)
        self.tell(.botFailed(.flooding(refused: self.path.botAudioRefused)))
    }

    private func botLeft(_ end: BotLinkEnd) {
        // A bot that leaves before it could talk has failed, however politely it closes its link.
        let wasReady = self.bot?.dialect.isReady ?? false
        self.releaseBot(.finished)
        guard end.isOrderly, wasReady else {
            self.tell(.botFailed(.linkEnded(end)))
            return
        }
        self.farewell = end.description
        self.sayFarewellWhenPlayed()
    }

    /// An orderly close is a hang-up; what was sent before it is played first, on a call where it can be.
    private func sayFarewellWhenPlayed() {
        guard let farewell = self.farewell, self.path.isQueueEmpty || !self.path.isAnswered else { return }
        self.farewell = nil
        self.tell(.botHangup(reason: farewell))
    }

    /// Gives the link away to be closed; the path goes on without a bot.
    func releaseBot(_ reason: BotLink.CloseReason) {
        guard let bot = self.bot else { return }
        self.counts.botFramesDropped += bot.framesDropped
        bot.stopWaking()
        bot.link.close(reason)
        self.bot = nil
        self.path.detachBot()
        self.gauges.bots.subtract(1, ordering: .relaxed)
    }
}
