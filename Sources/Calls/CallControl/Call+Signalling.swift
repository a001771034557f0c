import Addressing
import BotProtocol
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// The call's SIP session.
extension Call {
    func handle(_ event: SessionEvent, in session: SessionID) async {
        switch event {
        case .incoming:
            break
        case .provisional(let response):
            await self.carryOut(self.machine.provisional())
            guard response.status > .trying else { return }
            await self.note(progress: response)
        case .earlyMedia(let media):
            await self.note(media)
        case .answered(let response, let answer):
            await self.accept(response, answer)
        case .answerOwed(let owed):
            await self.acknowledge(owed, in: session)
        case .confirmed(let answer):
            await self.acceptDelayed(answer)
        case .offerReceived(let offer):
            await self.handle(offer, in: session)
        case .offerWithdrawn:
            break
        case .offerConfirmed(let answer):
            guard let answer else { return }
            await self.renegotiate { (negotiation) throws(SDPRefusal) in try negotiation.accept(answer: answer) }
        case .offerAccepted(let accepted):
            await self.offerAnswered(accepted)
        case .offerRefused(let refusal):
            await self.offerRefused(refusal.sentence)
        case .referral(let event):
            await self.handle(event)
        case .referReceived(let refer):
            await self.handle(refer, in: session)
        case .replacementReceived(let replacement):
            await self.handle(replacement)
        case .info(let info):
            self.handle(info)
        case .infoAnswered(let outcome):
            self.handle(outcome)
        case .failed(let reason):
            self.leaveSession()
            await self.fail(reason)
        case .ended(let reason):
            self.leaveSession()
            let cause = EndCause(reason, transportFault: self.transportFault)
            await self.carryOut(self.machine.signallingEnded(cause, at: self.now))
        }
    }

    /// Sends the INVITE of an attempt, once it is known where to.
    func sendInvite(attempt: Int) async {
        // Without media, which could not be opened, the call is over already.
        guard case .outbound(let order) = self.side, self.negotiation != nil else { return }
        var plan: OutgoingCallPlan
        do {
            plan = try self.trunk.plan(order, pointOfPresence: self.routes[attempt].pointOfPresence)
        } catch {
            let cause = EndCause(
                .internalFault, by: .gateway, sentence: "The INVITE cannot be made: \(error.sentence).")
            await self.carryOut(self.machine.end(cause, at: self.now))
            return
        }
        if let route = self.redirect {
            guard !route.wantsServers else { return await self.locate(route.destination, attempt: attempt) }
            plan.requestURI = route.target
            plan.destination = route.destination
            plan.pointOfPresence.name = route.target.host.description
        } else if let server = self.routes[attempt].server {
            plan.destination.address = server.address
            plan.destination.port = server.port
        } else if case .name = plan.destination.host {
            return await self.locate(plan.destination, attempt: attempt)
        }
        await self.send(plan, headers: order.headers)
    }

    /// A name server may take its time: the call goes on listening meanwhile, and hears `located`.
    private func locate(_ destination: Destination, attempt: Int) async {
        self.locating = attempt
        await self.services.endpoint.locate(destination) { [inbox] servers in
            inbox.post(.located(attempt: attempt, servers))
        }
    }

    /// The servers of this attempt's name: the first is tried now, the further ones become attempts of their own.
    func take(_ servers: Result<[TransportAddress], UnknownServers>, of attempt: Int) async {
        // Given up meanwhile, or already at the next point of presence.
        guard self.locating == attempt else { return }
        switch servers {
        case .success(let servers):
            let further = self.redirect == nil ? self.routes.resolve(attempt, to: servers) : 0
            self.redirect?.found(servers)
            self.machine.located(furtherServers: further, at: self.now)
            self.locating = nil
            await self.sendInvite(attempt: attempt)
        case .failure(let error):
            self.noteUnlocated()
            self.redirect = nil
            let cause = EndCause(EndReason(cause: .transportFailed), transportFault: error.sentence)
            await self.giveUpAttempt(cause, triesNext: true)
        }
    }

    /// Ends the wait for a look-up. The place that it was for belongs into the record, as any that was tried. False where
    /// nothing was looked up.
    @discardableResult
    func noteUnlocated() -> Bool {
        guard let attempt = self.locating else { return false }
        self.locating = nil
        self.record.pointsOfPresence.append(
            self.redirect?.target.host.description
                ?? self.trunk.pointsOfPresence[self.routes[attempt].pointOfPresence].name)
        return true
    }

    private func send(_ plan: OutgoingCallPlan, headers: [CustomHeader]) async {
        guard let offer = self.negotiation?.makeOffer() else { return }
        var invite = OutgoingInvite(
            requestURI: plan.requestURI, from: plan.from, to: plan.to, advertised: self.advertisedAddress,
            destination: plan.destination, offer: offer)
        invite.extraHeaders = plan.headers
        invite.credentials = self.trunk.credentials
        invite.session = self.trunk.sessionSettings
        // One Call-ID for all attempts of a call, which names the call in the carrier's logs as in ours.
        invite.callID = self.callID
        self.record.sipCallID = self.callID.text
        self.record.pointsOfPresence.append(plan.pointOfPresence.name)
        self.record.transport = plan.destination.transport.rawValue
        if self.record.moments.invited == nil { self.record.moments.invited = self.now }
        self.services.hideInTraces(headers.map(\.name.text))
        self.tell(.invited(plan.pointOfPresence.name))
        do {
            self.claim(try await self.services.endpoint.invite(invite))
        } catch {
            let cause = EndCause(
                .capacity, by: .gateway, sentence: "The SIP stack takes no more calls (\(error)).",
                remedy: "Lower limits.maxCalls or spread calls over more machines.")
            await self.carryOut(self.machine.attemptFailed(cause, triesNext: false, at: self.now))
        }
    }

    func noteIncoming(_ invite: IncomingInvite) {
        self.awaitsAnswerInACK = invite.offer == nil
        self.record.moments.invited = self.now
        self.record.transport = invite.path.transport.rawValue
        self.record.sipCallID = invite.request.headers.first(.callID)?.text
        self.record.carrierHeaders = invite.request.headers.carrierHeaders
        self.tell(.invited(invite.path.remote.description))
    }

    /// Our 200 to the caller, with the answer to its offer or, where it made none, with our offer.
    func answer() async {
        guard let session = self.session else { return }
        guard let description = self.answerDescription ?? self.negotiation?.makeOffer() else { return }
        await self.services.endpoint.answer(session, sdp: description)
        self.record.moments.answered = self.now
        self.connectMedia()
        self.tell(.answered)
        self.noteAlive()
    }

    func reject(_ cause: EndCause) async {
        guard let session = self.session else { return }
        switch cause.kind {
        case .capacity, .shutdown:
            await self.services.endpoint.reject(
                session, .serviceUnavailable, headers: [.retryAfter(seconds: 5), .reason(cause)])
        case .mediaNegotiation, .hangup, .rejected, .noAnswer, .cancelled, .unreachable, .authentication,
            .redirectLimit, .setupLimit, .transferred, .sessionExpired, .mediaTimeout, .botFailure, .maximumDuration,
            .interrupted, .internalFault:
            await self.services.endpoint.reject(session, .temporarilyUnavailable, headers: [.reason(cause)])
        }
    }

    func hangUp(_ cause: EndCause) async {
        guard let session = self.session else { return }
        await self.services.endpoint.hangUp(session, headers: [.reason(cause)])
    }

    private func accept(_ response: Response, _ answer: [UInt8]) async {
        self.record.moments.answered = self.now
        self.record.carrierHeaders = response.headers.carrierHeaders
        do {
            try self.settle(answer: answer)
        } catch {
            let cause = EndCause.mediaNegotiation(error)
            _ = self.machine.answered(at: self.now)
            await self.carryOut(self.machine.end(cause, at: self.now))
            return
        }
        self.connectMedia()
        self.tell(.answered)
        await self.carryOut(self.machine.answered(at: self.now))
        self.noteAlive()
    }

    /// The ACK carries the answer when our 200 carried the offer (RFC 3264 section 5).
    private func acceptDelayed(_ answer: [UInt8]?) async {
        guard self.awaitsAnswerInACK else { return }
        self.awaitsAnswerInACK = false
        await self.renegotiate { (negotiation) throws(SDPRefusal) in try negotiation.accept(answer: answer ?? []) }
    }

    private func handle(_ offer: IncomingOffer, in session: SessionID) async {
        guard var negotiation = self.negotiation else { return }
        guard let bytes = offer.offer else {
            let description = negotiation.makeOffer()
            self.negotiation = negotiation
            await self.renewOffer()
            await self.services.endpoint.acceptOffer(session, sdp: description)
            return
        }
        do {
            let answer = try negotiation.answer(bytes)
            self.take(negotiation)
            await self.renewOffer()
            await self.services.endpoint.acceptOffer(session, sdp: answer)
        } catch {
            // The session goes on as it was (RFC 3261 section 14.2).
            await self.services.endpoint.refuseOffer(
                session, StatusCode(error.statusCode) ?? .notAcceptableHere, headers: [.warning(error)])
        }
    }

    func renegotiate(_ change: (inout AudioNegotiation) throws(SDPRefusal) -> Void) async {
        guard var negotiation = self.negotiation else { return }
        do {
            try change(&negotiation)
            self.take(negotiation)
        } catch {
            await self.carryOut(self.machine.end(.mediaNegotiation(error), at: self.now))
        }
    }

    private var callID: CallID {
        guard let callID = try? CallID("\(self.identifier)@\(self.advertisedIPAddress)") else {
            preconditionFailure("digits and an address are a Call-ID")
        }
        return callID
    }

    /// What Via and Contact show: the external address behind NAT, else the trunk's own, else the listener's.
    private var advertisedAddress: AdvertisedAddress {
        let listener = self.services.listeners[self.trunk.transport]
        return AdvertisedAddress(
            TransportAddress(self.advertisedIPAddress, port: listener?.port ?? self.trunk.transport.defaultPort))
    }

    var advertisedIPAddress: IPAddress {
        self.trunk.externalAddress ?? self.trunk.bindAddress ?? self.services.localAddress
    }
}
