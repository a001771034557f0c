import Addressing
import SIPSyntax
import SIPTransaction
import Timekeeping

/// Requests within dialogs (RFC 3261 sections 12.2.2, 14.2 and 15.1.2).
extension UserAgentCore {
    mutating func receiveInDialog(
        _ request: Request, _ head: RequestHead, _ key: ServerTransactionKey, from path: TransportPath,
        _ source: RequestSource, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard var session = self.session(for: head), var dialog = session.dialog(DialogID(head)) else {
            self.respond(.callDoesNotExist, to: request, key, at: now, into: &actions)
            return
        }
        guard self.admits(path, source, to: dialog) else {
            self.respond(.forbidden, to: request, key, at: now, into: &actions)
            return
        }
        guard dialog.judge(head.cSeq) == .inOrder else {
            self.respond(.serverInternalError, to: request, key, at: now, into: &actions)
            return
        }
        dialog.heard(on: path)
        session.replace(dialog)
        session.peer.note(request.headers)
        self.store(session)
        if request.method == .bye {
            self.receiveBye(request, key, on: session, at: now, into: &actions)
        } else if request.method == .invite {
            self.receiveReinvite(request, key, on: session, at: now, into: &actions)
        } else if request.method == .refer {
            self.receiveRefer(request, key, on: session, at: now, into: &actions)
        } else if request.method == .notify {
            self.receiveNotify(request, key, on: session, at: now, into: &actions)
        } else if request.method == .info {
            self.receiveInfo(request, key, on: session, at: now, into: &actions)
        } else if request.method == .update {
            self.receiveUpdate(request, key, on: session, in: dialog, at: now, into: &actions)
        } else if request.method == .prack {
            self.receivePrack(request, key, on: session, at: now, into: &actions)
        } else {
            self.respond(.ok, Capabilities.fields(session.settings), to: request, key, at: now, into: &actions)
        }
    }

    /// The ACK of a 2xx: to the first INVITE, or to a re-INVITE. Any other is nobody's.
    mutating func receiveACK(
        _ request: Request, _ head: RequestHead, from path: TransportPath, _ source: RequestSource, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard var session = self.session(for: head), let dialog = session.dialog,
            self.admits(path, source, to: dialog)
        else { return }
        if session.reinvite.receiveACK(sequence: head.cSeq.number) {
            let answer = request.body.isEmpty ? nil : request.body
            if let answer { session.remoteDescription = answer }
            self.store(session)
            actions.append(.event(session.id, .offerConfirmed(answer: answer)))
            self.startOffer(of: session.id, at: now, into: &actions)
        } else if case .callee(var leg) = session.leg, leg.sequence == head.cSeq.number {
            let steps = leg.machine.receiveACK()
            self.perform(
                steps, on: session.with(.callee(leg)), evidence: .request(request), at: now, into: &actions)
        }
    }

    /// Answers a re-INVITE, UPDATE or PRACK 200. `sdp` is the answer, or our offer when the re-INVITE had none.
    package mutating func acceptOffer(
        _ id: SessionID, sdp: [UInt8], headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        if let actions = self.acceptPromptOffer(id, sdp: sdp, headers, at: now) { return actions }
        guard var session = self.sessions[id], var dialog = session.dialog, let (_, request) = session.reinvite.offered,
            let sequence = try? request.headers.cSeq.number
        else { return [] }
        if let target = try? request.headers.contacts.first?.uri.sip { dialog.refreshTarget(target) }
        session.dialog = dialog
        session.settle(local: sdp, remote: request.body)
        let timer = self.beginTimer(of: &session, by: request, at: now)
        let response = self.responses.dialogResponse(
            .ok, to: request, dialog: dialog, settings: session.settings, extra: timer + headers, sdp: sdp)
        let steps = session.reinvite.answer(
            response, sequence: sequence, timings: self.configuration.timings, at: now)
        var actions: [UserAgentAction] = []
        for step in steps { self.perform(step, on: &session, at: now, into: &actions) }
        self.store(session)
        return actions
    }

    /// Answers a re-INVITE, UPDATE or PRACK 300-699, usually 488: the session goes on as it was.
    package mutating func refuseOffer(
        _ id: SessionID, _ status: StatusCode, headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        precondition(status.isFinal && !status.isSuccess, "a refusal is 300 to 699")
        guard var session = self.sessions[id] else { return [] }
        var actions: [UserAgentAction] = []
        self.refusePromptOffer(of: &session, status, headers, at: now, into: &actions)
        for step in session.reinvite.refuse(status, headers) {
            self.perform(step, on: &session, at: now, into: &actions)
        }
        self.store(session)
        self.startOffer(of: id, at: now, into: &actions)
        return actions
    }

    mutating func perform(
        _ step: ReinviteServer.Action, on session: inout Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        switch step {
        case .sendAnswer(let key, let response):
            self.respond(response, to: key, at: now, into: &actions)
        case .refuse(let key, let request, let status, let headers):
            self.respond(status, headers, to: request, key, at: now, into: &actions)
        case .endSession:
            self.store(session)
            self.fail(session, .ackMissing, at: now, into: &actions)
            session = self.sessions[session.id] ?? session
        }
    }

    /// A session that is over leaves no re-INVITE and no REFER unanswered (section 15.1.2).
    mutating func refuseOpenOffer(of session: Session, at now: Instant, into actions: inout [UserAgentAction]) {
        var session = session
        self.refusePromptOffer(of: &session, .requestTerminated, [], at: now, into: &actions)
        for step in session.reinvite.refuse(.requestTerminated, []) {
            self.perform(step, on: &session, at: now, into: &actions)
        }
        self.endReferrals(of: session, at: now, into: &actions)
    }

    mutating func withdrawOffer(
        of session: Session, _ key: ServerTransactionKey, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard session.reinvite.offered?.key == key else { return }
        var session = session
        for step in session.reinvite.refuse(.requestTerminated, []) {
            self.perform(step, on: &session, at: now, into: &actions)
        }
        self.store(session)
        actions.append(.event(session.id, .offerWithdrawn))
        self.startOffer(of: session.id, at: now, into: &actions)
    }

    private mutating func receiveBye(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        self.respond(.ok, to: request, key, at: now, into: &actions)
        switch session.leg {
        case .caller(var leg):
            let steps = leg.machine.receiveBye()
            self.perform(
                steps, on: session.with(.caller(leg)), evidence: .request(request), at: now, into: &actions)
        case .callee(var leg):
            let steps = leg.machine.receiveBye()
            self.perform(
                steps, on: session.with(.callee(leg)), evidence: .request(request), at: now, into: &actions)
        }
    }

    private mutating func receiveReinvite(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        if let refusal = self.refusal(ofReinviteOn: session, request) {
            self.respond(refusal.status, refusal.headers, to: request, key, at: now, into: &actions)
            return
        }
        var session = session
        session.reinvite.receive(request, key, until: now + self.configuration.timings.transactionLifetime)
        self.invitedSessions[key] = session.id
        self.store(session)
        self.respond(self.responses.response(.trying, to: request, tag: nil), to: key, at: now, into: &actions)
        let offer = request.body.isEmpty ? nil : request.body
        actions.append(.event(session.id, .offerReceived(IncomingOffer(request: request, offer: offer))))
    }

    mutating func fail(
        _ session: Session, _ cause: EndReason.Cause, by evidence: Evidence = .none, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var session = session
        session.failure = evidence
        switch session.leg {
        case .caller(var leg):
            let steps = leg.machine.fail(cause)
            self.perform(steps, on: session.with(.caller(leg)), evidence: .none, at: now, into: &actions)
        case .callee(var leg):
            let steps = leg.machine.fail(cause)
            self.perform(steps, on: session.with(.callee(leg)), evidence: .none, at: now, into: &actions)
        }
    }

    private func session(for head: RequestHead) -> Session? {
        self.dialogs[DialogID(head)].flatMap { self.sessions[$0] }
    }

    /// Whether a request may belong to the dialog by where it comes from; one that may not is counted.
    mutating func admits(_ path: TransportPath, _ source: RequestSource, to dialog: Dialog) -> Bool {
        guard self.configuration.dialogPeerCheck.admits(path, source, to: dialog) else {
            self.refusals.foreignRequests += 1
            return false
        }
        return true
    }
}
