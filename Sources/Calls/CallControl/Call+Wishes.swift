import BotProtocol
import CallAudio
import SIPUserAgent
import Trunks

/// What a bot or the API asks of a live call.
extension Call {
    func grant(_ wish: CallWish) async {
        switch wish {
        case .answer:
            await self.carryOut(self.machine.botAnswers(at: self.now))
        case .hold:
            await self.want(.hold)
        case .resume:
            await self.want(.resume)
        case .transfer(let transfer, let party):
            await self.begin(TransferOrder(transfer, by: party))
        case .transferTo(let other, let party):
            await self.begin(TransferOrder(to: other, by: party))
        }
    }

    /// Hold needs an established call whose far end is the bot's.
    private func want(_ wish: HoldMachine.Wish) async {
        guard self.isConnected else {
            self.tell(.note("Only an answered call can be put on hold."))
            return
        }
        await self.carryOut(self.hold.want(wish))
    }

    /// The session, while it can be referred to.
    var connectedSession: SessionID? { self.isConnected ? self.session : nil }

    var isConnected: Bool {
        switch self.machine.state {
        case .connected: true
        case .idle, .queued, .calling, .ringing, .early, .closing, .ended: false
        }
    }
}

extension CallWish {
    /// Nil for a transfer to what is no call's id.
    init?(_ wish: BotWish) {
        switch wish {
        case .answer: self = .answer
        case .hold: self = .hold
        case .resume: self = .resume
        case .transfer(let transfer): self = .transfer(transfer, by: .bot)
        case .transferToCall(let text):
            guard let call = CallIdentifier(text) else { return nil }
            self = .transferTo(call, by: .bot)
        }
    }
}
