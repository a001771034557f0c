import BotProtocol
import MediaPlane
import SDP
import SIPEndpoint
import SIPUserAgent
import Timekeeping

/// Hold, by either side, and whatever else a negotiation within the call changes.
extension Call {
    /// Takes what a negotiation settled: media follows, and the bot is told of the far end's hold.
    func take(_ negotiation: AudioNegotiation) {
        let wasHeld = self.negotiation?.isHeldByPeer ?? false
        self.negotiation = negotiation
        self.connectMedia()
        guard negotiation.isHeldByPeer != wasHeld else { return }
        if negotiation.isHeldByPeer {
            self.tell(.held(by: .remote))
            self.inform(.held(by: .remote))
        } else {
            self.tell(.resumed(by: .remote))
            self.inform(.resumed(by: .remote))
        }
    }

    /// - Parameter refusal: why the far end did not take what was asked.
    func carryOut(_ actions: [HoldMachine.Action], refusal: String? = nil) async {
        for action in actions {
            switch action {
            case .sendOffer(let wish):
                await self.offer(wish)
            case .report(let wish, let isRefusal):
                self.report(wish, refusal: isRefusal ? refusal ?? OfferRefusal.notSent.sentence : nil)
            }
        }
    }

    private func report(_ wish: HoldMachine.Wish, refusal: String?) {
        switch wish {
        case .hold:
            self.tell(refusal.map { .note("The call stays on hold. \($0)") } ?? .held(by: .local))
            self.inform(.held(by: .local, reason: refusal))
        case .resume:
            self.tell(refusal.map { .note("The call is not put on hold. \($0)") } ?? .resumed(by: .local))
            self.inform(.resumed(by: .local, reason: refusal))
        }
    }
}

extension HoldMachine.Wish {
    var direction: MediaDirection {
        switch self {
        case .hold: .sendonly
        case .resume: .sendrecv
        }
    }
}
