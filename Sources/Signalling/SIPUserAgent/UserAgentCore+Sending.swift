import SIPSyntax
import SIPTransaction
import Timekeeping

/// Messages out, and what comes of our requests.
extension UserAgentCore {
    /// Carries out what the transactions want. `path` is the way of the message that caused it, if one did.
    mutating func carryOut(
        _ events: [TransactionEvent], from path: TransportPath?, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        for event in events {
            switch event {
            case .send(let message, let destination):
                actions.append(.send(message.encoded(), message: message, to: destination))
            case .response(let key, let response):
                self.receive(response, for: key, from: path, at: now, into: &actions)
            case .timedOut(let key):
                self.requestFailed(key, .timedOut, .requestTimeout, at: now, into: &actions)
            case .unreachable(let key):
                self.requestFailed(key, .transportFailed, .serviceUnavailable, at: now, into: &actions)
            case .clientEnded(let key):
                self.purposes[key] = nil
                self.authorizedTries[key] = nil
                self.sentRequests[key] = nil
                self.acknowledgements[key] = nil
            case .serverEnded(let key):
                self.invitedSessions[key] = nil
            case .ackMissing:
                // The call was refused and is gone already; there is nobody to tell (RFC 3261 section 17.2.4).
                break
            }
        }
    }

    /// Sends a request in a transaction of its own.
    mutating func send(
        _ request: Request, to destination: Destination, for purpose: RequestPurpose?, at now: Instant,
        into actions: inout [UserAgentAction]
    ) throws(TransactionError) -> ClientTransactionKey {
        var request = request
        let isAuthorized = self.authorize(&request, for: purpose)
        let (key, events) = try self.transactions.send(request, to: destination, at: now)
        self.purposes[key] = purpose
        if isAuthorized { self.authorizedTries[key] = 1 }
        if purpose != nil { self.sentRequests[key] = (request, destination) }
        self.carryOut(events, from: nil, at: now, into: &actions)
        return key
    }

    mutating func respond(
        _ response: Response, to key: ServerTransactionKey, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        let events = self.transactions.respond(response, to: key, at: now)
        self.carryOut(events, from: nil, at: now, into: &actions)
    }

    /// Answers a request outside any dialog, or with a refusal.
    mutating func respond(
        _ status: StatusCode, _ extra: [Headers.Field] = [], to request: Request, _ key: ServerTransactionKey,
        at now: Instant, into actions: inout [UserAgentAction]
    ) {
        let response = self.responses.response(status, to: request, tag: self.identifiers.tag(), extra: extra)
        self.respond(response, to: key, at: now, into: &actions)
    }

    /// `Retry-After` as the configuration says.
    var retryAfter: Headers.Field {
        let seconds = UInt32(clamping: self.configuration.retryAfter.components.seconds)
        return Headers.Field(name: .retryAfter, value: seconds.headerValue)
    }

    private mutating func receive(
        _ response: Response, for key: ClientTransactionKey, from path: TransportPath?, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        if key.method == .invite, response.status.isSuccess, let path {
            self.receiveAnswer(response, for: key, from: path, at: now, into: &actions)
            return
        }
        if self.retry(key, after: response, at: now, into: &actions) { return }
        switch self.purposes[key] {
        case .invite(let id):
            guard let session = self.sessions[id], case .caller(var leg) = session.leg, leg.key == key else { return }
            if self.raiseInterval(session, by: response, at: now, into: &actions) { return }
            if response.status.isProvisional,
                !self.noteProvisional(response, for: key, of: session, from: path, at: now, into: &actions)
            {
                return
            }
            guard let session = self.sessions[id] else { return }
            leg.early = session.early
            let steps = leg.machine.receive(response.status, at: now)
            self.perform(
                steps, on: session.with(.caller(leg)), evidence: .answer(response), at: now, into: &actions)
        case .bye(let id) where response.status.isFinal:
            self.byeDone(id, .answer(response), at: now, into: &actions)
        case .options(let id) where response.status.isFinal:
            self.requestDigests[id] = nil
            actions.append(.outcome(id, .answered(response)))
        case .offer(let id) where response.status.isFinal:
            self.receiveOfferOutcome(response, of: id, at: now, into: &actions)
        case .refer(let id) where response.status.isFinal:
            self.referDone(id, { $0.receive(response, at: now) }, into: &actions)
        case .notify(let id) where response.status.isFinal:
            self.notifyDone(id, isTaken: response.status.isSuccess)
        case .info(let id) where response.status.isFinal:
            self.infoDone(id, .answered(response), at: now, into: &actions)
        case .register(let id) where response.status.isFinal:
            self.registrationAnswered(id, key, response, at: now, into: &actions)
        case .bye, .options, .offer, .prack, .refer, .notify, .info, .register, nil:
            break
        }
    }

    private mutating func requestFailed(
        _ key: ClientTransactionKey, _ cause: EndReason.Cause, _ status: StatusCode, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        switch self.purposes[key] {
        case .invite(let id):
            guard let session = self.sessions[id], case .caller(var leg) = session.leg else { return }
            let steps = leg.machine.inviteFailed(cause)
            self.perform(
                steps, on: session.with(.caller(leg)), evidence: Evidence(status: status), at: now, into: &actions)
        case .bye(let id):
            self.byeDone(id, Evidence(status: status), at: now, into: &actions)
        case .options(let id):
            self.requestDigests[id] = nil
            actions.append(.outcome(id, cause == .timedOut ? .timedOut : .transportFailed))
        case .offer(let id):
            self.offerFailed(of: id, isTimeout: cause == .timedOut, at: now, into: &actions)
        case .register(let id):
            let failure: RegistrationFailure = cause == .timedOut ? .timedOut : .transportFailed
            self.registrationFailed(id, failure, at: now, into: &actions)
        case .refer(let id):
            self.referDone(id, { $0.end(cause == .timedOut ? .timedOut : .transportFailed) }, into: &actions)
        case .notify(let id):
            self.notifyDone(id, isTaken: false)
        case .info(let id):
            self.infoDone(id, cause == .timedOut ? .timedOut : .transportFailed, at: now, into: &actions)
        case .prack, nil:
            break
        }
    }

    /// Our BYE has its answer, or will get none: either way the call is over (RFC 3261 section 15.1.1).
    mutating func byeDone(
        _ id: SessionID, _ evidence: Evidence, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard let session = self.sessions[id] else { return }
        let evidence = session.evidence(besides: evidence)
        switch session.leg {
        case .caller(var leg):
            let steps = leg.machine.byeDone()
            self.perform(steps, on: session.with(.caller(leg)), evidence: evidence, at: now, into: &actions)
        case .callee(var leg):
            let steps = leg.machine.byeDone()
            self.perform(steps, on: session.with(.callee(leg)), evidence: evidence, at: now, into: &actions)
        }
    }
}

extension Session {
    func with(_ leg: Leg) -> Session {
        var session = self
        session.leg = leg
        return session
    }
}
