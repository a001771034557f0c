import BotProtocol
import PCM
import RTP
import Timekeeping

extension AudioPath {
    /// Takes one piece of bot audio, of any length, at the bot's rate.
    package mutating func receiveBotAudio(
        _ samples: Span<Int16>, at now: Instant, into output: inout AudioPathOutput
    ) {
        let refused = self.botVoice.append(samples, at: now)
        self.pressBack(into: &output)
        guard refused > 0, let overflow = self.overflow.refused(refused) else { return }
        output.events.append(.overflow(overflow))
        if self.botEar != nil { output.append(.overflow(overflow)) }
    }

    package mutating func receive(_ command: BotCommand, at now: Instant, into output: inout AudioPathOutput) {
        switch command {
        case .ready(let rate):
            self.botReady(rate: rate, into: &output)
        case .play(let name):
            guard let ticket = self.botVoice.reservePrompt() else { return self.refuseEntry(into: &output) }
            output.events.append(.promptWanted(ticket, name: name))
        case .mark(let name):
            guard self.botVoice.append(mark: name) else { return self.refuseEntry(into: &output) }
            self.botVoice.answerReachedMarks(into: &self.answeredMarks)
            self.tellPlayedMarks(into: &output)
        case .clear:
            self.clear(into: &output)
        case .pausePlayout:
            self.botVoice.isPaused = true
        case .continuePlayout:
            self.botVoice.isPaused = false
        case .reportStatus:
            guard self.botEar != nil else { return }
            output.append(.status(heard: self.heard(self.botVoice.queue.samplesHeard), self.botVoice.state))
        case .reportDrained:
            self.reportsDrained = self.botEar != nil
        case .dtmf(let digits):
            self.sendDTMF(digits, into: &output)
        case .hangup(let reason):
            output.events.append(.botHangup(reason: reason))
        case .answer:
            output.events.append(.botWish(.answer))
        case .hold:
            output.events.append(.botWish(.hold))
        case .resume:
            output.events.append(.botWish(.resume))
        case .transfer(let transfer):
            output.events.append(.botWish(.transfer(transfer)))
        case .transferToCall(let call):
            output.events.append(.botWish(.transferToCall(call)))
        }
    }

    /// The bot can talk; a rate replaces the one it was started with.
    package mutating func botReady(rate: SampleRate?, into output: inout AudioPathOutput) {
        if let rate {
            self.botVoice.change(to: rate)
            self.botEar?.change(to: rate)
        }
        output.events.append(.botReady(self.botVoice.rate))
    }

    /// Plays a prompt after what is queued. False when too much waits.
    package mutating func play(_ prompt: [Int16]) -> Bool {
        self.botVoice.append(prompt: prompt)
    }

    /// Fills the place of a prompt that the bot asked for; nil when there is no such prompt.
    package mutating func fulfil(_ ticket: PromptTicket, with samples: [Int16]?) {
        self.botVoice.fulfil(ticket, with: samples)
    }

    package mutating func sendDTMF(_ digits: [DTMFDigit], into output: inout AudioPathOutput) {
        switch self.configuration.digits {
        case .telephoneEvents:
            guard self.wire != nil, self.wire?.parameters.telephoneEventSend == nil else {
                return self.dtmf.send(digits, isNegotiated: self.wire != nil)
            }
            self.sendTones(digits)
        case .inBand:
            self.sendTones(digits)
        case .signalling:
            let accepted = self.dtmf.giveToSignalling(digits)
            if !accepted.isEmpty { output.events.append(.digitsForSignalling(accepted)) }
        }
    }

    private mutating func sendTones(_ digits: [DTMFDigit]) {
        for digit in digits where !self.tones.enqueue(digit) { self.dtmf.noteRefused() }
    }

    /// A digit of the far end that came by signalling. Where digits come as telephone events it is not told: a far end
    /// that sends both means one key.
    package mutating func receiveSignalledDigit(
        _ digit: DTMFDigit, duration: Duration, into output: inout AudioPathOutput
    ) {
        let comesInMedia =
            self.configuration.digits != .signalling && self.wire?.parameters.telephoneEventReceive != nil
        guard !comesInMedia, self.digitSource != .tones,
            let digit = self.dtmf.receiveSignalled(digit, duration: duration)
        else { return }
        self.digitSource = .signalling
        self.tell(digit, into: &output)
    }

    /// A digit that signalling was given has been taken by the far end, or not.
    package mutating func noteSignalledDigit(
        _ digit: DTMFDigit, isDelivered: Bool, into output: inout AudioPathOutput
    ) {
        self.dtmf.noteSignalled(digit, isDelivered: isDelivered)
        if isDelivered { output.events.append(.digitSent(digit)) }
    }

    /// Drops what waits to be played; marks among it are answered as the clear policy says.
    package mutating func clear(into output: inout AudioPathOutput) {
        self.answeredMarks.removeAll(keepingCapacity: true)
        self.botVoice.clear(answering: &self.answeredMarks)
        self.overflow.drained(to: 0, of: 1)
        let heard = self.heard(self.botVoice.queue.samplesHeard)
        let overtaken = self.answeredMarks.map(\.name)
        self.answeredMarks.removeAll(keepingCapacity: true)
        guard self.botEar != nil else { return }
        switch self.clearPolicy {
        case .returnPendingMarks:
            for name in overtaken {
                output.append(.mark(name: name, outcome: .played, heard: heard, queue: self.botVoice.state))
            }
        case .reportCleared:
            for name in overtaken {
                output.append(.mark(name: name, outcome: .cleared, heard: heard, queue: self.botVoice.state))
            }
        case .dropSilently, .ackOnce:
            break
        }
        output.append(.cleared(heard: heard, marks: overtaken, queue: self.botVoice.state))
    }

    /// Tells the marks that have been reached.
    mutating func tellPlayedMarks(into output: inout AudioPathOutput) {
        guard !self.answeredMarks.isEmpty else { return }
        for mark in self.answeredMarks where self.botEar != nil {
            output.append(
                .mark(
                    name: mark.name, outcome: .played, heard: self.heard(mark.samplesHeard), queue: self.botVoice.state)
            )
        }
        self.answeredMarks.removeAll(keepingCapacity: true)
    }

    /// Asks the bot to wait, or to go on, when the queue has passed one of its depths.
    mutating func pressBack(into output: inout AudioPathOutput) {
        guard self.botEar != nil else { return }
        let queued = self.heard(self.samplesQueued)
        if let pressure = self.backPressure.change(at: queued) {
            output.append(.backPressure(pressure, queued: queued))
        }
    }

    /// Tells, once, that nothing waits.
    mutating func tellDrained(into output: inout AudioPathOutput) {
        guard self.reportsDrained, self.botVoice.isEmpty, self.botEar != nil else { return }
        self.reportsDrained = false
        output.append(.drained)
    }

    /// More marks and prompts wait than the queue takes: told as an overflow without audio.
    private mutating func refuseEntry(into output: inout AudioPathOutput) {
        guard let overflow = self.overflow.entryRefused() else { return }
        output.events.append(.overflow(overflow))
        if self.botEar != nil { output.append(.overflow(overflow)) }
    }
}
