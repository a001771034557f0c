import SIPSyntax
import SIPTransaction
import Timekeeping

/// REFER of ours within a call (RFC 3515, 3891, 3892, 4488).
extension UserAgentCore {
    /// Asks the peer to call somebody else. What becomes of it comes as `referral` events, the last of which is `ended`.
    package mutating func refer(_ id: SessionID, _ refer: OutgoingRefer, at now: Instant) -> [UserAgentAction] {
        guard var session = self.sessions[id] else { return [] }
        var actions: [UserAgentAction] = []
        guard session.isEstablished, session.referral.isIdle, let dialog = session.dialog,
            let target = self.referTo(refer.target, from: dialog)
        else { return [.event(id, .referral(.ended(.notSent)))] }
        var fields = [
            Headers.Field(name: .referTo, value: target.headerValue),
            Headers.Field(
                name: .referredBy, value: (refer.referredBy ?? NameAddress(uri: dialog.local.uri)).headerValue),
            Headers.Field(name: .contact, value: NameAddress(uri: dialog.contact).headerValue),
        ]
        if !refer.wantsProgress { fields.append(Headers.Field(name: .referSub, value: HeaderValue(trusted: "false"))) }
        fields += refer.headers
        let key = self.sendInDialog(.refer, on: id, extra: fields, for: .refer(id), at: now, into: &actions)
        guard key != nil, let sequence = self.sessions[id]?.dialog?.lastSequence else {
            return actions + [.event(id, .referral(.ended(.notSent)))]
        }
        session = self.sessions[id] ?? session
        session.referral.sent(sequence: sequence)
        self.store(session)
        return actions
    }

    /// Refer-To: the target, with the dialog that its new call replaces escaped into it. The tags are the other way round
    /// than ours: they stand as whoever gets that INVITE sees them (RFC 3891 section 3).
    private func referTo(_ target: OutgoingRefer.Target, from dialog: Dialog) -> NameAddress? {
        switch target {
        case .uri(let uri, nil):
            return NameAddress(uri: uri)
        case .uri(let uri, .some(let replaces)):
            return uri.sip.map { NameAddress(uri: $0.carrying([replaces.field])) }
        case .session(let other):
            guard let far = self.sessions[other]?.dialog, far.id != dialog.id,
                let replaces = try? Replaces(
                    callID: far.id.callID, toTag: far.id.remoteTag, fromTag: far.id.localTag)
            else { return nil }
            return NameAddress(uri: far.remoteTarget.asRequestURI.carrying([replaces.field]))
        }
    }

    /// The answer to a REFER of ours, or its absence.
    mutating func referDone(
        _ id: SessionID, _ events: (inout ReferClient) -> [ReferralEvent], into actions: inout [UserAgentAction]
    ) {
        guard var session = self.sessions[id] else { return }
        let told = events(&session.referral)
        self.store(session)
        actions += told.map { .event(id, .referral($0)) }
    }

    /// A NOTIFY within a call. It must be about our REFER: there is no other subscription.
    mutating func receiveNotify(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        if let refusal = Self.notifyRefusal(request) {
            self.respond(refusal.status, refusal.headers, to: request, key, at: now, into: &actions)
            return
        }
        guard let event = try? request.headers.event, let state = try? request.headers.subscriptionState else {
            self.respond(.badRequest, to: request, key, at: now, into: &actions)
            return
        }
        let fragment: SIPFragment?
        do {
            fragment = request.body.isEmpty ? nil : try SIPFragment(request.body)
        } catch {
            self.respond(.badRequest, to: request, key, at: now, into: &actions)
            return
        }
        var session = session
        guard let told = session.referral.receive(event, state, fragment, at: now) else {
            self.respond(.callDoesNotExist, to: request, key, at: now, into: &actions)
            return
        }
        self.store(session)
        self.respond(.ok, to: request, key, at: now, into: &actions)
        actions += told.map { .event(session.id, .referral($0)) }
    }

    /// What speaks against a NOTIFY, whatever it belongs to (RFC 6665 section 4.1.3).
    static func notifyRefusal(_ request: Request) -> RequestScreening.Refusal? {
        guard let event = try? request.headers.event, event.name == EventPackage.referName else {
            let known = Headers.Field(name: .allowEvents, value: EventPackage.referName.headerValue)
            return RequestScreening.Refusal(.badEvent, [known])
        }
        if !request.body.isEmpty {
            guard let type = try? request.headers.contentType, type.matches(.sipFragment) else {
                let accept = Headers.Field(name: .accept, value: MediaType.sipFragment.headerValue)
                return RequestScreening.Refusal(.unsupportedMediaType, [accept])
            }
        }
        return nil
    }
}

extension Replaces {
    fileprivate var field: Headers.Field {
        Headers.Field(name: .replaces, value: self.headerValue)
    }
}
