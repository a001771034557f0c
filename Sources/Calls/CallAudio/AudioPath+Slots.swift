import AudioCodecs
import BotProtocol
import PCM
import RTP
import Timekeeping

extension AudioPath {
    /// The first half of a slot: the caller's 20 ms are taken out of the jitter buffer and given to the bot.
    package mutating func hear(at now: Instant, into output: inout AudioPathOutput) {
        guard var wire = self.wire.take() else { return }
        defer { self.wire = wire }
        var frame = self.heardFrame.lend()
        defer { self.heardFrame = frame }
        self.heardAt = now
        var samples = frame.mutableSpan
        let heard = wire.voice.fill(&samples, at: now)
        if heard != .silence { self.callerMeter.add(frame.span) }
        if wire.voice.isComforting || heard == .audio && Self.hasSound(frame.span) { self.counts.soundHeard += 1 }
        if self.isAnswered, wire.isOverdue(at: now) { output.events.append(.mediaTimeout) }
        self.judgeSilence(on: wire, at: now, into: &output)
        if let digit = self.dtmf.handleTimeout(at: now) { self.tell(digit, into: &output) }
        self.hearTones(frame.span, on: wire, into: &output)
        if self.isHeardByBot { self.botEar?.hear(frame.span, into: &output) }
    }

    /// The second half of a slot: the bot's 20 ms leave on the wire, and both sides go to the recorder.
    package mutating func speak(at now: Instant, into output: inout AudioPathOutput) {
        guard var wire = self.wire.take() else { return }
        defer { self.wire = wire }
        if wire.rtcp.isDue(at: now) {
            let block = wire.voice.reportBlock(at: now)
            wire.rtcp.send(
                sender: wire.sender, block: block, metrics: wire.metrics, at: now, clock: self.configuration.clock,
                wire: wire.parameters,
                using: &self.random, into: &output)
        }
        if wire.parameters.direction.sends, self.mayPlay || wire.parameters.sendsBeforeAnswer {
            self.send(on: &wire, at: now, into: &output)
        } else {
            self.sendNothing(on: &wire)
        }
        self.record(&wire, at: now, into: &output)
        self.overflow.drained(to: self.samplesQueued, of: self.botVoice.queue.samplesMax)
        self.pressBack(into: &output)
        self.tellDrained(into: &output)
    }

    /// Lets a slot pass of which the thread was kept for too long: nothing is heard and nothing leaves, but both clocks
    /// and the recording go on.
    package mutating func skipSlot(at now: Instant, into output: inout AudioPathOutput) {
        guard var wire = self.wire.take() else { return }
        defer { self.wire = wire }
        wire.sender.pass(samples: UInt32(Self.frameLength))
        for index in 0..<Self.frameLength {
            self.heardFrame[index] = 0
            self.sentFrame[index] = 0
        }
        self.record(&wire, at: now, into: &output)
    }

    /// Digits in the audio count only where they come by no other way: one that comes by two is one key.
    private mutating func hearTones(_ frame: Span<Int16>, on wire: Wire, into output: inout AudioPathOutput) {
        let isDue =
            switch self.configuration.digits {
            case .telephoneEvents: wire.parameters.telephoneEventReceive == nil
            case .inBand: true
            case .signalling: false
            }
        guard isDue, self.digitSource != .signalling, let heard = self.tones.hear(frame),
            let digit = self.dtmf.receiveSignalled(heard.digit, duration: heard.duration)
        else { return }
        self.digitSource = .tones
        self.tell(digit, into: &output)
    }

    private mutating func send(on wire: inout Wire, at now: Instant, into output: inout AudioPathOutput) {
        let units = UInt32(Self.frameLength)
        switch self.dtmf.nextSlot(at: wire.sender.timestamp, samples: units) {
        case .audio:
            self.sendAudio(on: &wire, mayPlay: self.mayPlay, at: now, into: &output)
        case .pause:
            self.sendAudio(on: &wire, mayPlay: false, at: now, into: &output)
        case .event(let packet, let completed):
            self.sendEvent(packet, on: &wire, into: &output)
            self.sendNothing(on: &wire)
            if let completed { output.events.append(.digitSent(completed)) }
        }
    }

    private mutating func sendAudio(
        on wire: inout Wire, mayPlay: Bool, at now: Instant, into output: inout AudioPathOutput
    ) {
        var frame = self.sentFrame.lend()
        defer { self.sentFrame = frame }
        var samples = frame.mutableSpan
        var isAudio = false
        switch self.tones.nextSlot(&samples) {
        case .tone(let completed):
            return self.sendTone(&frame, completed: completed, on: &wire, into: &output)
        case .pause:
            return self.sendPause(&frame, on: &wire, into: &output)
        case .audio:
            break
        }
        if self.bridge != nil {
            // Taken out, so that its ring has one owner and changes in place.
            var bridge = self.bridge.take()
            isAudio = bridge?.fill(&samples) ?? false
            self.bridge = bridge
        } else if mayPlay {
            isAudio = self.botVoice.fill(&samples, at: now, answering: &self.answeredMarks)
        } else {
            self.botVoice.pause(&samples)
        }
        self.sendFrame(frame.span, on: &wire, into: &output)
        if isAudio {
            self.counts.soundSent += 1
            self.botMeter.add(frame.span)
            self.noteAudioSent(at: now, into: &output)
        }
        self.tellPlayedMarks(into: &output)
    }

    /// A tone takes the place of the bot's audio, which waits for it.
    private mutating func sendTone(
        _ frame: inout [Int16], completed: DTMFDigit?, on wire: inout Wire, into output: inout AudioPathOutput
    ) {
        self.bridge?.skip()
        self.sendFrame(frame.span, on: &wire, into: &output)
        guard let completed else { return }
        self.dtmf.noteToneSent(completed)
        output.events.append(.digitSent(completed))
    }

    private mutating func sendPause(
        _ frame: inout [Int16], on wire: inout Wire, into output: inout AudioPathOutput
    ) {
        var samples = frame.mutableSpan
        self.botVoice.pause(&samples)
        self.bridge?.skip()
        self.sendFrame(frame.span, on: &wire, into: &output)
    }

    private mutating func sendFrame(_ frame: Span<Int16>, on wire: inout Wire, into output: inout AudioPathOutput) {
        let header = wire.sender.nextAudio(
            payloadType: wire.parameters.sendPayloadType, samples: UInt32(Self.frameLength),
            payloadLengthInBytes: wire.encoder.payloadLengthMax(forSamples: Self.frameLength))
        guard let destination = wire.latch.destination else { return }
        let length = output.append(rtp: header, frame: frame, by: &wire.encoder, to: destination)
        self.count(payloadLengthInBytes: length)
    }

    /// The media clock runs on, and what sounded falls to silence.
    private mutating func sendNothing(on wire: inout Wire) {
        var frame = self.sentFrame.lend()
        defer { self.sentFrame = frame }
        var samples = frame.mutableSpan
        self.botVoice.pause(&samples)
        self.bridge?.skip()
        wire.sender.pass(samples: UInt32(Self.frameLength))
    }

    private mutating func sendEvent(
        _ packet: TelephoneEventPacket, on wire: inout Wire, into output: inout AudioPathOutput
    ) {
        guard let payloadType = wire.parameters.telephoneEventSend else { return }
        let header = wire.sender.nextEvent(packet, payloadType: payloadType)
        guard let destination = wire.latch.destination else { return }
        output.append(rtp: header, event: packet.payload, to: destination)
        self.count(payloadLengthInBytes: TelephoneEventPayload.lengthInBytes)
    }

    private mutating func count(payloadLengthInBytes length: Int) {
        self.counts.packetsSent += 1
        self.counts.octetsSent += UInt64(length)
    }

    private mutating func noteAudioSent(at now: Instant, into output: inout AudioPathOutput) {
        guard self.firstAudioAt == nil else { return }
        self.firstAudioAt = now
        output.events.append(.firstAudioSent)
    }

    /// Whether a jump within the frame would not be heard: below -50 dB of full scale.
    private static func isQuiet(_ frame: Span<Int16>) -> Bool {
        for index in 0..<frame.count where frame[index].magnitude > 100 { return false }
        return true
    }

    private mutating func record(_ wire: inout Wire, at now: Instant, into output: inout AudioPathOutput) {
        guard self.recorder != nil else { return }
        let heard = self.heardFrame
        let sent = self.sentFrame
        if let hold = wire.voice.hold, wire.voice.setsIn || Self.isQuiet(heard.span) {
            self.recorder?.setHeld(SampleRate.hz8000.samples(in: hold + self.heardAt.duration(to: now)))
        }
        self.recorder?.record(heard: heard.span, sent: sent.span, at: now, into: &output)
    }
}
