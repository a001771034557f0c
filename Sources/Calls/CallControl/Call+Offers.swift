import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent

/// Offers of ours within the call, and answers to offers that the far end made where our request had none.
extension Call {
    /// Offers the far end another direction: our hold or its end.
    func offer(_ wish: HoldMachine.Wish) async {
        guard let session = self.session, var negotiation = self.negotiation else {
            await self.carryOut(self.hold.offerRefused())
            return
        }
        let description = negotiation.makeOffer(wish.direction)
        self.negotiation = negotiation
        await self.services.endpoint.offer(session, sdp: description)
    }

    /// The far end's offer comes before one of ours that waits: ours is described anew, as its version has to be higher
    /// than that of what the far end is answered (RFC 3264 section 8). To be called before the far end is answered.
    func renewOffer() async {
        guard let wish = self.hold.offered else { return }
        await self.offer(wish)
    }

    /// The far end took our offer, or answered a session refresh otherwise than the last time.
    func offerAnswered(_ accepted: AcceptedOffer) async {
        switch accepted.occasion {
        case .offer:
            let direction = self.hold.offered?.direction
            await self.renegotiate { (negotiation) throws(SDPRefusal) in
                try negotiation.accept(answer: accepted.answer, to: direction)
            }
            await self.carryOut(self.hold.offerAnswered())
        case .refresh:
            await self.renegotiate { (negotiation) throws(SDPRefusal) in
                try negotiation.accept(answer: accepted.answer)
            }
        }
    }

    /// The session goes on as it was (RFC 3261 section 14.1).
    func offerRefused(_ refusal: String) async {
        await self.carryOut(self.hold.offerRefused(), refusal: refusal)
    }

    func acknowledge(_ owed: OwedAnswer, in session: SessionID) async {
        guard var negotiation = self.negotiation else { return }
        do {
            let answer = try negotiation.answer(owed.offer)
            await self.services.endpoint.acknowledge(session, sdp: answer)
            self.take(negotiation)
        } catch {
            await self.services.endpoint.acknowledge(session, sdp: [])
            await self.carryOut(self.machine.end(.mediaNegotiation(error), at: self.now))
            return
        }
        guard owed.occasion == .call else { return }
        self.record.moments.answered = self.now
        self.record.carrierHeaders = owed.response.headers.carrierHeaders
        self.tell(.answered)
        await self.carryOut(self.machine.answered(at: self.now))
        self.noteAlive()
    }
}
