import SIPSyntax
import SIPTransaction
import Timekeeping

/// Calls that we place, and OPTIONS.
extension UserAgentCore {
    /// Places a call. Every event of it comes with the returned id.
    package mutating func invite(_ call: OutgoingInvite, at now: Instant)
        throws(UserAgentError) -> (SessionID, [UserAgentAction])
    {
        guard !self.isDraining else { throw .draining }
        guard self.sessions.count < self.configuration.sessionsMax else { throw .sessionsExhausted }
        let callID = call.callID ?? self.identifiers.callID(at: call.advertised.host)
        let settings = call.session ?? self.configuration.session
        let request = self.requests.invite(
            call, callID: callID, tag: self.identifiers.tag(), branch: self.identifiers.branch(),
            settings: settings,
            sessionTimer: SessionTimerTerms(settings.timer).requestFields(agreed: nil, isRefresher: nil))
        let id = SessionID(number: self.nextNumber())
        var actions: [UserAgentAction] = []
        do {
            let key = try self.send(request, to: call.destination, for: .invite(id), at: now, into: &actions)
            let machine = InviteClientSession(
                timings: self.configuration.timings, setupDurationMax: self.configuration.setupDurationMax, at: now)
            let leg = Session.CallerLeg(machine: machine, key: key, isDelayed: call.offer == nil)
            self.insert(
                Session(
                    id: id, leg: .caller(leg), settings: settings, timings: self.configuration.timings,
                    credentials: call.credentials))
        } catch {
            throw UserAgentError(error)
        }
        return (id, actions)
    }

    /// Asks a peer outside any call whether it is there. The answer comes as an `outcome` with the returned id.
    package mutating func options(_ options: OutgoingOptions, at now: Instant)
        throws(UserAgentError) -> (RequestID, [UserAgentAction])
    {
        let request = self.requests.options(
            options, callID: self.identifiers.callID(at: options.advertised.host), tag: self.identifiers.tag(),
            branch: self.identifiers.branch())
        let id = RequestID(number: self.nextNumber())
        if !options.credentials.isEmpty { self.requestDigests[id] = DigestClient(credentials: options.credentials) }
        var actions: [UserAgentAction] = []
        do {
            _ = try self.send(request, to: options.destination, for: .options(id), at: now, into: &actions)
        } catch {
            self.requestDigests[id] = nil
            throw UserAgentError(error)
        }
        return (id, actions)
    }

    /// Ends a call from our side, whatever its state. `headers`, such as Reason, go with the CANCEL, BYE or 480.
    package mutating func hangUp(_ id: SessionID, headers: [Headers.Field] = [], at now: Instant) -> [UserAgentAction] {
        guard let session = self.sessions[id] else { return [] }
        var actions: [UserAgentAction] = []
        switch session.leg {
        case .caller(var leg):
            let steps = leg.machine.hangUp(headers, at: now)
            self.perform(steps, on: session.with(.caller(leg)), evidence: .none, at: now, into: &actions)
        case .callee(var leg):
            let steps = leg.machine.hangUp(headers)
            self.perform(steps, on: session.with(.callee(leg)), evidence: .none, at: now, into: &actions)
        }
        return actions
    }

    mutating func perform(
        _ steps: [InviteClientSession.Action], on session: Session, evidence: Evidence, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var session = session
        guard case .caller(let leg) = session.leg else { return }
        self.store(session)
        defer { self.startOffer(of: session.id, at: now, into: &actions) }
        for step in steps {
            switch step {
            case .reportProvisional:
                if let response = evidence.response {
                    self.reportProvisional(response, of: session.id, at: now, into: &actions)
                }
            case .acknowledgeAndReport:
                session.leg = .caller(leg.reported)
                self.store(session)
                if let response = evidence.response { self.reportAnswer(response, of: session.id, into: &actions) }
            case .acknowledge:
                // The ACK went out with the dialog; the owner has given up and is not told.
                break
            case .sendCancel(let headers):
                self.cancel(leg.key, headers, at: now, into: &actions)
            case .sendBye(let headers):
                self.sendBye(headers, on: session, at: now, into: &actions)
            case .abandonInvite:
                self.carryOut(self.transactions.abandon(leg.key), from: nil, at: now, into: &actions)
            case .end(let cause):
                self.refuseOpenOffer(of: session, at: now, into: &actions)
                actions += self.remove(session, cause, evidence)
            }
        }
    }

    /// A 2xx to an INVITE of ours: the first one, a retransmission, or one more from a fork (section 13.2.2.4).
    mutating func receiveAnswer(
        _ response: Response, for key: ClientTransactionKey, from path: TransportPath, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        let tag = (try? response.headers.to)?.tag ?? ""
        if let known = self.acknowledgements[key]?.entry(forTag: tag) {
            self.sendACK(known, into: &actions)
            return
        }
        if case .offer(let id) = self.purposes[key], let session = self.sessions[id] {
            self.receiveOfferAnswer(response, for: key, on: session, at: now, into: &actions)
            return
        }
        guard self.acknowledgements[key]?.count ?? 0 < self.configuration.forksMax,
            let (invite, destination) = self.transactions.request(of: key)
        else { return }
        guard let dialog = Dialog(caller: invite, sentTo: destination, response: response, path: path) else {
            self.giveUpAnswer(response, for: key, from: path, at: now, into: &actions)
            return
        }
        if case .invite(let id) = self.purposes[key], let session = self.sessions[id],
            case .caller(let leg) = session.leg, leg.machine.awaitsAnswer
        {
            self.confirm(session, leg, dialog, by: response, invite, for: key, at: now, into: &actions)
        } else if case .invite(let id) = self.purposes[key], self.sessions[id]?.owesAcknowledgement(dialog.id) == true {
            // The 2xx again, while its ACK waits for the owner's answer.
            return
        } else {
            self.acknowledge(invite, dialog, for: key, into: &actions)
            // Another fork answered first: this one is acknowledged and ended, and nobody waits for its BYE's answer.
            var surplus = dialog
            let (bye, destination) = self.requests.request(
                .bye, in: surplus, sequence: surplus.nextSequence(), branch: self.identifiers.branch())
            _ = try? self.send(bye, to: destination, for: nil, at: now, into: &actions)
        }
    }

    /// Sends the ACK of a 2xx along the route set, and keeps it for the 2xx' retransmissions.
    mutating func acknowledge(
        _ invite: Request, _ dialog: Dialog, for key: ClientTransactionKey, sdp: [UInt8] = [],
        into actions: inout [UserAgentAction]
    ) {
        let sequence = (try? invite.headers.cSeq.number) ?? 1
        var (request, destination) = self.requests.request(
            .ack, in: dialog, sequence: sequence, branch: self.identifiers.branch(), extra: invite.credentialFields)
        request.describe(sdp)
        self.acknowledgements[key, default: Acknowledgements()]
            .keep(request, to: destination, forTag: dialog.id.remoteTag)
        self.sendACK(Acknowledgements.Entry(request: request, destination: destination), into: &actions)
    }

    private func sendACK(_ entry: Acknowledgements.Entry, into actions: inout [UserAgentAction]) {
        actions.append(.send(entry.request.encoded(), message: .request(entry.request), to: entry.destination))
    }

    private mutating func cancel(
        _ key: ClientTransactionKey, _ headers: [Headers.Field], at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard let (invite, destination) = self.transactions.request(of: key) else { return }
        let cancel = self.requests.cancel(invite, extra: headers)
        // Without room for the CANCEL the session's own limit ends it: 64·T1 from now.
        _ = try? self.send(cancel, to: destination, for: nil, at: now, into: &actions)
    }

    mutating func sendBye(
        _ headers: [Headers.Field], on session: Session, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard var session = self.sessions[session.id], var dialog = session.dialog else { return }
        let (bye, destination) = self.requests.request(
            .bye, in: dialog, sequence: dialog.nextSequence(), branch: self.identifiers.branch(), extra: headers)
        session.dialog = dialog
        self.store(session)
        do {
            _ = try self.send(bye, to: destination, for: .bye(session.id), at: now, into: &actions)
        } catch {
            self.byeDone(session.id, .none, at: now, into: &actions)
        }
    }
}

extension Session.CallerLeg {
    fileprivate var reported: Session.CallerLeg {
        var leg = self
        leg.isReported = true
        return leg
    }
}

extension UserAgentError {
    fileprivate init(_ error: TransactionError) {
        switch error {
        case .tableFull: self = .transactionsExhausted
        case .malformedRequest: self = .malformedRequest
        }
    }
}
