import SIPSyntax
import SIPTransaction
import Timekeeping

/// Our own offers within a call (RFC 3261 section 14.1, RFC 3311 section 5.1), and answers that go with an ACK or PRACK.
extension UserAgentCore {
    /// Offers new SDP, or with nil asks the peer for an offer of its own, which comes with `answerOwed`.
    ///
    /// In an answered call it goes by re-INVITE; before the answer by UPDATE, if the peer takes that and a reliable
    /// provisional has answered the first offer. While anything else is open it waits for its turn, also for the pause
    /// after a 491. One offer waits at most: a later call takes the place of it and its event. The result is
    /// `offerAccepted` or `offerRefused`, after which the session goes on as it was.
    package mutating func offer(
        _ id: SessionID, sdp: [UInt8]?, headers: [Headers.Field] = [], at now: Instant
    ) -> [UserAgentAction] {
        guard var session = self.sessions[id] else { return [] }
        session.offer.want(LocalOffer.Wish(kind: sdp.map { .offer($0) } ?? .request, headers: headers))
        self.store(session)
        var actions: [UserAgentAction] = []
        self.startOffer(of: id, at: now, into: &actions)
        return actions
    }

    /// Takes back an offer that waits for its turn or for the pause after a 491; no event follows. One that is on the wire
    /// is not stopped.
    package mutating func withdrawOffer(_ id: SessionID, at now: Instant) -> [UserAgentAction] {
        guard var session = self.sessions[id] else { return [] }
        session.offer.withdraw()
        session.timer.refreshRefused(at: now)
        self.store(session)
        return []
    }

    /// Answers the offer of an `answerOwed`: in the ACK, or in the PRACK of a reliable provisional.
    package mutating func acknowledge(_ id: SessionID, sdp: [UInt8], at now: Instant) -> [UserAgentAction] {
        guard var session = self.sessions[id] else { return [] }
        var actions: [UserAgentAction] = []
        if let key = session.offer.acknowledge() {
            session.settle(local: sdp, remote: [])
            self.store(session)
            self.acknowledge(key, of: session, sdp: sdp, into: &actions)
        } else if case .caller(var leg) = session.leg, let tag = leg.early.owedTag, var entry = leg.early[tag],
            let response = entry.owed
        {
            entry.owed = nil
            entry.answer = response.body
            leg.early[tag] = entry
            session.leg = .caller(leg)
            session.settle(local: sdp, remote: response.body)
            self.store(session)
            self.sendPrack(for: response, tag: tag, of: id, sdp: sdp, at: now, into: &actions)
        }
        self.startOffer(of: id, at: now, into: &actions)
        return actions
    }

    private mutating func acknowledge(
        _ key: ClientTransactionKey, of session: Session, sdp: [UInt8], into actions: inout [UserAgentAction]
    ) {
        guard let dialog = session.dialog, let (invite, _) = self.transactions.request(of: key) else { return }
        self.acknowledge(invite, dialog, for: key, sdp: sdp, into: &actions)
    }

    /// Sends the wish that waits, if nothing speaks against it any more.
    mutating func startOffer(of id: SessionID, at now: Instant, into actions: inout [UserAgentAction]) {
        guard var session = self.sessions[id], let wish = session.offer.waiting,
            case (let method, var dialog)? = session.offerMethod
        else { return }
        let sdp: [UInt8] =
            switch wish.kind {
            case .offer(let sdp): sdp
            case .request: []
            // The same bytes, and so the same version in `o=`: nothing has changed (RFC 4028 section 7.4).
            case .refresh: method == .invite ? session.localDescription ?? [] : []
            }
        let timer =
            session.isEstablished
            ? session.terms.requestFields(agreed: session.timer.interval, isRefresher: session.timer.isRefresher) : []
        let (request, destination) = self.requests.offer(
            method, in: dialog, sequence: dialog.nextSequence(), branch: self.identifiers.branch(),
            settings: session.settings, extra: timer + wish.headers, sdp: sdp)
        session.replace(dialog)
        session.offer.send(by: method)
        self.store(session)
        do {
            _ = try self.send(request, to: destination, for: .offer(id), at: now, into: &actions)
        } catch {
            self.offerFailed(of: id, isTimeout: false, at: now, into: &actions)
        }
    }

    /// A 2xx to our re-INVITE, for the first time.
    mutating func receiveOfferAnswer(
        _ response: Response, for key: ClientTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var session = session
        // While the ACK waits for the owner the 2xx comes again.
        guard let (wish, _) = session.offer.sent, var dialog = session.dialog,
            let (invite, _) = self.transactions.request(of: key)
        else { return }
        dialog.refreshTarget(of: response)
        session.replace(dialog)
        session.peer.note(response.headers)
        self.beginTimer(of: &session, after: response, at: now)
        if wish.kind == .request, !response.body.isEmpty, session.isEstablished {
            session.remoteDescription = response.body
            session.offer.owe(key, until: now + self.configuration.acknowledgementDelayMax)
            self.store(session)
            let owed = OwedAnswer(occasion: .offerRequest, response: response, offer: response.body)
            actions.append(.event(session.id, .answerOwed(owed)))
            return
        }
        self.acknowledge(invite, dialog, for: key, into: &actions)
        self.finishOffer(of: session, by: response, offered: invite.body, at: now, into: &actions)
    }

    /// Any final answer to our re-INVITE or UPDATE but a 2xx to a re-INVITE.
    mutating func receiveOfferOutcome(
        _ response: Response, of id: SessionID, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard var session = self.sessions[id], let (wish, method) = session.offer.sent else { return }
        if response.status.isSuccess {
            guard var dialog = session.offerDialog(of: response) else { return }
            dialog.refreshTarget(of: response)
            session.replace(dialog)
            session.peer.note(response.headers)
            if session.isEstablished { self.beginTimer(of: &session, after: response, at: now) }
            var offered: [UInt8] = []
            if case .offer(let sdp) = wish.kind { offered = sdp }
            self.finishOffer(of: session, by: response, offered: offered, at: now, into: &actions)
            return
        }
        switch response.status {
        case .requestPending where wish.glares < self.configuration.glareRetriesMax:
            let delay = self.identifiers.glareDelay(ownsCallID: session.ownsCallID)
            session.offer.backOff(until: now + delay)
            self.store(session)
            return
        case .requestTimeout where session.isEstablished, .callDoesNotExist where session.isEstablished:
            self.loseDialog(session, wish, Evidence.answer(response), at: now, into: &actions)
            return
        case .sessionIntervalTooSmall where !wish.isIntervalRaised && session.terms.raise(response):
            var again = wish
            again.isIntervalRaised = true
            session.offer.sendAgain(again)
        case _ where wish.kind == .refresh(mayUpdate: true) && method == .update:
            // A peer that does not take the UPDATE after all is refreshed by re-INVITE.
            var again = wish
            again.kind = .refresh(mayUpdate: false)
            session.offer.sendAgain(again)
        case _:
            _ = session.offer.finish()
            session.timer.refreshRefused(at: now)
            if !wish.isRefresh { actions.append(.event(id, .offerRefused(.refused(response)))) }
        }
        self.store(session)
        self.startOffer(of: id, at: now, into: &actions)
    }

    /// Our re-INVITE or UPDATE got no answer, or could not be sent. No answer is as good as 408.
    mutating func offerFailed(
        of id: SessionID, isTimeout: Bool, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard var session = self.sessions[id], let (wish, _) = session.offer.sent else { return }
        if isTimeout, session.isEstablished {
            self.loseDialog(session, wish, Evidence(status: .requestTimeout), at: now, into: &actions)
            return
        }
        _ = session.offer.finish()
        session.timer.refreshRefused(at: now)
        self.store(session)
        if !wish.isRefresh { actions.append(.event(id, .offerRefused(.notSent))) }
    }

    private mutating func finishOffer(
        of session: Session, by response: Response, offered: [UInt8], at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var session = session
        guard let wish = session.offer.finish() else { return }
        let isNews = response.body != session.remoteDescription && !response.body.isEmpty
        session.settle(local: offered, remote: response.body)
        self.store(session)
        switch wish.kind {
        case .offer:
            let accepted = AcceptedOffer(occasion: .offer, response: response, answer: response.body)
            actions.append(.event(session.id, .offerAccepted(accepted)))
        case .refresh where isNews:
            let accepted = AcceptedOffer(occasion: .refresh, response: response, answer: response.body)
            actions.append(.event(session.id, .offerAccepted(accepted)))
        case .request:
            // A 2xx without the offer that was asked for changes nothing.
            actions.append(.event(session.id, .offerRefused(.refused(response))))
        case .refresh:
            break
        }
        self.startOffer(of: session.id, at: now, into: &actions)
    }

    /// The peer knows nothing of the dialog, or is gone: it is ended (RFC 3261 section 12.2.1.2).
    private mutating func loseDialog(
        _ session: Session, _ wish: LocalOffer.Wish, _ evidence: Evidence, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var session = session
        session.offer.withdraw()
        _ = session.offer.finish()
        self.store(session)
        self.fail(session, wish.isRefresh ? .refreshFailed : .dialogLost, by: evidence, at: now, into: &actions)
    }
}

extension Session {
    /// Whoever sent the first INVITE drew the Call-ID.
    fileprivate var ownsCallID: Bool {
        switch self.leg {
        case .caller: true
        case .callee: false
        }
    }

    fileprivate func offerDialog(of response: Response) -> Dialog? {
        if let dialog = self.dialog { return dialog }
        return ((try? response.headers.to)?.tag).flatMap { self.early[$0]?.dialog }
    }
}

extension SessionTimerTerms {
    /// Takes the Min-SE of a 422; false when there is nothing to try again with.
    mutating func raise(_ response: Response) -> Bool {
        guard let minimum = (try? response.headers.minSE) ?? nil else { return false }
        return self.raise(to: minimum.interval)
    }
}

extension Dialog {
    fileprivate mutating func refreshTarget(of response: Response) {
        if let target = (try? response.headers.contacts)?.first?.uri.sip { self.refreshTarget(target) }
    }
}
