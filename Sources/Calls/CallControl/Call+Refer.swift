import BotProtocol
import MediaPlane
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// REFER, both ways (RFC 3515, RFC 5589).
extension Call {
    /// Asks the far end to call the new party, or the far end of another call of ours.
    func sendRefer() async {
        guard let session = self.session, let target = await self.referTarget() else {
            await self.carryOut(self.transfer.referRefused(status: nil, at: self.now))
            return
        }
        var refer = OutgoingRefer(target: target)
        if case .number(let transfer)? = self.transferOrder?.target {
            refer.headers = transfer.headers.compactMap { try? CustomHeader(name: $0.name, value: $0.value).field }
            self.services.hideInTraces(refer.headers.map(\.name.text))
        }
        await self.services.endpoint.refer(session, refer)
    }

    private func referTarget() async -> OutgoingRefer.Target? {
        switch self.transferOrder?.target {
        case .call(let identifier):
            return await self.switchboard.session(identifier).map { .session($0) }
        case .number(let transfer):
            guard let order = try? self.trunk.order(to: transfer.to),
                let plan = try? self.trunk.plan(order, pointOfPresence: 0)
            else { return nil }
            return .uri(.sip(plan.requestURI))
        case nil:
            return nil
        }
    }

    /// What the far end says of our REFER.
    func handle(_ event: ReferralEvent) async {
        switch event {
        case .accepted:
            await self.carryOut(self.transfer.referAccepted(at: self.now))
        case .progress(let fragment):
            await self.carryOut(self.transfer.notified(status: fragment.status.number, at: self.now))
        case .ended(let outcome):
            switch outcome {
            case .succeeded(let fragment), .failed(let fragment):
                await self.carryOut(self.transfer.notified(status: fragment.status.number, at: self.now))
            case .refused(let response):
                await self.carryOut(self.transfer.referRefused(status: response.status.number, at: self.now))
            case .timedOut, .transportFailed, .notSent:
                await self.carryOut(self.transfer.referRefused(status: nil, at: self.now))
            case .unreported:
                await self.carryOut(self.transfer.referUnreported())
            case .callEnded:
                break
            }
        }
    }

    // MARK: The far end asks

    /// The far end wants us to call somebody else: a new call with this one's bot, where the trunk allows that.
    func handle(_ refer: IncomingRefer, in session: SessionID) async {
        guard self.trunk.transfer.acceptsFromPeer, case .bot(let bot) = self.companion, self.isConnected,
            refer.replaces == nil, let number = refer.target.sip?.user
        else {
            self.tell(.note("The far end asked for a transfer, which is declined."))
            await self.services.endpoint.refuseRefer(session)
            return
        }
        var request = CallRequest(trunk: self.trunk.name.text, to: number, bot: bot.name)
        request.parameters = self.parameters
        let watch: @Sendable (CallIdentifier, LegNotice) -> Void = { [inbox] identifier, notice in
            inbox.post(.referred(identifier, notice))
        }
        switch await self.switchboard.place(request, watch) {
        case .success(let identifier):
            self.tell(.note("The far end asked for a call to \(request.to), which is call \(identifier)."))
            await self.services.endpoint.acceptRefer(session)
        case .failure(let error):
            self.tell(.note("The far end asked for a transfer, which is declined. \(error.sentence)"))
            await self.services.endpoint.refuseRefer(session)
        }
    }

    /// How the call fares that the far end asked for.
    func handleReferred(_ notice: LegNotice) async {
        guard let session = self.session else { return }
        let status: StatusCode =
            switch notice {
            case .ringing(let number): StatusCode(number) ?? .ringing
            case .answered: .ok
            case .ended(let cause): cause.status.flatMap { StatusCode($0) } ?? .temporarilyUnavailable
            }
        await self.services.endpoint.notifyRefer(session, SIPFragment(status: status))
    }

    /// An INVITE of the far end takes this call's place (RFC 3891): the bot goes on with the new one, and the core ends
    /// the old session when the new one is answered.
    func handle(_ replacement: Replacement) async {
        let session = replacement.session
        guard self.trunk.transfer.acceptsFromPeer, self.isConnected, var negotiation = self.negotiation else {
            self.services.router.decline(session)
            await self.services.endpoint.reject(session, .decline)
            return
        }
        guard
            await self.services.endpoint.adopt(session, self.trunk.sessionSettings, credentials: self.trunk.credentials)
        else {
            self.services.router.decline(session)
            return
        }
        let description: [UInt8]
        do {
            if let offer = replacement.invite.offer {
                description = try negotiation.answer(offer)
            } else {
                description = negotiation.makeOffer()
            }
        } catch {
            self.services.router.decline(session)
            await self.services.endpoint.reject(
                session, StatusCode(error.statusCode) ?? .notAcceptableHere, headers: [.warning(error)])
            return
        }
        self.leaveSession()
        self.claim(session)
        self.awaitsAnswerInACK = replacement.invite.offer == nil
        await self.services.endpoint.answer(session, sdp: description)
        let sentence = "The far end put another call in this one's place."
        self.tell(.note(sentence))
        self.take(negotiation)
        // An offer of ours went with the old session.
        await self.offerRefused(sentence)
    }
}
