import SIPSyntax
import SIPTransaction
import Timekeeping

/// Reliable provisional responses (RFC 3262) to the peer's INVITE.
extension UserAgentCore {
    /// Sends 101-199: reliably when the peer requires it or the configuration wants it.
    mutating func sendProvisional(
        _ status: StatusCode, _ id: SessionID, sdp: [UInt8], _ headers: [Headers.Field], at now: Instant
    ) -> [UserAgentAction] {
        guard var session = self.sessions[id], case .callee(var leg) = session.leg, let dialog = session.dialog,
            leg.machine.isRinging, leg.answer == nil
        else { return [] }
        var actions: [UserAgentAction] = []
        guard session.isReliable(sdp) else {
            let response = self.responses.dialogResponse(
                status, to: leg.invite, dialog: dialog, settings: session.settings, extra: headers,
                sdp: sdp)
            self.respond(response, to: leg.key, at: now, into: &actions)
            return actions
        }
        // The first reliable response to an INVITE without offer has to have one (section 5): ringing alone is not sent.
        guard !leg.reliable.isFull, !leg.owesOffer || !sdp.isEmpty else { return [] }
        // A description that was given once is not given again: PRACK and UPDATE change it.
        let body = leg.isDescribed ? [] : sdp
        if !body.isEmpty {
            leg.description = body
            session.settle(local: body, remote: leg.invite.body)
        }
        let response = self.responses.dialogResponse(
            status, to: leg.invite, dialog: dialog, settings: session.settings, extra: headers, sdp: body)
        let steps = leg.reliable.send(response, firstNumber: self.identifiers.reliableNumber(), at: now)
        session.leg = .callee(leg)
        self.store(session)
        self.perform(steps, on: session, at: now, into: &actions)
        return actions
    }

    mutating func perform(
        _ steps: [ReliableProvisionals.Action], on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        for step in steps {
            guard let session = self.sessions[session.id], case .callee(var leg) = session.leg else { return }
            switch step {
            case .send(let response):
                self.respond(response, to: leg.key, at: now, into: &actions)
            case .sendAnswer:
                let steps = leg.machine.answer(at: now)
                self.perform(steps, on: session.with(.callee(leg)), evidence: .none, at: now, into: &actions)
                self.endReplaced(by: session, at: now, into: &actions)
            case .giveUp:
                let steps = leg.machine.provisionalUnacknowledged()
                self.perform(
                    steps, on: session.with(.callee(leg)), evidence: Evidence(status: .serverTimeout), at: now,
                    into: &actions)
            }
        }
    }

    /// 200 to a PRACK that acknowledges what waits for it, 481 to any other (section 3).
    mutating func receivePrack(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard let rAck = (try? request.headers.rAck) ?? nil else {
            self.respond(.badRequest, to: request, key, at: now, into: &actions)
            return
        }
        var session = session
        guard case .callee(var leg) = session.leg, rAck.cSeq == CSeq(number: leg.sequence, method: .invite),
            let (response, steps) = leg.reliable.acknowledge(rAck.responseNumber, at: now), let dialog = session.dialog
        else {
            self.respond(.callDoesNotExist, to: request, key, at: now, into: &actions)
            return
        }
        session.leg = .callee(leg)
        let isAnswer = leg.invite.body.isEmpty && !response.body.isEmpty
        if !request.body.isEmpty, !isAnswer, session.prompt.isIdle {
            session.prompt.receive(request, key, until: now + self.configuration.promptAnswerDelayMax)
            self.store(session)
            let offer = IncomingOffer(request: request, offer: request.body)
            actions.append(.event(session.id, .offerReceived(offer)))
        } else {
            if isAnswer { session.settle(local: [], remote: request.body) }
            self.store(session)
            self.respond(
                self.responses.dialogResponse(
                    .ok, to: request, dialog: dialog, settings: session.settings, extra: [], sdp: []),
                to: key, at: now, into: &actions)
            if isAnswer {
                let answer = request.body.isEmpty ? nil : request.body
                actions.append(.event(session.id, .offerConfirmed(answer: answer)))
            }
        }
        self.perform(steps, on: session, at: now, into: &actions)
        self.startOffer(of: session.id, at: now, into: &actions)
    }
}

extension Session {
    /// Whether a 101-199 with this description is sent reliably.
    fileprivate func isReliable(_ sdp: [UInt8]) -> Bool {
        if self.peer.requiresReliableProvisionals { return true }
        return switch self.settings.reliableProvisionals {
        case .off, .whenRequired: false
        case .whenSupported, .required: self.peer.supportsReliableProvisionals && !sdp.isEmpty
        }
    }
}
