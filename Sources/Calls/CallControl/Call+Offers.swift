import BotProtocol
import CallAudio
import MediaPlane
import SDP
import Trunks

extension Call {
    /// Asks the far end for another direction.
    func offer(_ direction: MediaDirection) async {
        await self.carryOut(self.hold.offerRefused())
    }

    func sendRefer() async {
        await self.carryOut(self.transfer.referRefused(status: nil, at: self.now))
    }

    func signal(_ digits: [DTMFDigit]) async {
        for digit in digits { self.command(.noteDTMF(digit, isDelivered: false)) }
    }

    var digitPath: DigitPath {
        switch self.trunk.digits {
        case .rfc4733: .telephoneEvents
        case .info: .signalling
        }
    }
}
