import Addressing
import BotProtocol
import PCM
import RTP
import Timekeeping

/// The whole audio of one call in virtual time: datagrams, bot audio, commands and `now` go in; datagrams, bot frames,
/// recorder taps and events come out.
///
/// The owner calls `hear` and `speak` once each in every 20 ms, on absolute deadlines that never drift, `speak` a little
/// after `hear` so that a quick bot's answer catches the same slot. Datagrams are plain here: SRTP is the owner's. The
/// path makes no clock, no thread and, after its first seconds, no memory.
package struct AudioPath: Sendable {
    /// One slot.
    package static let frameTime = Duration.milliseconds(20)
    /// One slot of the line, in samples and in units of its media clock.
    package static let frameLength = 160

    let configuration: AudioPathConfiguration
    var random: any RandomNumberGenerator & Sendable
    var wire: Wire?
    var botVoice: BotVoice
    var botEar: BotEar?
    var clearPolicy = ClearPolicy.reportCleared
    var backPressure = BackPressureGate()
    /// The bot wants to be told, once, when nothing waits any more.
    var reportsDrained = false
    var dtmf = DTMFRouter()
    var tones = InBandDigits()
    /// The way on which the far end's first digit came, of tones and signalling: the other one is not listened to.
    var digitSource: DigitSource?
    var overflow = OverflowEpisode()
    var early = EarlyAudio.none
    var answeredAt: Instant?
    /// What a bot that comes later has to know of the call besides its start: at most one of each kind.
    var progress: BotEvent?
    var holding: BotEvent?
    /// The other call that the far end hears in place of the bot.
    var bridge: BridgedVoice?
    var firstAudioAt: Instant?
    var answeredMarks: [AnsweredMark] = []
    var heardFrame: [Int16]
    /// When `heardFrame` was heard.
    var heardAt = Instant.origin
    var sentFrame: [Int16]
    var recorder: RecorderAligner?
    var callerMeter = LevelMeter()
    var botMeter = LevelMeter()
    var counts = Counts()
    var silences: SilenceWatch

    enum DigitSource: Hashable, Sendable {
        case tones
        case signalling
    }

    struct Counts: Sendable {
        var strangers: UInt64 = 0
        /// Those of them that were RTP.
        var rtpStrangers: UInt64 = 0
        var invalid: UInt64 = 0
        var packetsSent: UInt64 = 0
        var octetsSent: UInt64 = 0
        /// Slots with sound of the far end, and those with audio of the bot, a prompt or another call.
        var soundHeard: UInt64 = 0
        var soundSent: UInt64 = 0
        /// RTP and RTCP whose SRTP tag did not match.
        var unauthentic: UInt64 = 0
    }

    package init(_ configuration: AudioPathConfiguration, random: some RandomNumberGenerator & Sendable) {
        self.configuration = configuration
        self.random = random
        self.botVoice = BotVoice(rate: .hz8000, limits: configuration.playQueue)
        self.silences = SilenceWatch(patience: configuration.silenceAfter)
        self.heardFrame = Array(repeating: 0, count: Self.frameLength)
        self.sentFrame = Array(repeating: 0, count: Self.frameLength)
    }

    package var isConnected: Bool { self.wire != nil }
    package var isAnswered: Bool { self.answeredAt != nil }
    /// Whether the bot hears the far end.
    var isHeardByBot: Bool { self.bridge == nil && (self.isAnswered || self.early != .none) }
    /// Whether the far end hears the bot.
    var mayPlay: Bool { self.isAnswered || self.early == .bothWays }
    /// Where RTP goes now; nil before `connect`, and when the far end's address can be nobody's.
    package var rtpDestination: TransportAddress? { self.wire?.latch.destination }
    /// Bot audio that waits, at 8 kHz.
    package var samplesQueued: Int { self.botVoice.queue.samplesWaiting }
    /// Bot audio that was refused so far, because the queue was full.
    package var botAudioRefused: Duration { SampleRate.hz8000.duration(ofSamples: self.botVoice.samplesRefused) }

    /// Bot audio is being refused, or would be but for this slot's.
    package var isQueueFull: Bool { self.samplesQueued + Self.frameLength >= self.botVoice.queue.samplesMax }
    package var isQueueEmpty: Bool { self.botVoice.isEmpty }

    /// The far end is known: RTP and the recording begin. Called again, it changes what a new negotiation changed.
    package mutating func connect(_ parameters: WireParameters, at now: Instant) {
        if self.wire == nil {
            var random = self.random
            self.wire = Wire(parameters, configuration: self.configuration, at: now, using: &random)
            self.random = random
            if self.configuration.records { self.recorder = RecorderAligner(beginning: now) }
        } else {
            self.wire?.negotiate(parameters, at: now)
        }
    }

    /// The call is answered: the bot's waiting audio may play, and the bot hears from now on. Again: nothing.
    package mutating func answered(at now: Instant, into output: inout AudioPathOutput) {
        guard self.answeredAt == nil else { return }
        self.answeredAt = now
        self.progress = nil
        // Only an answered call owes audio; before that the far end may be silent for as long as it likes.
        self.wire?.restartWatchdog(at: now)
        if self.early != .bothWays { self.botVoice.release() }
        if self.botEar != nil { output.append(.answered) }
    }

    /// Lets audio flow before the answer; nothing once the call is answered.
    package mutating func flowEarly(_ early: EarlyAudio) {
        guard !self.isAnswered else { return }
        if early == .bothWays, self.early != .bothWays { self.botVoice.release() }
        self.early = early
    }

    /// Tells the bot what the audio does not show: that it rings, that it is on hold, how a transfer goes on. A bot that
    /// is not there yet is told with its start.
    package mutating func tell(_ event: BotEvent, into output: inout AudioPathOutput) {
        switch event {
        case .ringing, .earlyMedia: self.progress = event
        case .held: self.holding = event
        case .resumed: self.holding = nil
        case .start, .answered, .transfer, .dtmf, .mark, .cleared, .status, .backPressure, .drained, .overflow,
            .silence,
            .stop:
            break
        }
        if self.botEar != nil { output.append(event) }
    }

    /// A bot is there; what it hears and says is at the start's rate until it asks for another, and marks that a clear
    /// overtakes are answered as `clearPolicy` says. A bot that has no words for back-pressure has no depths.
    package mutating func attachBot(
        _ start: BotStart, clearPolicy: ClearPolicy, backPressure: BackPressureDepths? = nil,
        into output: inout AudioPathOutput
    ) {
        self.clearPolicy = clearPolicy
        self.backPressure = BackPressureGate(depths: backPressure)
        self.botVoice.change(to: start.rate)
        self.botEar = BotEar(rate: start.rate)
        output.append(.start(start))
        if let progress = self.progress { output.append(progress) }
        if self.isAnswered { output.append(.answered) }
        if let holding = self.holding { output.append(holding) }
    }

    /// The bot is gone: nothing more is made for it. What it has queued still plays.
    package mutating func detachBot() {
        self.botEar = nil
        self.backPressure = BackPressureGate()
        self.reportsDrained = false
        self.botVoice.isPaused = false
    }

    /// Ends the path: the last samples of the recording, the bot's `stop`, and RTCP BYE.
    package mutating func end(_ reason: BotStopReason, at now: Instant, into output: inout AudioPathOutput) {
        if self.botEar != nil { output.append(.stop(reason)) }
        self.botEar = nil
        self.recorder?.flush(into: &output)
        self.recorder = nil
        self.endSilences(at: now)
        let clock = self.configuration.clock
        self.wire?.sayGoodbye(at: now, clock: clock, into: &output)
    }

    /// The figures so far.
    package var report: AudioReport {
        var report = AudioReport()
        self.wire?.fill(&report)
        report.packetsSent = self.counts.packetsSent
        report.octetsSent = self.counts.octetsSent
        report.packetsFromStrangers = self.counts.strangers
        report.packetsInvalid = self.counts.invalid
        if let firstAudioAt, let answeredAt {
            // Early audio was there before anybody answered.
            report.firstAudioDelay = max(.zero, answeredAt.duration(to: firstAudioAt))
        }
        report.digitsReceived = self.dtmf.received
        report.digitsSent = self.dtmf.sent
        report.digitsRefused = self.dtmf.refused
        report.botAudioHeard = self.heard(self.botVoice.queue.samplesHeard)
        report.botAudioRefused = self.heard(self.botVoice.samplesRefused)
        report.botAudioCleared = self.heard(self.botVoice.samplesCleared)
        report.botPlayoutAdded = self.heard(Int(self.botVoice.samplesAdded))
        report.botPlayoutRemoved = self.heard(Int(self.botVoice.samplesRemoved))
        report.botUnderruns = self.botVoice.start.underruns
        report.silences = self.silences.episodes
        report.silenceCount = self.silences.count
        report.callerLevel = LevelReport(self.callerMeter)
        report.botLevel = LevelReport(self.botMeter)
        return report
    }

    func heard(_ samples: Int) -> Duration {
        SampleRate.hz8000.duration(ofSamples: samples)
    }
}

/// What an audio path is built from; fixed for its life.
package struct AudioPathConfiguration: Sendable {
    package var playQueue = PlayQueueLimits()
    /// Silence of the far end after which `AudioPathEvent.mediaTimeout` comes; parked while the call is on hold.
    package var rtpTimeout = Duration.seconds(30)
    /// Silence of either side, of any kind, after which `AudioPathEvent.silence` comes; 1 s at least.
    package var silenceAfter = Duration.seconds(5)
    /// The way that digits go.
    package var digits = DigitPath.telephoneEvents
    /// Whether recorder taps are wanted.
    package var records = false
    /// Ties RTCP's wall clock to `now`.
    package var clock: WallClockAnchor

    package init(clock: WallClockAnchor) {
        self.clock = clock
    }
}
