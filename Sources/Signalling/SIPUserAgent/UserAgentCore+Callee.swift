import SIPSyntax
import SIPTransaction
import Timekeeping

/// Calls that come in.
extension UserAgentCore {
    /// Gives a call that came in what its trunk says, before anything but 100 is answered: the session's settings, and
    /// who we are when our requests within it are challenged. False when the INVITE asks for what the settings do not
    /// allow; its refusal is among the actions then, and the session over.
    package mutating func adopt(
        _ id: SessionID, _ settings: SessionSettings, credentials: [DigestCredentials], at now: Instant
    ) -> (isTaken: Bool, [UserAgentAction]) {
        guard var session = self.sessions[id], case .callee(let leg) = session.leg, leg.machine.isRinging else {
            // Cancelled meanwhile: whoever asks will hear of it.
            return (true, [])
        }
        session.adopt(settings)
        session.digest.credentials = credentials
        self.store(session)
        guard let refusal = session.settingsRefusal(of: leg.invite) else { return (true, []) }
        return (false, self.reject(id, refusal.status, headers: refusal.headers, at: now))
    }

    /// Answers 180, without SDP.
    package mutating func ring(_ id: SessionID, headers: [Headers.Field] = [], at now: Instant) -> [UserAgentAction] {
        self.sendProvisional(.ringing, id, sdp: [], headers, at: now)
    }

    /// Answers 183 with early media's SDP.
    package mutating func progress(
        _ id: SessionID, sdp: [UInt8], headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        self.sendProvisional(.sessionProgress, id, sdp: sdp, headers, at: now)
    }

    /// Answers 200, sent again until its ACK. `sdp` is the answer, or our offer when the INVITE had none.
    package mutating func answer(
        _ id: SessionID, sdp: [UInt8], headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        guard var session = self.sessions[id], case .callee(var leg) = session.leg, let dialog = session.dialog,
            leg.machine.isRinging
        else { return [] }
        guard leg.answer == nil else { return [] }
        let timer = self.beginTimer(of: &session, by: leg.invite, at: now)
        let body = leg.isDescribed ? [] : sdp
        leg.answer = self.responses.dialogResponse(
            .ok, to: leg.invite, dialog: dialog, settings: session.settings, extra: timer + headers,
            sdp: body)
        if !body.isEmpty { session.settle(local: body, remote: leg.invite.body) }
        let steps = leg.reliable.answer()
        session.leg = .callee(leg)
        self.store(session)
        var actions: [UserAgentAction] = []
        self.perform(steps, on: session, at: now, into: &actions)
        return actions
    }

    /// Answers 300-699 with whatever headers the owner's reason wants: Retry-After, Warning, Reason.
    package mutating func reject(
        _ id: SessionID, _ status: StatusCode, headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        precondition(status.isFinal && !status.isSuccess, "a rejection is 300 to 699")
        guard let session = self.sessions[id], case .callee(var leg) = session.leg else { return [] }
        let steps = leg.machine.reject(status, headers)
        var actions: [UserAgentAction] = []
        self.perform(
            steps, on: session.with(.callee(leg)), evidence: Evidence(status: status), at: now, into: &actions)
        return actions
    }

    /// A new INVITE that nothing speaks against.
    mutating func receiveInvite(
        _ request: Request, _ head: RequestHead, _ key: ServerTransactionKey, from path: TransportPath,
        _ source: RequestSource, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard self.takesCalls else {
            self.respond(.serviceUnavailable, [self.retryAfter], to: request, key, at: now, into: &actions)
            return
        }
        var replaces: SessionID?
        switch self.replacement(request, from: path, source) {
        case .none: break
        case .replace(let other): replaces = other
        case .refuse(let status):
            self.respond(status, to: request, key, at: now, into: &actions)
            return
        }
        let advertised = self.configuration.advertised[path.local] ?? AdvertisedAddress(path.local)
        let contact = advertised.contact(user: request.uri.sip, transport: path.transport)
        guard
            let dialog = try? Dialog(
                callee: request, head: head, localTag: self.identifiers.tag(), contact: contact,
                advertised: advertised, path: path)
        else {
            self.respond(.badRequest, to: request, key, at: now, into: &actions)
            return
        }
        let id = SessionID(number: self.nextNumber())
        let machine = InviteServerSession(
            timings: self.configuration.timings, setupDurationMax: self.configuration.setupDurationMax, at: now)
        let leg = Session.CalleeLeg(
            machine: machine, key: key, invite: request, sequence: head.cSeq.number, replaces: replaces,
            reliable: ReliableProvisionals(
                timings: self.configuration.timings, countMax: self.configuration.reliableProvisionalsMax))
        var session = Session(
            id: id, leg: .callee(leg), dialog: dialog, settings: self.configuration.session,
            timings: self.configuration.timings)
        session.peer.note(request.headers)
        if let refusal = session.settingsRefusal(of: request) {
            self.respond(refusal.status, refusal.headers, to: request, key, at: now, into: &actions)
            return
        }
        self.invitedSessions[key] = id
        self.dialogs[dialog.id] = id
        self.insert(session)
        self.respond(self.responses.response(.trying, to: request, tag: nil), to: key, at: now, into: &actions)
        let offer = request.body.isEmpty ? nil : request.body
        let invite = IncomingInvite(request: request, path: path, offer: offer)
        if let replaces {
            actions.append(.event(replaces, .replacementReceived(Replacement(session: id, invite: invite))))
        } else {
            actions.append(.event(id, .incoming(invite)))
        }
    }

    mutating func perform(
        _ steps: [InviteServerSession.Action], on session: Session, evidence: Evidence, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard case .callee(let leg) = session.leg else { return }
        var evidence = evidence
        self.store(session)
        defer { self.startOffer(of: session.id, at: now, into: &actions) }
        for step in steps {
            switch step {
            case .sendAnswer:
                if let answer = leg.answer { self.respond(answer, to: leg.key, at: now, into: &actions) }
            case .refuse(let status, let headers):
                let tag = session.dialog.flatMap { try? Token($0.id.localTag) }
                let response = self.responses.response(status, to: leg.invite, tag: tag, extra: headers)
                self.respond(response, to: leg.key, at: now, into: &actions)
                // What ends the call is what we answered, unless the peer asked for it.
                if evidence.request == nil { evidence.status = status }
            case .reportConfirmed:
                let answer = leg.owesOffer ? evidence.request?.body : nil
                if let answer { self.sessions[session.id]?.remoteDescription = answer }
                actions.append(.event(session.id, .confirmed(answer: answer)))
            case .sendBye(let headers):
                self.sendBye(headers, on: session, at: now, into: &actions)
            case .end(let cause):
                self.refuseOpenOffer(of: session, at: now, into: &actions)
                actions += self.remove(session, cause, evidence)
            }
        }
    }
}
