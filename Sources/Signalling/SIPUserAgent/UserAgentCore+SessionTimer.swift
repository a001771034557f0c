import SIPSyntax
import SIPTransaction
import Timekeeping

/// Session timers (RFC 4028), and whatever else of offers falls due.
extension UserAgentCore {
    /// Begins the interval with a 2xx of ours; the returned fields go into it.
    mutating func beginTimer(of session: inout Session, by request: Request, at now: Instant) -> [Headers.Field] {
        switch session.terms.judge(request, isRefresher: session.timer.isRefresher) {
        case .tooSmall:
            return []
        case .agreed(let interval, let weRefresh, let fields):
            session.timer.begin(interval, weRefresh: weRefresh, at: now)
            return fields
        }
    }

    /// Begins the interval with a 2xx of the peer's.
    mutating func beginTimer(of session: inout Session, after response: Response, at now: Instant) {
        let agreed = session.terms.judge(response)
        session.timer.begin(agreed?.interval, weRefresh: agreed?.weRefresh ?? false, at: now)
    }

    /// The session interval of our INVITE is too small for somebody on the way: once more with theirs (section 7.3).
    /// False when the refusal stands.
    mutating func raiseInterval(
        _ session: Session, by response: Response, at now: Instant, into actions: inout [UserAgentAction]
    ) -> Bool {
        var session = session
        guard response.status == .sessionIntervalTooSmall, case .caller(var leg) = session.leg, !leg.isIntervalRaised,
            leg.machine.isWanted, session.terms.raise(response)
        else { return false }
        leg.isIntervalRaised = true
        guard let (invite, destination) = self.sentRequests[leg.key], let number = try? invite.headers.cSeq.number,
            var again = invite.again(sequence: number + 1, branch: self.identifiers.branch())
        else { return false }
        for field in session.terms.requestFields(agreed: nil, isRefresher: nil) {
            again.headers.replace(field.name, field.value)
        }
        let old = leg.key
        session.leg = .caller(leg)
        self.store(session)
        guard let key = try? self.send(again, to: destination, for: .invite(session.id), at: now, into: &actions),
            var sent = self.sessions[session.id]
        else { return false }
        self.purposes[old] = nil
        leg.key = key
        leg.machine.sentAgain()
        sent.leg = .caller(leg)
        self.store(sent)
        return true
    }

    mutating func handleOfferTimeout(
        of session: inout Session, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        if session.offer.handleTimeout(at: now) {
            // The owner has no answer for the peer's offer: an ACK without one, and BYE (RFC 3261 section 13.2.2.4).
            actions += self.acknowledge(session.id, sdp: [], at: now)
            session = self.sessions[session.id] ?? session
            actions += self.hangUp(session.id, at: now)
            session = self.sessions[session.id] ?? session
        }
        if let (key, request) = session.prompt.takeOverdue(at: now) {
            self.respond(.serverTimeout, to: request, key, at: now, into: &actions)
        }
        self.store(session)
        let weRefresh = session.timer.isRefresher == true
        for action in session.timer.handleTimeout(at: now) {
            switch action {
            case .refresh:
                session.offer.want(LocalOffer.Wish(kind: .refresh(mayUpdate: true)))
                self.store(session)
            case .expire:
                self.store(session)
                self.fail(session, weRefresh ? .refreshRefused : .sessionExpired, at: now, into: &actions)
                session = self.sessions[session.id] ?? session
            }
        }
        if case .callee(var leg) = session.leg {
            let steps = leg.reliable.handleTimeout(at: now)
            session.leg = .callee(leg)
            self.store(session)
            self.perform(steps, on: session, at: now, into: &actions)
            session = self.sessions[session.id] ?? session
        }
        self.startOffer(of: session.id, at: now, into: &actions)
        session = self.sessions[session.id] ?? session
    }
}
