import SDP
import SIPSyntax
import SIPTransport
import Timekeeping

/// Between a call and what goes wrong in it on purpose: shows the misdeeds what happens, and does what they want.
extension Edge {
    private func scene(of call: LiveCall, at now: Instant) -> MisdeedScene {
        var scene = MisdeedScene(
            dialog: call.signalling.dialog, invite: call.signalling.invite, fresh: Self.tag(), now: now)
        scene.isPlaced = call.report.direction == .placed
        scene.roundTrip = self.configuration.roundTrip
        scene.description = call.media?.encoded() ?? []
        return scene
    }

    // MARK: Before the answer

    /// Lets the INVITE in, unless a misdeed turns it away.
    func judgeByMisdeeds(_ call: LiveCall, at now: Instant) {
        for index in call.misdeeds.indices {
            let scene = self.scene(of: call, at: now)
            guard let verdict = call.misdeeds[index].judge(scene.invite, in: scene) else { continue }
            call.turnedAwayUntil = now + verdict.patience
            guard let response = verdict.response else {
                self.perform(verdict.actions, ofMisdeed: index, on: call, at: now)
                return self.settle(call, at: now)
            }
            self.callsTurnedAway[call.report.callID] = call.key
            call.report.status = response.status.number
            call.report.statusReason = response.reason.text
            self.perform(verdict.actions, ofMisdeed: index, on: call, at: now)
            return self.perform(call.signalling.turnAway(response), on: call, at: now)
        }
        self.letIn(call)
    }

    /// Whether the INVITE is the next of a call that was turned away.
    func callCameBack(_ invite: Request, on path: TransportPath, at now: Instant) -> Bool {
        guard let callID = try? invite.headers.callID.text, let key = self.callsTurnedAway[callID],
            let call = self.calls[key], call.signalling.callAgain(invite)
        else { return false }
        call.noteOnLadder(.request(invite), .received, at: now)
        self.callsTurnedAway[callID] = nil
        self.callsByBranch[call.inviteBranch] = nil
        call.renewInviteBranch()
        self.callsByBranch[call.inviteBranch] = call.key
        call.report.answerHeaders = []
        call.destination = Destination(replyingOn: path)
        self.perform(call.signalling.progress(.trying), on: call, at: now)
        self.judgeByMisdeeds(call, at: now)
        return true
    }

    /// No further INVITE came: the final answer was the last word.
    func gaveUp(_ call: LiveCall, at now: Instant) {
        call.turnedAwayUntil = nil
        let status = call.report.status.map(String.init) ?? "the silence"
        self.end(call, EdgeCallEnding(by: .gateway, sentence: "no further INVITE came after \(status)"), at: now)
        self.forget(call)
    }

    /// Whether a misdeed does the ringing.
    func misdeedsRing(_ call: LiveCall, at now: Instant) -> Bool {
        for index in call.misdeeds.indices {
            let reply = call.misdeeds[index].rings(in: self.scene(of: call, at: now))
            self.perform(reply.actions, ofMisdeed: index, on: call, at: now)
            if reply.isTaken { return true }
        }
        return false
    }

    // MARK: During the call

    func established(_ call: LiveCall, at now: Instant) {
        self.startMedia(of: call, at: now)
        for index in call.misdeeds.indices {
            let actions = call.misdeeds[index].established(in: self.scene(of: call, at: now))
            self.perform(actions, ofMisdeed: index, on: call, at: now)
        }
    }

    func messagesInstead(of message: SIPMessage, of call: LiveCall, at now: Instant) -> [SIPMessage] {
        var messages = [message]
        for index in call.misdeeds.indices {
            let scene = self.scene(of: call, at: now)
            messages = messages.flatMap { call.misdeeds[index].willSend($0, in: scene) }
        }
        for case .response(let response) in messages {
            if let tag = (try? response.headers.to)?.tag, tag != call.tag, response.status.isFinal,
                call.report.direction == .incoming, !call.aliases.contains(tag)
            {
                call.aliases.append(tag)
                self.callsByTag[tag] = call.key
            }
        }
        return messages
    }

    /// Whether a misdeed takes a request of the peer.
    func offerToMisdeeds(_ request: Request, of call: LiveCall, at now: Instant) -> Bool {
        for index in call.misdeeds.indices {
            let reply = call.misdeeds[index].receive(request, in: self.scene(of: call, at: now))
            self.perform(reply.actions, ofMisdeed: index, on: call, at: now)
            if reply.isTaken {
                self.settle(call, at: now)
                return true
            }
        }
        return false
    }

    /// The gateway's final answer to a request of a misdeed.
    func take(_ response: Response, to request: Request, on call: LiveCall, at now: Instant) {
        if request.method == .invite { self.acknowledge(request, response, on: call, at: now) }
        for index in call.misdeeds.indices {
            let scene = self.scene(of: call, at: now)
            let actions = call.misdeeds[index].receive(response, to: request, in: scene)
            self.perform(actions, ofMisdeed: index, on: call, at: now)
        }
    }

    /// The ACK of a re-INVITE; when that had no offer the 2xx has it, and the ACK the answer.
    private func acknowledge(_ invite: Request, _ response: Response, on call: LiveCall, at now: Instant) {
        var headers = Headers()
        var body: [UInt8] = []
        if invite.body.isEmpty, response.status.isSuccess, let media = call.media, let settings = call.settings,
            let (description, changed) = try? call.negotiation.answerAgain(response.body, to: media, settings)
        {
            (call.media, call.settings) = (description, changed)
            call.leg?.redirect(to: changed.remote, sends: changed.sends)
            headers.add(.contentType, MediaType.sdp)
            body = description.encoded()
        }
        let actions = call.signalling.acknowledge(
            invite, response, headers: headers.fields, body: body, branch: Self.branch())
        self.perform(actions, on: call, at: now)
    }

    func runMisdeedTimers(of call: LiveCall, at now: Instant) {
        for index in call.misdeeds.indices {
            guard let deadline = call.misdeeds[index].deadline, deadline <= now else { continue }
            let actions = call.misdeeds[index].handleTimeout(in: self.scene(of: call, at: now))
            self.perform(actions, ofMisdeed: index, on: call, at: now)
        }
    }

    // MARK: Doing

    private func perform(_ actions: [MisdeedAction], ofMisdeed index: Int, on call: LiveCall, at now: Instant) {
        let name = type(of: call.misdeeds[index]).name
        for action in actions {
            switch action {
            case .did(let sentence): call.note(name, by: .simulator, sentence, at: now)
            case .saw(let sentence): call.note(name, by: .gateway, sentence, at: now)
            case .send(let message): self.send(message, of: call, at: now)
            case .request(let request): self.send(request, of: call, at: now)
            case .answer: self.answer(call, at: now)
            case .refuse(let status): self.refuse(call, Refusal(status, nil, nil), at: now)
            case .hangUp(let sentence): self.hangUp(call, cause: 16, sentence: sentence, at: now)
            case .earlyMedia(let prompt): self.startEarlyMedia(prompt: prompt, on: call, at: now)
            case .pauseMedia(let isPaused): call.leg?.isPaused = isPaused
            case .changeSource:
                var random = SystemRandomNumberGenerator()
                call.leg?.changeSource(random: &random)
            case .silenceMedia: call.leg?.isMuted = true
            case .changeKey: call.leg?.changeKey()
            case .closeConnection:
                if let connection = call.destination.path?.connection {
                    self.transport.assumeIsolated { $0.disconnect(connection) }
                }
                self.aimAtContact(call)
            }
        }
    }

    private func send(_ request: MisdeedRequest, of call: LiveCall, at now: Instant) {
        var headers = request.headers
        var body: [UInt8] = []
        switch request.body {
        case .none:
            break
        case .offer(let word):
            guard var media = call.media, let settings = call.settings, let direction = MediaDirection(rawValue: word)
            else { return }
            media.version += 1
            media.direction = direction
            // Lines that were refused stay refused; the codec of the call is the only one offered again.
            media.codecs = [settings.codec]
            call.media = media
            call.leg?.redirect(to: settings.remote, sends: direction.sends)
            headers.add(.contentType, MediaType.sdp)
            body = media.encoded()
        case .fragment(let fragment):
            headers.add(.contentType, HeaderValue(trusted: "message/sipfrag;version=2.0"))
            body = fragment
        }
        let actions = call.signalling.request(
            request.method, headers: headers.fields, body: body, branch: Self.branch(), at: now)
        self.perform(actions, on: call, at: now)
    }

    private func startEarlyMedia(prompt: String?, on call: LiveCall, at now: Instant) {
        guard let settings = call.settings, self.startLeg(of: call, settings, at: now) else { return }
        if let prompt { call.leg?.play(self.prompts[prompt] ?? []) } else { call.leg?.ring() }
        self.startPackets(of: call, at: now)
    }

    /// After the close the edge's own requests go to the gateway's Contact, over a new connection.
    private func aimAtContact(_ call: LiveCall) {
        guard let target = call.signalling.dialog.remoteTarget.sip else { return }
        let transport = call.destination.transport
        call.destination = Destination(
            transport: transport, host: target.host, port: target.port ?? transport.defaultPort)
    }
}
