import Addressing
import NIOCore
import SDP
import SIPSyntax
import Timekeeping

/// The media of calls: sockets, packets, and what the flow wants to be heard.
extension Edge {
    /// Binds a pair of ports for a call and goes on with `next`; a call that ended meanwhile gives them back.
    func openMedia(of call: LiveCall, then next: @escaping @Sendable (isolated Edge, LiveCall, UInt16) -> Void) {
        let key = call.key
        let ports = self.mediaPorts.candidates()
        let opened = MediaSockets.open(
            on: self.eventLoop, address: self.configuration.address, ports: ports[...],
            receiver: { datagram, isRTCP in
                self.assumeIsolated { $0.receive(datagram, isRTCP: isRTCP, of: key) }
            })
        opened.whenComplete { result in
            self.assumeIsolated { edge in
                guard let call = edge.calls[key], !call.signalling.hasEnded else {
                    if case .success(let sockets) = result { sockets.close() }
                    return
                }
                switch result {
                case .success(let sockets):
                    call.sockets = sockets
                    next(edge, call, sockets.port)
                case .failure:
                    let sentence = SimulatorError.mediaPortsExhausted.description
                    edge.hangUp(call, cause: 34, sentence: sentence, at: Self.now())
                }
            }
        }
    }

    /// Makes the leg at the call's answer. From here on packets are heard; they are sent from the ACK on.
    func startLeg(of call: LiveCall, _ settings: MediaSettings, at now: Instant) -> Bool {
        var random = SystemRandomNumberGenerator()
        do {
            call.leg = try MediaLeg(
                settings, origin: now, recordingMax: self.configuration.recordingMax, random: &random)
        } catch {
            self.hangUp(call, cause: 47, sentence: error.description, at: now)
            return false
        }
        let suite = settings.keys?.suite.rawValue
        call.report.media = CallReport.Media(
            codec: settings.codec.rawValue, srtpSuite: suite, remote: settings.remote.description)
        return true
    }

    func markAnswered(_ call: LiveCall, at now: Instant) {
        guard call.answered == nil, let media = call.report.media else { return }
        call.answered = now
        call.report.answeredAt = self.clock.timestamp(at: now)
        self.observer(.answered(callID: call.report.callID, codec: media.codec, srtpSuite: media.srtpSuite))
    }

    func startMedia(of call: LiveCall, at now: Instant) {
        guard call.leg != nil, call.flow.isIdle else { return }
        self.startPackets(of: call, at: now)
        self.perform(call.flow.start(at: now), on: call, at: now)
    }

    func startPackets(of call: LiveCall, at now: Instant) {
        guard call.nextPacket == nil else { return }
        call.nextPacket = now
        self.startMediaClock(at: now)
    }

    func perform(_ actions: [FlowAction], on call: LiveCall, at now: Instant) {
        for action in actions {
            switch action {
            case .entered(let step):
                if call.report.steps.count < Self.stepsMax {
                    call.report.steps.append(
                        CallReport.Step(name: step.description, atInMilliseconds: call.sinceAnswer(now), entry: nil))
                }
                self.observer(.entered(callID: call.report.callID, step: step.description))
            case .play(let prompt): call.leg?.play(self.prompts[prompt] ?? [])
            case .press(let digits): call.leg?.press(digits)
            case .ring: call.leg?.ring()
            case .echo: call.leg?.echo()
            case .beSilent: call.leg?.beSilent()
            case .gathered(let step, let entry):
                if let last = call.report.steps.lastIndex(where: { $0.name == step.description }) {
                    call.report.steps[last].entry = entry
                }
                self.observer(.gathered(callID: call.report.callID, step: step.description, entry: entry))
            case .hangUp(let cause):
                self.hangUp(call, cause: cause, sentence: "the flow ended", at: now)
            }
        }
        self.settle(call, at: now)
    }

    /// Sends the packet of one 20 ms and tells the flow what ended with it.
    func sendPacket(of call: LiveCall, at deadline: Instant) {
        guard let leg = call.leg, let sockets = call.sockets else { return }
        let (datagram, finished) = leg.tick(at: deadline)
        if let datagram,
            let remote = try? SocketAddress(
                ipAddress: leg.settings.remote.address.description, port: Int(leg.settings.remote.port))
        {
            let envelope = AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: datagram))
            for delay in call.networkOut?.delays() ?? [.zero] {
                self.after(delay) { sockets.rtp.writeAndFlush(envelope, promise: nil) }
            }
        }
        switch finished {
        case .prompt: self.perform(call.flow.promptFinished(at: deadline), on: call, at: deadline)
        case .digits: self.perform(call.flow.digitsFinished(at: deadline), on: call, at: deadline)
        case nil: break
        }
    }

    private func receive(_ datagram: [UInt8], isRTCP: Bool, of key: Int) {
        guard let call = self.calls[key], let leg = call.leg else { return }
        if isRTCP { return leg.receiveRTCP(datagram) }
        for delay in call.networkIn?.delays() ?? [.zero] {
            self.after(delay) { self.assumeIsolated { $0.hear(datagram, of: key) } }
        }
    }

    /// Runs `work` now or later on the event loop.
    private func after(_ delay: Duration, _ work: @escaping @Sendable () -> Void) {
        guard delay > .zero else { return work() }
        self.eventLoop.scheduleTask(in: .nanoseconds(delay.inNanoseconds), work)
    }

    private func hear(_ datagram: [UInt8], of key: Int) {
        guard let call = self.calls[key], let leg = call.leg else { return }
        let now = Self.now()
        guard let digit = leg.receive(datagram, at: now) else { return }
        self.observer(.digit(callID: call.report.callID, digit: digit.description))
        self.perform(call.flow.digit(digit, at: now), on: call, at: now)
    }

    /// A re-INVITE with an offer: the peer may hold, resume and move.
    func answerAgain(_ reinvite: Request, on call: LiveCall, at now: Instant) {
        guard let media = call.media, let settings = call.settings else { return }
        var response: Response
        do {
            let (description, changed) = try call.negotiation.answerAgain(reinvite.body, to: media, settings)
            (call.media, call.settings) = (description, changed)
            call.leg?.redirect(to: changed.remote, sends: changed.sends)
            response = call.signalling.dialog.response(.ok, to: reinvite)
            response.headers.add(.contact, call.signalling.dialog.contact)
            response.headers.add(.contentType, MediaType.sdp)
            response.body = description.encoded()
        } catch {
            response = call.signalling.dialog.response(error.status, to: reinvite, reason: error.sentence)
        }
        self.perform(call.signalling.answer(reinvite: reinvite, response), on: call, at: now)
    }

    func closeMedia(of call: LiveCall) {
        call.nextPacket = nil
        call.sockets?.close()
        call.sockets = nil
    }

    private static let stepsMax = 1_000
}
