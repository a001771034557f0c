import BotProtocol
import PCM
import Timekeeping

/// The bot's audio on its way out: resampled, queued, and given out in frames of 20 ms at 8 kHz.
struct BotVoice: Sendable {
    private(set) var queue: PlayQueue
    private(set) var start = AdaptiveStart()
    private(set) var rate: SampleRate
    private var resampler: Resampler
    private var resampled: [Int16]
    /// One sample over and over: what stands before the first sample of an utterance, and behind its last.
    private var held: [Int16]
    private var last: Int16 = 0
    private var smoother = HoleSmoother()
    /// The resampler still holds the end of what was last queued.
    private var hasTail = false

    private var pace = BotPace()
    private var lead = BotLead()
    private var playout = PlayoutPace(pieceLengthMax: AudioPath.frameLength)
    /// A frame that was made longer or shorter, and what of it has yet to play.
    private var piece = [Int16](repeating: 0, count: AudioPath.frameLength + TimeStretcher.changeMax)
    private var pending = 0..<0
    /// The bot has stopped what plays; what comes still waits.
    var isPaused = false

    /// Samples at 8 kHz.
    private(set) var samplesRefused = 0
    private(set) var samplesCleared = 0

    /// Samples at the bot's rate that are resampled at once.
    private static let blockLength = 960

    init(rate: SampleRate, limits: PlayQueueLimits) {
        self.queue = PlayQueue(limits: limits)
        self.rate = rate
        self.resampler = Resampler(from: rate, to: .hz8000)
        self.resampled = Array(repeating: 0, count: Self.blockLength)
        self.held = Array(repeating: 0, count: rate.samples(in: Self.tailMax))
    }

    /// More than any resampler's latency.
    private static let tailMax = Duration.milliseconds(6)

    /// Takes audio of another rate from here on.
    mutating func change(to rate: SampleRate) {
        guard rate != self.rate else { return }
        self.rate = rate
        self.resampler = Resampler(from: rate, to: .hz8000)
        self.held = Array(repeating: 0, count: rate.samples(in: Self.tailMax))
        self.hasTail = false
    }

    /// Queues one piece of bot audio, of any length. Returns the samples at 8 kHz that were refused: the newest.
    mutating func append(_ samples: Span<Int16>, at now: Instant) -> Int {
        guard !samples.isEmpty else { return 0 }
        var resampled = self.resampled.lend()
        defer { self.resampled = resampled }
        self.lead.messageArrived(
            behind: SampleRate.hz8000.duration(ofSamples: self.queue.samplesWaiting + self.pending.count), at: now)
        if !self.hasTail { self.prime(with: samples[0], into: &resampled) }
        self.last = samples[samples.count - 1]
        var refused = 0
        var index = 0
        while index < samples.count {
            guard self.queue.samplesWaiting < self.queue.samplesMax else {
                // What finds no room need not be converted first.
                refused += (samples.count - index) * SampleRate.hz8000.hertz / self.rate.hertz
                break
            }
            let end = min(index + Self.blockLength, samples.count)
            var output = resampled.mutableSpan
            let count = self.resampler.process(samples.extracting(index..<end), into: &output)
            refused += count - self.queue.append(resampled.span.extracting(first: count))
            index = end
        }
        self.samplesRefused += refused
        self.pace.note(self.rate.duration(ofSamples: samples.count), at: now)
        self.hasTail = self.rate != .hz8000
        self.start.messageArrived(
            self.rate.duration(ofSamples: samples.count),
            queued: SampleRate.hz8000.duration(ofSamples: self.queue.samplesWaiting), at: now)
        return refused
    }

    /// Whether all that came has left.
    var isEmpty: Bool { self.queue.isEmpty && self.pending.isEmpty }

    /// Samples at 8 kHz by which play-out was made longer and shorter, to follow the bot's clock.
    var samplesAdded: UInt64 { self.playout.samplesAdded }
    var samplesRemoved: UInt64 { self.playout.samplesRemoved }

    var state: PlayQueueState {
        PlayQueueState(
            queued: SampleRate.hz8000.duration(ofSamples: self.queue.samplesWaiting), underruns: self.start.underruns,
            drift: self.pace.drift, isPaused: self.isPaused)
    }

    /// False when too much waits. A mark that nothing stands before is answered by the next `answerReachedMarks`.
    mutating func append(mark name: String) -> Bool {
        guard self.queue.append(mark: name) else { return false }
        self.start.utteranceEnded()
        return true
    }

    /// False when too much waits.
    mutating func append(prompt samples: [Int16]) -> Bool {
        guard self.queue.append(prompt: samples) else { return false }
        self.start.promptArrived()
        return true
    }

    mutating func reservePrompt() -> PromptTicket? {
        guard let ticket = self.queue.reservePrompt() else { return nil }
        self.start.promptArrived()
        return ticket
    }

    mutating func fulfil(_ ticket: PromptTicket, with samples: [Int16]?) {
        self.queue.fulfil(ticket, with: samples)
    }

    mutating func answerReachedMarks(into answered: inout [AnsweredMark]) {
        self.queue.answerReachedMarks(into: &answered)
    }

    /// Drops what waits; the next frame falls to silence.
    mutating func clear(answering answered: inout [AnsweredMark]) {
        self.samplesCleared += self.queue.clear(answering: &answered)
        self.start.cleared()
        self.pace = BotPace()
        self.lead = BotLead()
        self.pending = 0..<0
        self.resampler.reset()
        self.hasTail = false
    }

    /// The call was answered, and what has been gathered may play.
    mutating func release() {
        self.start.released()
    }

    /// Fills `frame` with what plays in the slot at `now`; true when any of it is audio.
    mutating func fill(
        _ frame: inout MutableSpan<Int16>, at now: Instant, answering answered: inout [AnsweredMark]
    ) -> Bool {
        guard !self.isPaused, self.start.mayPlay(at: now) else {
            self.pause(&frame)
            return false
        }
        let filled = self.take(into: &frame, answering: &answered)
        self.smoother.sound(&frame, in: 0..<filled)
        guard filled < frame.count else {
            self.lead.framePlayed(at: now)
            return true
        }
        let tail = self.takeTail(into: &frame, at: filled)
        self.smoother.fall(&frame, in: (filled + tail)..<frame.count)
        if self.queue.isEmpty { self.start.ranDry(at: now) }
        return filled + tail > 0
    }

    /// Fills `frame` from the queue, made longer or shorter where the bot's clock asks for it, and returns how many samples
    /// that were. A mark behind a frame that was made longer is answered up to `TimeStretcher.changeMax` samples early.
    private mutating func take(into frame: inout MutableSpan<Int16>, answering answered: inout [AnsweredMark]) -> Int {
        var filled = 0
        while filled < self.pending.count {
            frame[filled] = self.piece[self.pending.lowerBound + filled]
            filled += 1
        }
        self.pending = 0..<0
        let isWhole = filled == 0
        filled = self.queue.fill(&frame, from: filled, answering: &answered)
        guard isWhole, filled == frame.count else { return filled }
        let shortfall = self.lead.shortfall
        guard shortfall != .zero else {
            self.playout.note(frame, count: filled)
            return filled
        }
        filled = self.adapt(&frame, lackOf: shortfall)
        return self.queue.fill(&frame, from: filled, answering: &answered)
    }

    /// Makes a whole frame longer or shorter, if it bears it, and returns how many samples are in it then.
    private mutating func adapt(_ frame: inout MutableSpan<Int16>, lackOf shortfall: Duration) -> Int {
        var piece = self.piece.lend()
        defer { self.piece = piece }
        for index in 0..<frame.count { piece[index] = frame[index] }
        var samples = piece.mutableSpan
        let count = self.playout.adapt(&samples, count: frame.count, lackOf: shortfall)
        guard count != frame.count else { return count }
        let change = SampleRate.hz8000.duration(ofSamples: abs(count - frame.count))
        self.lead.shift(by: count > frame.count ? change : .zero - change)
        let kept = min(count, frame.count)
        for index in 0..<kept { frame[index] = piece[index] }
        self.pending = kept..<count
        return kept
    }

    /// Fills a frame in which nothing of the queue may play.
    mutating func pause(_ frame: inout MutableSpan<Int16>) {
        self.smoother.fall(&frame, in: 0..<frame.count)
    }

    /// An utterance begins, or goes on after a hole: as if its first sample had always stood there. A step from silence
    /// would ring after the smoother's rise is over.
    private mutating func prime(with sample: Int16, into resampled: inout [Int16]) {
        let input = self.hold(sample)
        guard input > 0 else { return }
        self.resampler.reset()
        var output = resampled.mutableSpan
        let held = self.held
        _ = self.resampler.process(held.span.extracting(first: input), into: &output)
    }

    /// Fills `held`, and returns how many samples bring out what the resampler holds.
    private mutating func hold(_ sample: Int16) -> Int {
        let count = self.rate.samples(in: self.resampler.latency)
        for index in 0..<count { self.held[index] = sample }
        return count
    }

    /// Brings out what the resampler holds of an utterance that is over, or has a hole. Its last sample stays: the fall from
    /// there is the smoother's.
    private mutating func takeTail(into frame: inout MutableSpan<Int16>, at start: Int) -> Int {
        guard self.hasTail else { return 0 }
        self.hasTail = false
        let input = self.hold(self.last)
        guard input > 0 else { return 0 }
        var resampled = self.resampled.lend()
        defer { self.resampled = resampled }
        let held = self.held
        var output = resampled.mutableSpan
        let count = self.resampler.process(held.span.extracting(first: input), into: &output)
        let taken = min(count, frame.count - start)
        for index in 0..<taken { frame[start + index] = resampled[index] }
        self.smoother.sound(&frame, in: start..<(start + taken))
        return taken
    }
}
