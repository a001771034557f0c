import SIPSyntax
import SIPTransaction
import Timekeeping

/// The peer's offers within a dialog, and which of them have their place (RFC 3261 section 14.2, RFC 3311 section 5.2).
extension UserAgentCore {
    /// Why a re-INVITE is refused at once; nil when it is the owner's.
    mutating func refusal(ofReinviteOn session: Session, _ request: Request) -> RequestScreening.Refusal? {
        if case .caller(let leg) = session.leg, leg.machine.awaitsAnswer {
            return RequestScreening.Refusal(.requestPending)
        }
        if session.isSettingUp || !session.reinvite.isIdle || !session.prompt.isIdle { return self.putOff() }
        guard session.isEstablished else { return RequestScreening.Refusal(.callDoesNotExist) }
        if session.hasOpenLocalOffer { return RequestScreening.Refusal(.requestPending) }
        return self.intervalRefusal(request, of: session)
    }

    mutating func receiveUpdate(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, in dialog: Dialog, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var session = session
        var dialog = dialog
        if let refusal = self.refusal(ofUpdateOn: session, request) {
            self.respond(refusal.status, refusal.headers, to: request, key, at: now, into: &actions)
            return
        }
        guard request.body.isEmpty else {
            session.prompt.receive(request, key, until: now + self.configuration.promptAnswerDelayMax)
            self.store(session)
            let offer = IncomingOffer(request: request, offer: request.body)
            actions.append(.event(session.id, .offerReceived(offer)))
            return
        }
        if let target = try? request.headers.contacts.first?.uri.sip { dialog.refreshTarget(target) }
        session.replace(dialog)
        let timer = session.isEstablished ? self.beginTimer(of: &session, by: request, at: now) : []
        self.store(session)
        let response = self.responses.dialogResponse(
            .ok, to: request, dialog: dialog, settings: session.settings, extra: timer, sdp: [])
        self.respond(response, to: key, at: now, into: &actions)
    }

    private mutating func refusal(ofUpdateOn session: Session, _ request: Request) -> RequestScreening.Refusal? {
        guard session.isEstablished || session.isSettingUp else { return RequestScreening.Refusal(.callDoesNotExist) }
        if !request.body.isEmpty {
            if session.hasOpenRemoteOffer { return self.putOff() }
            if session.hasOpenLocalOffer { return RequestScreening.Refusal(.requestPending) }
        }
        return session.isEstablished ? self.intervalRefusal(request, of: session) : nil
    }

    /// The owner answers an UPDATE or PRACK. Nil when none is open.
    mutating func acceptPromptOffer(
        _ id: SessionID, sdp: [UInt8], _ headers: [Headers.Field], at now: Instant
    ) -> [UserAgentAction]? {
        guard var session = self.sessions[id], let (key, request) = session.prompt.take(),
            let head = try? RequestHead(request), var dialog = session.dialog(DialogID(head))
        else { return nil }
        var timer: [Headers.Field] = []
        if request.method == .update {
            if let target = try? request.headers.contacts.first?.uri.sip { dialog.refreshTarget(target) }
            session.replace(dialog)
            if session.isEstablished { timer = self.beginTimer(of: &session, by: request, at: now) }
        }
        session.settle(local: sdp, remote: request.body)
        self.store(session)
        var actions: [UserAgentAction] = []
        let response = self.responses.dialogResponse(
            .ok, to: request, dialog: dialog, settings: session.settings, extra: timer + headers, sdp: sdp)
        self.respond(response, to: key, at: now, into: &actions)
        self.startOffer(of: id, at: now, into: &actions)
        return actions
    }

    mutating func refusePromptOffer(
        of session: inout Session, _ status: StatusCode, _ headers: [Headers.Field], at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard let (key, request) = session.prompt.take() else { return }
        self.respond(status, headers, to: request, key, at: now, into: &actions)
    }

    /// An offer before this one is still open (RFC 3261 section 14.2).
    private mutating func putOff() -> RequestScreening.Refusal {
        let delay = Headers.Field(name: .retryAfter, value: self.identifiers.retryDelayInSeconds().headerValue)
        return RequestScreening.Refusal(.serverInternalError, [delay])
    }

    private func intervalRefusal(_ request: Request, of session: Session) -> RequestScreening.Refusal? {
        guard case .tooSmall(let minimum) = session.terms.judge(request, isRefresher: session.timer.isRefresher) else {
            return nil
        }
        return RequestScreening.Refusal(
            .sessionIntervalTooSmall, [Headers.Field(name: .minSE, value: minimum.headerValue)])
    }
}
