import SDP

extension Call {
    func offer(_ direction: MediaDirection) async {
        await self.carryOut(self.hold.offerRefused())
    }
}
