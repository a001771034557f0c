import Addressing
import AudioFiles
import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import Logging
import PCM
import RTP
import Reactor
import SRTP
import Timekeeping

/// One call's media on its thread: sockets, keys, bot link and recorder around an `AudioPath`.
///
/// Made on any thread, then confined to the media thread that it is given to.
///
///     open ──stop, shutdown──▶ closing ──recording closed, or 2 s──▶ ended
final class MediaSession {
    enum State {
        case open
        /// The far end and the bot have had their farewells; the recording's file is being closed.
        case closing(MediaReport, until: Instant)
        case ended
    }

    let number: SessionNumber
    let port: UInt16
    let mailbox: SessionMailbox
    let callID: String
    private(set) var state = State.open
    var sockets: SocketPair?
    var path: AudioPath
    var srtp: SRTPContexts?
    var bot: AttachedBot?
    /// The session whose far end this one's hears in place of its bot, and the other way round; on the same thread.
    weak var partner: MediaSession?
    private var recording: Recording?
    private let recordingRefusal: AudioFilesError?
    /// A bot that has left in good order is said to have hung up when what it had sent has been played.
    var farewell: String?
    let gauges: ThreadGauges
    var counts = Counts()
    /// A bot that reads nothing for so long has failed.
    let botStall: Duration
    let prompts: PromptLibrary?
    let logger: Logger
    private let events: @Sendable (MediaEvent) -> Void
    private var promptsPending = 0
    private var promptsMissing = 0
    /// A bot whose messages mean nothing is told of once.
    var hasToldIgnored = false

    struct Counts {
        var srtpFailures: UInt64 = 0
        var foreignDatagrams: UInt64 = 0
        var sendFailures: UInt64 = 0
        var botFramesDropped: UInt64 = 0
        var slots: UInt64 = 0
    }

    /// Prompts that one session may have read at once.
    static let promptsPendingMax = 8
    /// Prompts that are not there and are told as such; a bot that asks for more of them has said enough.
    static let promptsMissingMax = 16
    /// How long the end of a session waits for its recording's file.
    private static let closingTime = Duration.seconds(2)

    init(
        _ request: MediaSessionRequest, number: SessionNumber, port: UInt16, sockets: consuming SocketPair,
        mailbox: SessionMailbox, recording: Result<Recording, AudioFilesError>?, prompts: PromptLibrary?,
        gauges: ThreadGauges, logger: Logger
    ) {
        switch recording {
        case .success(let recording)?:
            self.recording = recording
            self.recordingRefusal = nil
        case .failure(let refusal)?:
            self.recordingRefusal = refusal
        case nil:
            self.recordingRefusal = nil
        }
        var configuration = AudioPathConfiguration(clock: Reactor.wallClockAnchor())
        configuration.playQueue = request.playQueue
        configuration.rtpTimeout = request.rtpTimeout
        configuration.silenceAfter = request.silenceAfter
        configuration.digits = request.digits
        configuration.records = self.recording != nil
        self.number = number
        self.port = port
        self.mailbox = mailbox
        self.callID = request.callID
        self.sockets = .some(consume sockets)
        self.path = AudioPath(configuration, random: SystemRandomNumberGenerator())
        self.botStall = request.botStall
        self.prompts = prompts
        self.gauges = gauges
        self.logger = logger
        self.events = request.events
    }

    var isEnded: Bool {
        if case .ended = self.state { true } else { false }
    }

    var isOpen: Bool {
        if case .open = self.state { true } else { false }
    }

    func tell(_ event: MediaEvent) {
        self.events(event)
    }

    // MARK: Commands

    func take(_ command: SessionCommand, at now: Instant, with workspace: SlotWorkspace) {
        guard case .open = self.state else { return }
        switch command {
        case .connect(let parameters, let contexts):
            self.connect(parameters, contexts?.take(), at: now)
        case .other(let command):
            self.take(command, at: now, with: workspace)
        }
        self.carryOut(workspace, at: now)
    }

    private func take(_ command: MediaCommand, at now: Instant, with workspace: SlotWorkspace) {
        switch command {
        case .connect:
            preconditionFailure("a mailbox turns connect into its own command")
        case .attach(let connected, let dialect, let start):
            self.attach(connected, dialect: dialect, start: start, at: now, with: workspace)
        case .early(let early):
            self.path.flowEarly(early)
        case .tell(let event):
            self.path.tell(event, into: &workspace.output)
        case .join:
            preconditionFailure("the loop joins sessions, which it alone knows")
        case .part:
            self.part()
        case .answered:
            self.path.answered(at: now, into: &workspace.output)
        case .play(let prompt):
            _ = self.path.play(self.samples(of: prompt))
        case .sendDTMF(let digits):
            self.path.sendDTMF(digits, into: &workspace.output)
        case .receiveDTMF(let digit, let duration):
            self.path.receiveSignalledDigit(digit, duration: duration, into: &workspace.output)
        case .noteDTMF(let digit, let isDelivered):
            self.path.noteSignalledDigit(digit, isDelivered: isDelivered, into: &workspace.output)
        case .clear:
            self.path.clear(into: &workspace.output)
        case .stop(let reason):
            self.stop(reason, at: now, with: workspace)
        }
    }

    private func connect(_ parameters: WireParameters, _ contexts: consuming SRTPContexts?, at now: Instant) {
        self.path.connect(parameters, at: now)
        // A call that has been encrypted stays so, whatever is negotiated later.
        guard let contexts else { return }
        guard var current = self.srtp.take() else {
            self.srtp = .some(contexts)
            return
        }
        current.renew(by: contexts)
        self.srtp = .some(current)
    }

    /// Ends the session: farewells now, `ended` when the recording's file is closed.
    func stop(_ reason: BotStopReason, at now: Instant, with workspace: SlotWorkspace) {
        guard case .open = self.state else { return }
        self.part()
        // What has come since the last slot is not heard any more, but it came.
        if self.path.isConnected { self.receiveDatagrams(with: workspace) }
        self.path.end(reason, at: now, into: &workspace.output)
        self.carryOut(workspace, at: now)
        self.releaseBot(.finished)
        self.recording?.finish()
        self.sockets = nil
        var report = MediaReport()
        report.audio = self.path.report
        report.srtpFailures = self.counts.srtpFailures
        report.foreignDatagrams = self.counts.foreignDatagrams
        report.sendFailures = self.counts.sendFailures
        report.botFramesDropped = self.counts.botFramesDropped
        report.recordingRefusal = self.recordingRefusal
        report.stopReason = reason
        self.state = .closing(report, until: now + Self.closingTime)
        self.finishClosing(at: now)
    }

    /// Tells `ended` when there is nothing left to wait for.
    func finishClosing(at now: Instant) {
        guard case .closing(var report, let until) = self.state else { return }
        if let recording = self.recording {
            let outcome = recording.report
            guard outcome != nil || until <= now else { return }
            report.recording = outcome.flatMap { $0.isEmpty ? nil : $0 }
        }
        self.recording = nil
        self.state = .ended
        self.tell(.ended(report))
    }

    // MARK: Slots

    /// The first half of a slot: what has come from the wire is heard by the bot.
    func hear(at deadline: Instant, with workspace: SlotWorkspace) {
        guard case .open = self.state, self.path.isConnected else { return }
        self.receiveDatagrams(with: workspace)
        self.path.hear(at: deadline, into: &workspace.output)
        self.carryOut(workspace, at: deadline)
        self.passOnWhatWasHeard()
        self.counts.slots += 1
    }

    /// The second half: what has come from the bot leaves on the wire.
    func speak(at deadline: Instant, with workspace: SlotWorkspace) {
        guard case .open = self.state else { return }
        // A bot whose queue is full has nothing to say that could still leave in this slot: the packet goes first.
        let isBotFirst = !self.path.isQueueFull
        if isBotFirst { self.receiveFromBot(at: deadline, with: workspace) }
        self.path.speak(at: deadline, into: &workspace.output)
        if !workspace.output.datagrams.isEmpty {
            workspace.pacing.add(max(.zero, deadline.duration(to: Reactor.now())))
        }
        self.carryOut(workspace, at: deadline)
        guard !isBotFirst else { return }
        self.receiveFromBot(at: deadline, with: workspace)
        self.carryOut(workspace, at: deadline)
    }

    /// Lets a slot pass that the thread was kept from.
    func skipSlot(at deadline: Instant, with workspace: SlotWorkspace) {
        guard case .open = self.state else { return }
        self.path.skipSlot(at: deadline, into: &workspace.output)
        self.carryOut(workspace, at: deadline)
    }

    // MARK: What the path wants done

    /// Does what the path has put into the output, and leaves it empty.
    func carryOut(_ workspace: SlotWorkspace, at now: Instant) {
        self.sendDatagrams(with: workspace)
        self.sendToBot(at: now, with: workspace)
        if !workspace.output.recordedLeft.isEmpty {
            // A full ring is counted by the recording itself.
            self.recording?.append(
                left: workspace.output.recordedLeft.span, right: workspace.output.recordedRight.span)
            workspace.output.removeRecorded()
        }
        for event in workspace.output.events { self.carryOut(event) }
        workspace.output.removeEvents()
    }

    private func carryOut(_ event: AudioPathEvent) {
        switch event {
        case .firstPacketReceived: self.tell(.firstPacketReceived)
        case .firstAudioSent: self.tell(.firstAudioSent)
        case .mediaTimeout: self.tell(.mediaTimeout)
        case .silence(let silence): self.tell(.silence(silence))
        case .digitReceived(let digit, let duration):
            self.tell(.dtmfReceived(digit, duration: duration))
            // What the far end presses is meant for whom it speaks with.
            self.partner?.relay(digit)
        case .digitSent(let digit): self.tell(.dtmfSent(digit))
        case .botReady(let rate): self.tell(.botReady(rate))
        case .botWish(let wish): self.tell(.botWish(wish))
        case .digitsForSignalling(let digits): self.tell(.digitsForSignalling(digits))
        case .botHangup(let reason): self.tell(.botHangup(reason: reason))
        case .overflow(let overflow): self.tell(.botOverflow(overflow))
        case .promptWanted(let ticket, let name): self.find(name, for: ticket)
        }
    }

    // MARK: Prompts

    /// The place that waits in the queue is filled at once from memory, or by the prompt-reading thread.
    private func find(_ text: String, for ticket: PromptTicket) {
        do throws(AudioFilesError) {
            let name = try PromptName(validating: text)
            guard let prompts = self.prompts else { throw .notFound(name: text) }
            if let prompt = prompts.promptInMemory(named: name) {
                return self.fulfil(ticket, name: text, .success(prompt))
            }
            guard self.promptsPending < Self.promptsPendingMax else {
                throw .tooManyRequests(max: Self.promptsPendingMax)
            }
            let mailbox = self.mailbox
            try prompts.request(name) { mailbox.postPrompt(ticket, name: text, $0) }
            self.promptsPending += 1
        } catch {
            self.fulfil(ticket, name: text, .failure(error))
        }
    }

    func promptFound(_ ticket: PromptTicket, name: String, _ prompt: Result<Prompt, AudioFilesError>) {
        self.promptsPending -= 1
        guard case .open = self.state else { return }
        self.fulfil(ticket, name: name, prompt)
    }

    private func fulfil(_ ticket: PromptTicket, name: String, _ prompt: Result<Prompt, AudioFilesError>) {
        switch prompt {
        case .success(let prompt):
            self.path.fulfil(ticket, with: self.samples(of: prompt))
        case .failure(let error):
            self.path.fulfil(ticket, with: nil)
            guard self.promptsMissing < Self.promptsMissingMax else { return }
            self.promptsMissing += 1
            self.tell(.promptMissing(name: name, error))
        }
    }

    /// Prompts are kept at the line's rate; another rate is the owner's mistake and is not played.
    private func samples(of prompt: Prompt) -> [Int16] {
        prompt.rate == .hz8000 ? prompt.samples : []
    }
}
