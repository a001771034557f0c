import SIPSyntax
import Timekeeping

/// What a call's machine wants done, in order.
package enum EdgeCallAction: Hashable, Sendable {
    case send(SIPMessage)
    /// The INVITE was cancelled or will not be answered: stop ringing.
    case ringingOver
    /// A 2xx has its ACK, or our INVITE has its 2xx: media runs from now on.
    case established
    /// The final response to an INVITE of ours; the body of a 2xx is the peer's answer.
    case finalResponse(Response)
    /// The final answer to a request that `request` sent; that of an INVITE waits for `acknowledge`.
    case requestAnswered(Request, Response)
    /// A re-INVITE with this offer waits for `answer(reinvite:…)`.
    case offered(Request)
    case ended(EdgeCallEnding)
    /// Nothing can come any more: forget the call.
    case over
}

/// Who ended a call and why.
package struct EdgeCallEnding: Hashable, Sendable {
    package var by: CallReport.Ender
    package var sentence: String
    package var reasonHeader: String?
}

/// The signalling of one call at the edge, in either role: a small machine of its own, which shares nothing with the
/// gateway's transactions and dialogs.
///
/// ```
///  in:   opening ─▶ ringing ─▶ answered ── ACK ──▶ established ── BYE in ──────▶ lingering ─▶ over
///           └───────────┴──▶ refused ─── ACK ──▶ lingering  └──── BYE out ─▶ ending ─▶ over
///  out:  calling ─▶ proceeding ── 2xx ──▶ established
///           └───────────┴─ 3xx-6xx ─▶ lingering;  cancel ─▶ cancelling ─▶ lingering
/// ```
package struct EdgeCall: Sendable {
    package enum State: Hashable, Sendable {
        case opening
        case ringing
        case answered(Response, Retransmission)
        case refused(Response, Retransmission)
        case calling(Retransmission)
        case proceeding
        case cancelling(Retransmission)
        case established
        case ending(Request, Retransmission)
        /// Ended; late copies of the peer's last request are still answered.
        case lingering(until: Instant)
        case over
    }

    package private(set) var state: State
    package private(set) var dialog: EdgeDialog
    /// The INVITE that began the call, with its Via filled.
    package private(set) var invite: Request
    private let isReliable: Bool
    private let roundTrip: Duration
    /// The last final answer to a request of the dialog, by the request's branch, for its retransmissions.
    private var lastAnswer: (branch: String, response: Response)?
    private var lastProvisional: Response?
    /// The ACK of our INVITE's final response, for late copies of it.
    private var acknowledgement: Request?
    private var own = OwnRequests()

    /// A call that came in: the caller sends 100 at once.
    package init(answering invite: Request, dialog: EdgeDialog, isReliable: Bool, roundTrip: Duration) {
        self.state = .opening
        self.invite = invite
        self.dialog = dialog
        self.isReliable = isReliable
        self.roundTrip = roundTrip
    }

    /// A call that we place; `invite` was made by `dialog`.
    package init(placing invite: Request, dialog: EdgeDialog, isReliable: Bool, roundTrip: Duration, at now: Instant) {
        let timer = Retransmission(roundTrip: roundTrip, resends: !isReliable, isCapped: false, at: now)
        self.state = .calling(timer)
        self.invite = invite
        self.dialog = dialog
        self.isReliable = isReliable
        self.roundTrip = roundTrip
    }

    /// Puts the offer into an INVITE of ours that has not been sent.
    package mutating func setOffer(_ body: [UInt8]) {
        self.invite.body = body
    }

    package var deadline: Instant? {
        [self.stateDeadline, self.own.deadline].compactMap { $0 }.min()
    }

    private var stateDeadline: Instant? {
        switch self.state {
        case .opening, .ringing, .proceeding, .established, .over: nil
        case .answered(_, let timer), .refused(_, let timer), .calling(let timer), .cancelling(let timer),
            .ending(_, let timer):
            timer.deadline
        case .lingering(let until): until
        }
    }

    /// Whether the call was ended and only waits for late messages.
    package var hasEnded: Bool {
        switch self.state {
        case .refused, .ending, .lingering, .over: true
        case .opening, .ringing, .answered, .calling, .proceeding, .cancelling, .established: false
        }
    }

    // MARK: Answering

    /// Sends 100, or 180 with `ringing`.
    package mutating func progress(_ status: StatusCode, contact: NameAddress? = nil) -> [EdgeCallAction] {
        guard self.state == .opening || self.state == .ringing else { return [] }
        if status != .trying { self.state = .ringing }
        var response = self.dialog.response(status, to: self.invite)
        if status != .trying, let contact {
            self.copyRecordRoute(into: &response)
            response.headers.add(.contact, contact)
        }
        self.lastProvisional = response
        return [.send(.response(response))]
    }

    /// Sends the 200 with `headers` and the answer `body`, and waits for the ACK.
    package mutating func answer(
        _ body: [UInt8], headers: [Headers.Field], at now: Instant
    ) -> [EdgeCallAction] {
        guard self.state == .opening || self.state == .ringing else { return [] }
        var response = self.dialog.response(.ok, to: self.invite)
        self.copyRecordRoute(into: &response)
        for field in headers { response.headers.add(field.name, field.value) }
        response.headers.add(.contentType, MediaType.sdp)
        response.body = body
        // RFC 3261 section 13.3.1.4: a 2xx is repeated on every transport, for its ACK comes end to end.
        self.state = .answered(response, Retransmission(roundTrip: self.roundTrip, resends: true, at: now))
        return [.send(.response(response))]
    }

    /// Sends a final refusal and waits for its ACK.
    package mutating func refuse(
        _ status: StatusCode, reason: String?, headers: [Headers.Field] = [], by ender: CallReport.Ender,
        at now: Instant
    ) -> [EdgeCallAction] {
        guard self.state == .opening || self.state == .ringing else { return [] }
        var response = self.dialog.response(status, to: self.invite, reason: reason)
        for field in headers { response.headers.add(field.name, field.value) }
        let timer = Retransmission(roundTrip: self.roundTrip, resends: !self.isReliable, at: now)
        self.state = .refused(response, timer)
        let ending = EdgeCallEnding(by: ender, sentence: "INVITE answered \(status) \(response.reason)")
        return [.send(.response(response)), .ended(ending)]
    }

    /// Answers a re-INVITE that `offered` gave out.
    package mutating func answer(reinvite: Request, _ response: Response) -> [EdgeCallAction] {
        self.remember(response, to: reinvite)
        return [.send(.response(response))]
    }

    /// A final answer to which the caller is expected to call again, such as 401: the machine waits for that INVITE.
    package mutating func turnAway(_ response: Response) -> [EdgeCallAction] {
        guard self.state == .opening else { return [] }
        self.lastProvisional = response
        return [.send(.response(response))]
    }

    /// The same call's next INVITE after `turnAway`. False when it is none.
    package mutating func callAgain(_ invite: Request) -> Bool {
        guard self.state == .opening, self.lastProvisional?.status.isFinal == true, self.dialog.acceptsTry(invite)
        else {
            return false
        }
        self.dialog.refreshTarget(by: invite)
        self.lastProvisional = nil
        self.invite = invite
        return true
    }

    private func copyRecordRoute(into response: inout Response) {
        for field in self.invite.headers.fields where field.name == .recordRoute {
            response.headers.add(.recordRoute, field.value)
        }
    }

    // MARK: Requests of the peer

    /// A copy of the call's INVITE.
    package func inviteAgain() -> [EdgeCallAction] {
        switch self.state {
        case .opening, .ringing: self.lastProvisional.map { [.send(.response($0))] } ?? []
        case .answered(let response, _), .refused(let response, _): [.send(.response(response))]
        case .calling, .proceeding, .cancelling, .established, .ending, .lingering, .over: []
        }
    }

    package mutating func receive(_ request: Request, at now: Instant) -> [EdgeCallAction] {
        let branch = (try? request.headers.topVia)?.branch ?? ""
        if let last = self.lastAnswer, last.branch == branch, request.method != .ack {
            return [.send(.response(last.response))]
        }
        switch request.method {
        case .ack: return self.acknowledged(at: now)
        case .cancel: return self.cancelled(by: request, at: now)
        case .bye: return self.byeReceived(request, at: now)
        default: return self.otherReceived(request)
        }
    }

    private mutating func acknowledged(at now: Instant) -> [EdgeCallAction] {
        switch self.state {
        case .answered:
            self.state = .established
            return [.established]
        case .refused:
            return self.linger(at: now)
        case .opening, .ringing, .calling, .proceeding, .cancelling, .established, .ending, .lingering, .over:
            return []
        }
    }

    private mutating func cancelled(by cancel: Request, at now: Instant) -> [EdgeCallAction] {
        let answer = EdgeCallAction.send(.response(self.dialog.response(.ok, to: cancel)))
        guard self.state == .opening || self.state == .ringing else { return [answer] }
        let refusal = self.refuse(.requestTerminated, reason: nil, by: .gateway, at: now).filter { action in
            if case .send = action { true } else { false }
        }
        let ending = EdgeCallEnding(
            by: .gateway, sentence: "cancelled before the answer", reasonHeader: cancel.headers.first(.reason)?.text)
        return [answer, .ringingOver] + refusal + [.ended(ending)]
    }

    private mutating func byeReceived(_ bye: Request, at now: Instant) -> [EdgeCallAction] {
        let isKnown = self.dialog.accepts(bye)
        let response = self.dialog.response(isKnown ? .ok : .serverInternalError, to: bye)
        self.remember(response, to: bye)
        let answer = EdgeCallAction.send(.response(response))
        switch self.state {
        case .answered, .established:
            let ending = EdgeCallEnding(
                by: .gateway, sentence: "the gateway hung up", reasonHeader: bye.headers.first(.reason)?.text)
            return [answer, .ended(ending)] + self.linger(at: now)
        case .opening, .ringing, .refused, .calling, .proceeding, .cancelling, .ending, .lingering, .over:
            return [answer]
        }
    }

    private mutating func otherReceived(_ request: Request) -> [EdgeCallAction] {
        let isInOrder = self.dialog.accepts(request)
        if isInOrder, request.method == .invite, self.state == .established {
            self.dialog.refreshTarget(by: request)
            return [.offered(request)]
        }
        let isServed = [Method.options, .info, .notify, .update, .message].contains(request.method)
        let status: StatusCode =
            !isInOrder
            ? .serverInternalError
            : request.method == .invite
                ? .requestPending
                : isServed ? .ok : .methodNotAllowed
        let response = self.dialog.response(status, to: request)
        self.remember(response, to: request)
        return [.send(.response(response))]
    }

    private mutating func remember(_ response: Response, to request: Request) {
        guard let branch = (try? request.headers.topVia)?.branch else { return }
        self.lastAnswer = (branch, response)
    }

    // MARK: Our own requests

    package mutating func hangUp(reason: Reason?, branch: Token, sentence: String, at now: Instant) -> [EdgeCallAction]
    {
        switch self.state {
        case .established, .answered:
            var bye = self.dialog.request(.bye, branch: branch)
            if let reason { bye.headers.add(.reason, reason) }
            self.state = .ending(bye, Retransmission(roundTrip: self.roundTrip, resends: !self.isReliable, at: now))
            return [.send(.request(bye)), .ended(EdgeCallEnding(by: .simulator, sentence: sentence))]
        case .calling, .proceeding:
            return self.cancel(at: now)
        case .opening, .ringing:
            return self.refuse(.serviceUnavailable, reason: sentence, by: .simulator, at: now)
        case .refused, .cancelling, .ending, .lingering, .over:
            return []
        }
    }

    /// A request of the dialog other than BYE; its final answer comes as `requestAnswered`.
    package mutating func request(
        _ method: Method, headers: [Headers.Field], body: [UInt8], branch: Token, at now: Instant
    ) -> [EdgeCallAction] {
        guard !self.hasEnded, self.own.hasRoom else { return [] }
        var request = self.dialog.request(method, branch: branch)
        request.headers.add(.contact, self.dialog.contact)
        for field in headers { request.headers.add(field.name, field.value) }
        request.body = body
        let timer = Retransmission(roundTrip: self.roundTrip, resends: !self.isReliable, at: now)
        self.own.add(request, timer)
        return [.send(.request(request))]
    }

    /// The ACK of a re-INVITE of ours: a transaction of its own for a 2xx, else the INVITE's (RFC 3261 section 17.1.1.3).
    package mutating func acknowledge(
        _ invite: Request, _ response: Response, headers: [Headers.Field] = [], body: [UInt8] = [], branch: Token
    ) -> [EdgeCallAction] {
        guard let sequence = try? invite.headers.cSeq.number else { return [] }
        var ack = self.dialog.request(.ack, branch: branch)
        ack.headers.replace(.cSeq, CSeq(number: sequence, method: .ack))
        if !response.status.isSuccess, let via = invite.headers.first(.via) { ack.headers.replace(.via, via) }
        for field in headers { ack.headers.add(field.name, field.value) }
        ack.body = body
        self.acknowledgement = ack
        return [.send(.request(ack))]
    }

    /// RFC 3261 section 9.1: CANCEL repeats the INVITE's Via, and waits for a provisional answer.
    private mutating func cancel(at now: Instant) -> [EdgeCallAction] {
        guard self.state == .proceeding else { return [] }
        var cancel = Request(method: .cancel, uri: self.invite.uri)
        for name in [HeaderName.via, .maxForwards, .from, .to, .callID] {
            if let value = self.invite.headers.first(name) { cancel.headers.add(name, value) }
        }
        cancel.headers.add(.cSeq, CSeq(number: self.dialog.localSequence, method: .cancel))
        self.state = .cancelling(Retransmission(roundTrip: self.roundTrip, resends: false, at: now))
        return [.send(.request(cancel))]
    }

    package mutating func receive(_ response: Response, branch: Token, at now: Instant) -> [EdgeCallAction] {
        guard let method = (try? response.headers.cSeq)?.method else { return [] }
        if let request = self.own.answered(by: response) { return [.requestAnswered(request, response)] }
        if method == .bye, response.status.isFinal, case .ending = self.state { return self.linger(at: now) }
        guard method == .invite else { return [] }
        switch self.state {
        case .calling, .proceeding, .cancelling:
            if response.status.isProvisional {
                if case .calling = self.state { self.state = .proceeding }
                return []
            }
            return self.finalResponse(response, branch: branch, at: now)
        case .established, .ending, .lingering:
            // A late copy of the final response wants its ACK again.
            return response.status.isFinal ? self.acknowledgement.map { [.send(.request($0))] } ?? [] : []
        case .opening, .ringing, .answered, .refused, .over:
            return []
        }
    }

    private mutating func finalResponse(_ response: Response, branch: Token, at now: Instant) -> [EdgeCallAction] {
        let wasCancelled = if case .cancelling = self.state { true } else { false }
        guard response.status.isSuccess else {
            let ack = self.acknowledgementOfRefusal(response)
            self.acknowledgement = ack
            let ending = EdgeCallEnding(
                by: wasCancelled ? .simulator : .gateway,
                sentence: "INVITE answered \(response.status) \(response.reason)",
                reasonHeader: response.headers.first(.reason)?.text)
            return [.send(.request(ack)), .finalResponse(response), .ended(ending)] + self.linger(at: now)
        }
        self.dialog.establish(by: response)
        let ack = self.dialog.request(.ack, branch: branch)
        self.acknowledgement = ack
        self.state = .established
        return [.send(.request(ack)), .finalResponse(response), .established]
    }

    /// RFC 3261 section 17.1.1.3: the INVITE's own Via and routes, and the To of the response.
    private func acknowledgementOfRefusal(_ response: Response) -> Request {
        var ack = Request(method: .ack, uri: self.invite.uri)
        for name in [HeaderName.via, .maxForwards, .from, .callID] {
            if let value = self.invite.headers.first(name) { ack.headers.add(name, value) }
        }
        if let to = response.headers.first(.to) { ack.headers.add(.to, to) }
        ack.headers.add(.cSeq, CSeq(number: self.dialog.localSequence, method: .ack))
        return ack
    }

    // MARK: Time and loss

    package mutating func handleTimeout(branch: Token, at now: Instant) -> [EdgeCallAction] {
        self.own.due(at: now).map { .send(.request($0)) } + self.stateTimeout(branch: branch, at: now)
    }

    private mutating func stateTimeout(branch: Token, at now: Instant) -> [EdgeCallAction] {
        switch self.state {
        case .answered(let response, var timer):
            guard let due = timer.due(at: now) else { return [] }
            if due == .resend {
                self.state = .answered(response, timer)
                return [.send(.response(response))]
            }
            return self.hangUp(reason: nil, branch: branch, sentence: "no ACK came for 64 times T1", at: now)
        case .refused(let response, var timer):
            guard let due = timer.due(at: now) else { return [] }
            self.state = due == .resend ? .refused(response, timer) : .over
            return due == .resend ? [.send(.response(response))] : [.over]
        case .calling(var timer):
            guard let due = timer.due(at: now) else { return [] }
            if due == .resend {
                self.state = .calling(timer)
                return [.send(.request(self.invite))]
            }
            let ending = EdgeCallEnding(by: .network, sentence: "no answer to the INVITE for 64 times T1")
            self.state = .over
            return [.ended(ending), .over]
        case .cancelling(var timer):
            guard timer.due(at: now) != nil else { return [] }
            self.state = .over
            return [.ended(EdgeCallEnding(by: .simulator, sentence: "cancelled, and no 487 came")), .over]
        case .ending(let bye, var timer):
            guard let due = timer.due(at: now) else { return [] }
            self.state = due == .resend ? .ending(bye, timer) : .over
            return due == .resend ? [.send(.request(bye))] : [.over]
        case .lingering(let until):
            guard now >= until else { return [] }
            self.state = .over
            return [.over]
        case .opening, .ringing, .proceeding, .established, .over:
            return []
        }
    }

    /// The connection of the call is gone, and with it the way to the gateway.
    package mutating func connectionLost() -> [EdgeCallAction] {
        if self.state == .over { return [] }
        let hadEnded = self.hasEnded
        let sentence =
            switch self.state {
            case .calling: "the peer could not be reached"
            case .opening, .ringing, .proceeding, .cancelling, .refused:
                "the connection was closed before the answer"
            case .answered, .established, .ending, .lingering, .over: "the connection was closed during the call"
            }
        self.state = .over
        let ending = EdgeCallEnding(by: .network, sentence: sentence)
        return (hadEnded ? [] : [.ended(ending)]) + [.over]
    }

    private mutating func linger(at now: Instant) -> [EdgeCallAction] {
        guard !self.isReliable else {
            self.state = .over
            return [.over]
        }
        self.state = .lingering(until: now + self.roundTrip * 64)
        return []
    }
}
