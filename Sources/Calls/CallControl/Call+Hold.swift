import BotProtocol
import MediaPlane
import SDP
import SIPEndpoint
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

    func carryOut(_ actions: [HoldMachine.Action]) async {
        for action in actions {
            switch action {
            case .sendOffer(let wish):
                await self.offer(wish == .hold ? .sendonly : .sendrecv)
            case .report(.hold):
                self.tell(.held(by: .local))
                self.inform(.held(by: .local))
            case .report(.resume):
                self.tell(.resumed(by: .local))
                self.inform(.resumed(by: .local))
            }
        }
    }
}
