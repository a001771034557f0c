import SIPSyntax
import SIPTransaction
import Timekeeping

/// REFER of the peer within a call: its decision is the owner's.
extension UserAgentCore {
    /// Answers the peer's REFER 202 and reports 100 at once. The owner then tells the new call's progress by `notifyRefer`.
    package mutating func acceptRefer(_ id: SessionID, at now: Instant) -> [UserAgentAction] {
        self.decide(id, at: now) { $0.accept(at: now) }
    }

    /// Answers the peer's REFER 300-699: 603 when we will not, 403 when it may not.
    package mutating func refuseRefer(
        _ id: SessionID, _ status: StatusCode = .decline, headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        precondition(status.isFinal && !status.isSuccess, "a refusal is 300 to 699")
        return self.decide(id, at: now) { $0.refuse(status, headers) }
    }

    /// Reports the progress of the call that an accepted REFER started. A final status is the last report.
    package mutating func notifyRefer(_ id: SessionID, _ status: SIPFragment, at now: Instant) -> [UserAgentAction] {
        self.decide(id, at: now) { $0.notify(status, at: now) }
    }

    private mutating func decide(
        _ id: SessionID, at now: Instant, _ decision: (inout ReferServer) -> [ReferServer.Action]
    ) -> [UserAgentAction] {
        guard var session = self.sessions[id] else { return [] }
        let steps = decision(&session.referred)
        self.store(session)
        var actions: [UserAgentAction] = []
        self.perform(steps, on: id, at: now, into: &actions)
        return actions
    }

    mutating func perform(
        _ steps: [ReferServer.Action], on id: SessionID, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        for step in steps {
            switch step {
            case .respond(let key, let request, let status, let headers):
                self.respond(status, headers, to: request, key, at: now, into: &actions)
            case .notify(let fragment, let event, let state):
                self.notify(fragment, event, state, on: id, at: now, into: &actions)
            }
        }
    }

    private mutating func notify(
        _ fragment: SIPFragment, _ event: EventPackage, _ state: SubscriptionState, on id: SessionID, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard let dialog = self.sessions[id]?.dialog else { return }
        let fields = [
            Headers.Field(name: .event, value: event.headerValue),
            Headers.Field(name: .subscriptionState, value: state.headerValue),
            Headers.Field(name: .contact, value: NameAddress(uri: dialog.contact).headerValue),
            Headers.Field(name: .contentType, value: MediaType.sipFragment.headerValue),
        ]
        // Without room for a transaction the report is lost; the subscription's own end tells the peer enough.
        _ = self.sendInDialog(
            .notify, on: id, extra: fields, body: fragment.body, for: .notify(id), at: now, into: &actions)
    }

    /// The answer to a NOTIFY of ours, or its absence: a refusal ends the subscription (RFC 6665 section 4.2.2).
    mutating func notifyDone(_ id: SessionID, isTaken: Bool) {
        guard !isTaken, var session = self.sessions[id] else { return }
        session.referred.unsubscribed()
        self.store(session)
    }

    mutating func receiveRefer(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        func refuse(_ status: StatusCode) {
            self.respond(status, to: request, key, at: now, into: &actions)
        }
        guard let target = try? request.headers.referTo else { return refuse(.badRequest) }
        guard session.isEstablished else { return refuse(.callDoesNotExist) }
        guard session.referred.isIdle else { return refuse(.requestPending) }
        let refer: IncomingRefer
        switch target.uri {
        case .sip(let uri):
            // Only calls are placed for others: `;method=BYE` is not an errand that we run.
            guard uri.parameters["method"] ?? Method.invite.rawValue == Method.invite.rawValue else {
                return refuse(.decline)
            }
            var replaces: Replaces?
            if let field = uri.headers.first(where: { $0.name == .replaces }) {
                guard let value = try? Replaces(field.value) else { return refuse(.badRequest) }
                replaces = value
            }
            refer = IncomingRefer(
                request: request, target: .sip(uri.asRequestURI), replaces: replaces,
                referredBy: try? request.headers.referredBy)
        case .other(let uri):
            guard uri.scheme == "tel" else { return refuse(.unsupportedURIScheme) }
            refer = IncomingRefer(
                request: request, target: target.uri, replaces: nil, referredBy: try? request.headers.referredBy)
        }
        var session = session
        session.referred.receive(request, key, until: now + self.configuration.timings.transactionLifetime / 2)
        self.store(session)
        actions.append(.event(session.id, .referReceived(refer)))
    }

    /// A session that is over leaves no REFER unanswered, and nobody in doubt about one of ours.
    mutating func endReferrals(of session: Session, at now: Instant, into actions: inout [UserAgentAction]) {
        guard var session = self.sessions[session.id] else { return }
        let told = session.referral.end(.callEnded)
        let steps = session.referred.refuse(.callDoesNotExist, [])
        self.store(session)
        self.perform(steps, on: session.id, at: now, into: &actions)
        actions += told.map { .event(session.id, .referral($0)) }
    }

    /// Expiry of either subscription, and a REFER that nobody decided on.
    mutating func handleReferralTimeout(
        of session: inout Session, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        let told = session.referral.handleTimeout(at: now)
        let steps = session.referred.handleTimeout(at: now)
        guard !told.isEmpty || !steps.isEmpty else { return }
        self.store(session)
        self.perform(steps, on: session.id, at: now, into: &actions)
        session = self.sessions[session.id] ?? session
        actions += told.map { .event(session.id, .referral($0)) }
    }
}
