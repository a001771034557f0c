import SIPSyntax
import SIPTransaction
import Timekeeping

/// Credentials in requests of ours, whatever their method (RFC 3261 section 22).
extension UserAgentCore {
    /// Adds the answers to every nonce that the request's owner holds. True when there is any.
    mutating func authorize(_ request: inout Request, for purpose: RequestPurpose?) -> Bool {
        guard let purpose, var digest = self.digest(of: purpose), digest.holdsNonce else { return false }
        let fields = digest.fields(request.method, request.uri, clientNonce: self.identifiers.tag().text)
        self.setDigest(digest, of: purpose)
        request.headers.remove(.authorization)
        request.headers.remove(.proxyAuthorization)
        for field in fields { request.headers.add(field.name, field.value) }
        return !fields.isEmpty
    }

    /// Sends the request of a 401 or 407 again, as a new transaction with the next CSeq number. False when the challenge
    /// is not ours to answer, or was answered often enough: then it is the request's answer.
    mutating func retry(
        _ key: ClientTransactionKey, after response: Response, at now: Instant, into actions: inout [UserAgentAction]
    ) -> Bool {
        guard response.status == .unauthorized || response.status == .proxyAuthenticationRequired,
            let purpose = self.purposes[key], self.mayRetry(purpose), var digest = self.digest(of: purpose),
            self.authorizedTries[key, default: 0] < DigestClient.triesMax,
            let (refused, destination) = self.sentRequests[key], digest.receive(response, to: refused)
        else { return false }
        self.setDigest(digest, of: purpose)
        guard let sequence = self.nextSequence(after: refused, for: purpose),
            let again = refused.again(sequence: sequence, branch: self.identifiers.branch())
        else { return false }
        let tries = self.authorizedTries[key, default: 0]
        guard
            let next = try? self.send(again, to: destination, for: purpose, at: now, into: &actions)
        else { return false }
        self.authorizedTries[next, default: 0] += tries
        self.purposes[key] = nil
        self.moved(purpose, from: key, to: next, sequence: sequence, at: now)
        return true
    }

    /// An INVITE that is being given up is not sent again.
    private func mayRetry(_ purpose: RequestPurpose) -> Bool {
        guard case .invite(let id) = purpose else { return true }
        guard case .caller(let leg) = self.sessions[id]?.leg else { return false }
        return leg.machine.isWanted
    }

    /// Within a dialog the dialog counts; outside, each request counts for itself.
    private mutating func nextSequence(after request: Request, for purpose: RequestPurpose) -> UInt32? {
        if let id = purpose.session, var session = self.sessions[id], let head = try? RequestHead(request),
            var dialog = session.dialog(
                DialogID(callID: head.callID, localTag: head.from.tag ?? "", remoteTag: head.to.tag ?? ""))
        {
            let sequence = dialog.nextSequence()
            session.replace(dialog)
            self.store(session)
            return sequence
        }
        return (try? request.headers.cSeq.number).map { $0 + 1 }
    }

    /// The request goes on under another transaction: whoever remembers the old one is told.
    private mutating func moved(
        _ purpose: RequestPurpose, from key: ClientTransactionKey, to next: ClientTransactionKey, sequence: UInt32,
        at now: Instant
    ) {
        if case .register(let id) = purpose {
            self.registrations[id]?.sequence = sequence
            self.registrations[id]?.current = next
        }
        guard let id = purpose.session, var session = self.sessions[id] else { return }
        if case .invite = purpose, case .caller(var leg) = session.leg {
            leg.key = next
            leg.machine.sentAgain()
            session.leg = .caller(leg)
        } else if case .refer = purpose {
            session.referral.resent(sequence: sequence)
        }
        self.store(session)
    }

    private func digest(of purpose: RequestPurpose) -> DigestClient? {
        if let id = purpose.session { return self.sessions[id]?.digest }
        return purpose.request.flatMap { self.requestDigests[$0] }
    }

    private mutating func setDigest(_ digest: DigestClient, of purpose: RequestPurpose) {
        if let id = purpose.session, var session = self.sessions[id] {
            session.digest = digest
            self.store(session)
        } else if let id = purpose.request, self.requestDigests[id] != nil {
            self.requestDigests[id] = digest
        }
    }
}

extension Request {
    /// The same request for another transaction.
    func again(sequence: UInt32, branch: Token) -> Request? {
        guard var via = try? self.headers.topVia else { return nil }
        var request = self
        via.setBranch(branch)
        request.headers.replace(.via, via)
        request.headers.replace(.cSeq, CSeq(number: sequence, method: self.method))
        return request
    }

    /// Authorization and Proxy-Authorization, which an ACK repeats from its INVITE (RFC 3261 section 22.1).
    var credentialFields: [Headers.Field] {
        self.headers.fields.filter { $0.name == .authorization || $0.name == .proxyAuthorization }
    }
}

extension UserAgentCore.RequestPurpose {
    /// The session whose credentials the request uses.
    fileprivate var session: SessionID? {
        switch self {
        case .invite(let id), .bye(let id), .offer(let id), .prack(let id), .refer(let id), .notify(let id),
            .info(let id):
            id
        case .options, .register: nil
        }
    }

    /// The request outside any dialog that has credentials of its own.
    fileprivate var request: RequestID? {
        switch self {
        case .options(let id), .register(let id): id
        case .invite, .bye, .offer, .prack, .refer, .notify, .info: nil
        }
    }
}
