import Addressing
import NIOCore
import SDP
import SIPSyntax
import Timekeeping

/// Calls from the gateway: the gate, the ringing, the answer.
extension Edge {
    func callCameIn(_ invite: Request, on path: TransportPath, at now: Instant) {
        if self.callCameBack(invite, on: path, at: now) { return }
        let contact = self.contact(user: invite.uri.sip?.user, on: path.transport, local: path.local)
        let via = Via(
            transport: path.transport.viaTransport, host: .ip(path.local.address), port: path.local.port,
            branch: Self.branch())
        let dialog: EdgeDialog
        do {
            dialog = try EdgeDialog(answering: invite, tag: Self.tag(), contact: contact, via: via)
        } catch {
            var response = EdgeDialog.response(.badRequest, to: invite, reason: error.sentence, tag: Self.tag())
            response.headers.add(.xExotelErrorCode, ExotelErrorCode.malformed.rawValue)
            self.send(.response(response), to: Destination(replyingOn: path))
            return
        }
        guard self.calls.count < self.configuration.callsMax else {
            var response = EdgeDialog.response(.serviceUnavailable, to: invite, tag: Self.tag())
            response.headers.add(.retryAfter, UInt32(1))
            self.send(.response(response), to: Destination(replyingOn: path))
            return
        }
        let signalling = EdgeCall(
            answering: invite, dialog: dialog, isReliable: path.transport.isReliable,
            roundTrip: self.configuration.roundTrip)
        let call = self.add(
            signalling, destination: Destination(replyingOn: path), direction: .incoming, peer: path.remote.description,
            at: now)
        call.noteOnLadder(.request(invite), .received, at: now)
        self.perform(call.signalling.progress(.trying), on: call, at: now)
        self.admit(call, invite, on: path, at: now)
    }

    /// Makes and enters a call, and tells the observer.
    func add(
        _ signalling: EdgeCall, destination: Destination, direction: CallReport.Direction, peer: String,
        flow: Flow? = nil, at now: Instant
    ) -> LiveCall {
        let invite = signalling.invite
        self.lastKey += 1
        let report = CallReport(
            number: self.lastKey, callID: signalling.dialog.callID.text, direction: direction,
            transport: destination.transport.rawValue,
            peer: peer, from: (try? invite.headers.from)?.uri.description ?? "", to: invite.uri.description,
            startedAt: self.clock.timestamp(at: now),
            headers: invite.headers.fields.map { CallReport.Header(name: $0.name.text, value: $0.value.text) })
        let call = LiveCall(
            key: self.lastKey, signalling: signalling, flow: flow ?? self.flow, destination: destination,
            negotiation: EdgeNegotiation(
                address: self.configuration.address, isSecure: destination.transport == .tls,
                suites: self.configuration.suites),
            report: report, began: now, durationMax: self.configuration.callDurationMax, misbehaviour: self.misbehaviour
        )
        self.calls[call.key] = call
        self.callsByTag[call.tag] = call.key
        if direction == .incoming { self.callsByBranch[call.inviteBranch] = call.key }
        self.observer(
            .began(
                callID: report.callID, direction: direction, from: report.from, to: report.to,
                transport: report.transport))
        return call
    }

    /// The gate: the rate, the header table, what was ordered to go wrong, and the offer.
    private func admit(_ call: LiveCall, _ invite: Request, on path: TransportPath, at now: Instant) {
        let (verdicts, violation) = self.rules.judge(invite, cameBy: path.transport)
        call.report.rules = verdicts
        if let wait = self.rate.admit(at: now) {
            let seconds = UInt32(clamping: (wait.inMilliseconds + 999) / 1_000)
            let reason = "More than \(self.configuration.callsPerMinute) calls came within 60 s"
            let refusal = Refusal(.serviceUnavailable, .rateExceeded, reason, retryAfter: seconds)
            return self.refuse(call, refusal, at: now)
        }
        if let violation {
            return self.refuse(
                call, Refusal(violation.status, violation.errorCode, violation.sentence), at: now)
        }
        if let refusal = self.misbehaviour.refusal, let status = StatusCode(refusal.status) {
            let applies = refusal.applies(
                to: path.transport, after: (self.callsSeenByRefusal, self.callsRefusedOnPurpose))
            self.callsSeenByRefusal += 1
            if applies {
                self.callsRefusedOnPurpose += 1
                return self.refuse(call, Refusal(status, ordered: refusal), at: now)
            }
        }
        self.judgeByMisdeeds(call, at: now)
    }

    /// The INVITE is let in: its offer is met.
    func letIn(_ call: LiveCall) {
        let invite = call.signalling.invite
        self.openMedia(of: call) { edge, call, port in
            edge.negotiate(call, invite, port: port)
        }
    }

    private func negotiate(_ call: LiveCall, _ invite: Request, port: UInt16) {
        let now = Self.now()
        var random = SystemRandomNumberGenerator()
        do {
            (call.media, call.settings) = try call.negotiation.answer(invite.body, port: port, random: &random)
        } catch {
            let refusal = Refusal(error.status, .mediaRefused, error.sentence, warning: error.warning)
            return self.refuse(call, refusal, at: now)
        }
        if self.misdeedsRing(call, at: now) { return self.settle(call, at: now) }
        self.perform(call.signalling.progress(.ringing, contact: call.signalling.dialog.contact), on: call, at: now)
        if !self.misbehaviour.neverAnswers {
            call.ringingUntil = now + self.configuration.ringing
            self.settle(call, at: now)
        }
    }

    /// The ringing of a call that came in ends in its answer; of a call that was placed, in a CANCEL.
    func ringingEnded(of call: LiveCall, at now: Instant) {
        guard call.report.direction == .incoming else {
            return self.hangUp(call, cause: 19, sentence: "nobody answered", at: now)
        }
        self.answer(call, at: now)
    }

    func answer(_ call: LiveCall, at now: Instant) {
        guard let media = call.media, let settings = call.settings else { return }
        guard call.leg != nil || self.startLeg(of: call, settings, at: now) else { return }
        self.markAnswered(call, at: now)
        let headers = [
            self.recordRoute(of: call),
            Headers.Field(name: .contact, value: self.contactOfAnswer(call)),
            Headers.Field(name: .allow, value: Self.methods.headerValue),
        ].compactMap { $0 }
        call.report.status = 200
        self.perform(call.signalling.answer(media.encoded(), headers: headers, at: now), on: call, at: now)
    }

    // MARK: Refusing

    struct Refusal {
        var status: StatusCode
        var errorCode: ExotelErrorCode?
        var sentence: String?
        var retryAfter: UInt32?
        var warning: UInt16?
        /// Fields that were ordered.
        var further: [Headers.Field] = []

        init(_ status: StatusCode, ordered: Misbehaviour.Refusal) {
            self.status = status
            self.sentence = ordered.reason
            self.retryAfter = ordered.retryAfter.map { UInt32(clamping: $0.components.seconds) }
            var headers = Headers()
            if let code = ordered.errorCode { headers.add(.xExotelErrorCode, UInt32(clamping: code)) }
            if let cause = ordered.cause, let reason = try? Reason(protocolName: Reason.q850, cause: UInt16(cause)) {
                headers.add(.reason, reason)
            }
            self.further = headers.fields
        }

        init(
            _ status: StatusCode, _ errorCode: ExotelErrorCode?, _ sentence: String?, retryAfter: UInt32? = nil,
            warning: UInt16? = nil
        ) {
            self.status = status
            self.errorCode = errorCode
            self.sentence = sentence
            self.retryAfter = retryAfter
            self.warning = warning
        }
    }

    func refuse(_ call: LiveCall, _ refusal: Refusal, at now: Instant) {
        var headers = Headers()
        if let code = refusal.errorCode { headers.add(.xExotelErrorCode, code.rawValue) }
        if let seconds = refusal.retryAfter { headers.add(.retryAfter, seconds) }
        if let code = refusal.warning, let sentence = refusal.sentence,
            let warning = try? Warning(code: code, agent: Token(trusted: "trunkline-simulator"), text: sentence)
        {
            headers.add(.warning, warning)
        }
        call.report.status = refusal.status.number
        call.report.statusReason = refusal.sentence ?? refusal.status.reasonPhrase.text
        self.observer(
            .refused(
                callID: call.report.callID, status: refusal.status.number, reason: call.report.statusReason ?? ""))
        let actions = call.signalling.refuse(
            refusal.status, reason: refusal.sentence, headers: headers.fields + refusal.further, by: .simulator, at: now
        )
        self.perform(actions, on: call, at: now)
    }

    // MARK: Addresses of ours

    func contact(user: String?, on transport: SIPTransportName, local: TransportAddress) -> NameAddress {
        var parameters = Parameters()
        parameters.set(Token(trusted: "transport"), transport.parameterValue)
        let host = Host.ip(local.address)
        let uri = try? SIPURI(user: user, host: host, port: local.port, parameters: parameters)
        return NameAddress(uri: uri ?? SIPURI(host: host, port: local.port, parameters: parameters))
    }

    /// Contact of the 200; on order it says TLS on a call that came by TCP.
    private func contactOfAnswer(_ call: LiveCall) -> HeaderValue {
        guard self.misbehaviour.recordRouteTCPContactTLS, let path = call.destination.path else {
            return call.signalling.dialog.contact.headerValue
        }
        let user = call.signalling.invite.uri.sip?.user
        return self.contact(user: user, on: .tls, local: path.local).headerValue
    }

    /// On order, the route that disagrees with Contact: TCP to this very edge.
    private func recordRoute(of call: LiveCall) -> Headers.Field? {
        guard self.misbehaviour.recordRouteTCPContactTLS, let path = call.destination.path else { return nil }
        var parameters = Parameters()
        parameters.set(Token(trusted: "transport"), SIPTransportName.tcp.parameterValue)
        parameters.set(Token(trusted: "lr"), nil)
        let uri = SIPURI(host: .ip(path.local.address), port: path.local.port, parameters: parameters)
        return Headers.Field(name: .recordRoute, value: NameAddress(uri: uri).headerValue)
    }
}
