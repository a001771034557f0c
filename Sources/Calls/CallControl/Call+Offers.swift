import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent

/// Offers of ours within the call, and answers to offers that the far end made where our request had none.
extension Call {
    /// Offers the far end another direction: our hold or its end.
    func offer(_ direction: MediaDirection) async {
        guard let session = self.session, var negotiation = self.negotiation else {
            await self.carryOut(self.hold.offerRefused())
            return
        }
        negotiation.direction = direction
        let description = negotiation.makeOffer()
        self.negotiation = negotiation
        await self.services.endpoint.offer(session, sdp: description)
    }

    /// The far end took our offer, or answered a session refresh otherwise than the last time.
    func offerAnswered(_ answer: [UInt8]) async {
        await self.renegotiate { (negotiation) throws(SDPRefusal) in try negotiation.accept(answer: answer) }
        await self.carryOut(self.hold.offerAnswered())
    }

    /// The session goes on as it was (RFC 3261 section 14.1), and so does what the next offer or answer says.
    func offerRefused() async {
        self.negotiation?.direction = self.hold.isHeld ? .sendonly : .sendrecv
        await self.carryOut(self.hold.offerRefused())
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
