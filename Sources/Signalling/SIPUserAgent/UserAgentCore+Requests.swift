import Addressing
import SIPSyntax
import SIPTransaction
import Timekeeping

/// Requests from the wire, up to the point where it is known what they are about (RFC 3261 section 8.2).
extension UserAgentCore {
    mutating func receive(
        _ request: Request, from path: TransportPath, _ source: RequestSource, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        var verdict = CallGate.Verdict.overloaded
        var gate = self.gate
        let (count, halfOpenCount) = (self.transactions.count, self.halfOpenCount)
        let countMax = self.configuration.transactionsMax
        // The parser lets no request pass whose head cannot be read; one from elsewhere cannot be answered.
        let received = try? self.transactions.receive(request, from: path, at: now) { head in
            // In-dialog requests may use the whole table, new calls of known peers three quarters, strangers half.
            if head.to.tag != nil { return true }
            let isCall = head.cSeq.method == .invite
            let reserve = source.standing == .stranger ? countMax / 2 : isCall ? countMax / 4 : 0
            guard count < countMax - reserve else { return false }
            guard isCall else { return source.standing == .known || source.backlog < .critical }
            verdict = gate.judge(source, at: path.remote.address, halfOpenCount: halfOpenCount, at: now)
            return verdict == .admitted
        }
        guard let (arrival, events) = received else { return }
        self.gate = gate
        self.carryOut(events, from: path, at: now, into: &actions)
        switch arrival {
        case .absorbed:
            break
        case .acknowledgement(let request, let head):
            self.receiveACK(request, head, from: path, source, at: now, into: &actions)
        case .merged(let key, let request, _):
            self.respond(.loopDetected, to: request, key, at: now, into: &actions)
        case .refused(let request, let head, let destination):
            self.answerWithoutState(request, head, source, verdict, to: destination, into: &actions)
        case .new(let key, let request, let head):
            self.dispatch(request, head, key, from: path, source, at: now, into: &actions)
        }
    }

    /// A request that the parser could not read: answered 400, 505 or 513 without state.
    ///
    /// When its Via is what cannot be read, the answer repeats it as it came and goes back to the source. Without any Via
    /// there is nobody to answer.
    package mutating func receiveMalformed(_ request: MalformedRequest, from path: TransportPath) -> [UserAgentAction] {
        guard request.method != .ack, request.headers.contains(.via) else { return [] }
        var headers = request.headers
        var destination = Destination(replyingOn: path)
        if (try? headers.fillTopVia(source: path.remote)) != nil, let via = try? headers.topVia {
            destination = ResponseRoute.destination(for: via, from: path)
        }
        let response = self.responses.response(request.status, toMalformed: headers, tag: self.identifiers.tag())
        return [.send(response.encoded(), message: .response(response), to: destination)]
    }

    private mutating func dispatch(
        _ request: Request, _ head: RequestHead, _ key: ServerTransactionKey, from path: TransportPath,
        _ source: RequestSource, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        if let refusal = RequestScreening.refusal(of: request, self.configuration.session) {
            self.respond(refusal.status, refusal.headers, to: request, key, at: now, into: &actions)
        } else if request.method == .cancel {
            self.receiveCancel(request, head, key, from: path, source, at: now, into: &actions)
        } else if head.to.tag != nil {
            self.receiveInDialog(request, head, key, from: path, source, at: now, into: &actions)
        } else if request.method == .invite {
            self.receiveInvite(request, head, key, from: path, source, at: now, into: &actions)
        } else if request.method == .options {
            self.answerOptions(request, key, at: now, into: &actions)
        } else if request.method == .refer {
            // A REFER outside a call would make us call anybody for anybody.
            self.respond(.forbidden, to: request, key, at: now, into: &actions)
        } else if request.method == .notify, let refusal = Self.notifyRefusal(request) {
            self.respond(refusal.status, refusal.headers, to: request, key, at: now, into: &actions)
        } else {
            // A BYE without To tag names no dialog (section 15.1.2).
            self.respond(.callDoesNotExist, to: request, key, at: now, into: &actions)
        }
    }

    /// Answers as an INVITE would be answered at this moment (section 11.2).
    private mutating func answerOptions(
        _ request: Request, _ key: ServerTransactionKey, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        if self.takesCalls {
            self.respond(
                .ok, Capabilities.fields(self.configuration.session), to: request, key, at: now, into: &actions)
        } else {
            self.respond(.serviceUnavailable, [self.retryAfter], to: request, key, at: now, into: &actions)
        }
    }

    /// The CANCEL is answered 200 whenever there is such an INVITE, and the INVITE 487 if it has no final answer yet
    /// (section 9.2).
    private mutating func receiveCancel(
        _ request: Request, _ head: RequestHead, _ key: ServerTransactionKey, from path: TransportPath,
        _ source: RequestSource, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard let inviteKey = self.transactions.inviteKey(cancelledBy: head) else {
            self.respond(.callDoesNotExist, to: request, key, at: now, into: &actions)
            return
        }
        guard let id = self.invitedSessions[inviteKey], let session = self.sessions[id] else {
            self.respond(.ok, to: request, key, at: now, into: &actions)
            return
        }
        if let dialog = session.dialog, !self.admits(path, source, to: dialog) {
            self.respond(.forbidden, to: request, key, at: now, into: &actions)
            return
        }
        let tag = session.dialog.flatMap { try? Token($0.id.localTag) }
        self.respond(self.responses.response(.ok, to: request, tag: tag), to: key, at: now, into: &actions)
        if case .callee(var leg) = session.leg, leg.key == inviteKey {
            let steps = leg.machine.receiveCancel()
            self.perform(
                steps, on: session.with(.callee(leg)), evidence: .request(request), at: now, into: &actions)
        } else {
            self.withdrawOffer(of: session, inviteKey, at: now, into: &actions)
        }
    }
}
