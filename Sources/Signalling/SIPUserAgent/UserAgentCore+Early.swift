import SIPSyntax
import SIPTransaction
import Timekeeping

/// Answers to our INVITE, the early dialogs that they make (RFC 3261 section 12.1.2), and PRACK (RFC 3262 section 4).
extension UserAgentCore {
    /// Takes a provisional answer into its early dialog. False when the owner need not hear of it: a reliable one that
    /// came before, or out of order.
    mutating func noteProvisional(
        _ response: Response, for key: ClientTransactionKey, of session: Session, from path: TransportPath?,
        at now: Instant, into actions: inout [UserAgentAction]
    ) -> Bool {
        guard response.status > .trying, let path, let tag = (try? response.headers.to)?.tag,
            case .caller(var leg) = session.leg
        else { return true }
        let number = response.isReliable ? (try? response.headers.rSeq) ?? nil : nil
        guard let (invite, destination) = self.transactions.request(of: key) else { return true }
        if leg.early[tag] == nil, leg.early.count < self.configuration.forksMax,
            let dialog = Dialog(caller: invite, sentTo: destination, response: response, path: path)
        {
            leg.early[tag] = EarlyDialogs.Entry(dialog: dialog)
            self.dialogs[dialog.id] = session.id
        }
        var session = session
        // Without a dialog a reliable response cannot be acknowledged and is not taken.
        guard var entry = leg.early[tag] else { return number == nil }
        session.peer.note(response.headers)
        if let number {
            guard entry.takesNumber(number) else { return false }
            if !response.body.isEmpty, entry.answer == nil {
                if leg.isDelayed {
                    entry.owed = response
                } else {
                    entry.answer = response.body
                    session.settle(local: invite.body, remote: response.body)
                }
            }
        }
        leg.early[tag] = entry
        session.leg = .caller(leg)
        self.store(session)
        if number != nil, entry.owed == nil {
            self.sendPrack(for: response, tag: tag, of: session.id, sdp: [], at: now, into: &actions)
        }
        return true
    }

    mutating func sendPrack(
        for response: Response, tag: String, of id: SessionID, sdp: [UInt8], at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard var session = self.sessions[id], var dialog = session.early[tag]?.dialog,
            let number = (try? response.headers.rSeq) ?? nil, let cSeq = try? response.headers.cSeq
        else { return }
        let rAck = ReliableAcknowledgement(responseNumber: number, cSeq: cSeq)
        var (prack, destination) = self.requests.request(
            .prack, in: dialog, sequence: dialog.nextSequence(), branch: self.identifiers.branch(),
            extra: [Headers.Field(name: .rAck, value: rAck.headerValue)])
        prack.describe(sdp)
        session.replace(dialog)
        self.store(session)
        // Without room for it the peer sends its response again, and the INVITE has its own limit.
        _ = try? self.send(prack, to: destination, for: .prack(id), at: now, into: &actions)
    }

    mutating func reportProvisional(
        _ response: Response, of id: SessionID, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        actions.append(.event(id, .provisional(response)))
        guard !response.body.isEmpty, let tag = (try? response.headers.to)?.tag else { return }
        let entry = self.sessions[id]?.early[tag]
        if entry?.owed == response {
            let owed = OwedAnswer(occasion: .provisional, response: response, offer: response.body)
            actions.append(.event(id, .answerOwed(owed)))
        } else {
            let media = EarlyMedia(
                dialogTag: tag, status: response.status, sdp: response.body,
                isAnswer: response.isReliable && entry?.answer == response.body)
            actions.append(.event(id, .earlyMedia(media)))
        }
    }

    /// The first 2xx of the call: the other early dialogs are over, and the ACK goes out or waits for the owner's answer.
    mutating func confirm(
        _ session: Session, _ leg: Session.CallerLeg, _ dialog: Dialog, by response: Response, _ invite: Request,
        for key: ClientTransactionKey, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        var (session, leg, dialog) = (session, leg, dialog)
        let early = leg.early[dialog.id.remoteTag]
        if let early { dialog.goOn(from: early.dialog) }
        let steps = leg.machine.receive(response.status, at: now)
        for id in leg.early.dialogIDs { self.dialogs[id] = nil }
        let hadForks = leg.early.count > 1
        leg.early.removeAll()
        session.leg = .caller(leg)
        session.dialog = dialog
        self.dialogs[dialog.id] = session.id
        session.peer.note(response.headers)
        self.beginTimer(of: &session, after: response, at: now)
        if leg.isDelayed, early?.answer == nil, !response.body.isEmpty, steps == [.acknowledgeAndReport] {
            leg.isReported = true
            session.leg = .caller(leg)
            session.remoteDescription = response.body
            session.offer.owe(key, until: now + self.configuration.acknowledgementDelayMax)
            self.store(session)
            let owed = OwedAnswer(occasion: .call, response: response, offer: response.body)
            actions.append(.event(session.id, .answerOwed(owed)))
            return
        }
        if early?.answer == nil {
            session.settle(local: invite.body, remote: response.body)
        } else if hadForks, !leg.isDelayed {
            session.settle(local: invite.body, remote: early?.answer ?? [])
        }
        self.store(session)
        self.acknowledge(invite, dialog, for: key, into: &actions)
        self.perform(steps, on: session, evidence: .answer(response), at: now, into: &actions)
    }

    mutating func reportAnswer(_ response: Response, of id: SessionID, into actions: inout [UserAgentAction]) {
        guard let session = self.sessions[id], case .caller(let leg) = session.leg else { return }
        let answer = leg.isDelayed ? [] : session.remoteDescription ?? []
        actions.append(.event(id, .answered(response, answer: answer)))
    }

    /// A 2xx of which no dialog can be made. It is acknowledged and ended as well as can be: along no route, to the
    /// INVITE's own Request-URI.
    mutating func giveUpAnswer(
        _ response: Response, for key: ClientTransactionKey, from path: TransportPath, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var bare = response
        bare.headers.remove(.recordRoute)
        bare.headers.remove(.contact)
        if let (invite, destination) = self.transactions.request(of: key),
            var dialog = Dialog(caller: invite, sentTo: destination, response: bare, path: path)
        {
            self.acknowledge(invite, dialog, for: key, into: &actions)
            let (bye, destination) = self.requests.request(
                .bye, in: dialog, sequence: dialog.nextSequence(), branch: self.identifiers.branch())
            _ = try? self.send(bye, to: destination, for: nil, at: now, into: &actions)
        }
        guard case .invite(let id) = self.purposes[key], let session = self.sessions[id],
            case .caller(let leg) = session.leg, leg.machine.awaitsAnswer
        else { return }
        actions += self.remove(session, .answerUnreadable, .answer(response))
    }
}

extension Response {
    /// Whether it is a provisional response of RFC 3262.
    fileprivate var isReliable: Bool {
        guard self.status.isProvisional, self.status > .trying, let required = try? self.headers.require else {
            return false
        }
        return required.contains { $0.text.lowercased() == Token.reliableProvisionals.text }
            && self.headers.contains(.rSeq)
    }
}
