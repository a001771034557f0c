import BotProtocol
import MediaPlane
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// A transfer as it was asked for, and by whom.
struct TransferOrder: Sendable {
    enum Target: Sendable {
        case number(BotTransfer)
        /// The far end of another call of ours.
        case call(CallIdentifier)
    }

    let target: Target
    let party: EndCause.Party

    init(_ transfer: BotTransfer, by party: EndCause.Party) {
        self.target = .number(transfer)
        self.party = party
    }

    init(to call: CallIdentifier, by party: EndCause.Party) {
        self.target = .call(call)
        self.party = party
    }

    var name: String {
        switch self.target {
        case .number(let transfer): transfer.to
        case .call(let identifier): "the far end of call \(identifier)"
        }
    }
}

/// The far end is given to somebody else.
extension Call {
    func begin(_ order: TransferOrder) async {
        guard self.isConnected else { return self.report(.failed("Only an answered call can be transferred.")) }
        guard self.transfer.isIdle else { return self.report(.failed("Another transfer is under way.")) }
        guard let way = self.way(of: order) else {
            return self.report(.failed("The trunk's transfer setting allows no transfer."))
        }
        if case .number(let transfer) = order.target {
            // What may not be called may not be called by a transfer either, whoever sends the INVITE.
            do {
                _ = try self.legOrder(for: transfer)
            } catch {
                return self.report(.failed("The transfer is refused: \(error.sentence)."))
            }
        }
        self.transferOrder = order
        await self.carryOut(self.transfer.start(to: order.name, by: way, at: self.now))
    }

    /// A call of ours can only be handed over by the far end itself.
    private func way(of order: TransferOrder) -> TransferMachine.Way? {
        switch (self.trunk.transfer.way, order.target) {
        case (.none, _), (.bridge, .call): nil
        case (.refer, _), (.referThenBridge, .call): .refer
        case (.bridge, .number): .bridge
        case (.referThenBridge, .number): .referThenBridge
        }
    }

    func carryOut(_ actions: [TransferMachine.Action]) async {
        for action in actions { await self.carryOut(action) }
    }

    private func carryOut(_ action: TransferMachine.Action) async {
        switch action {
        case .sendRefer:
            await self.sendRefer()
        case .dialLeg:
            await self.dialLeg()
        case .joinLeg:
            guard let media = self.leg?.media else { return }
            self.command(.join(media))
        case .partLeg:
            self.leg = nil
            self.command(.part)
        case .hangUpLeg:
            guard let leg = self.leg else { return }
            self.leg = nil
            self.switchboard.hangUp(
                leg.identifier,
                EndCause(.hangup, by: .remote, sentence: "The far end that this leg was joined with has hung up."))
        case .report(let progress):
            self.report(progress)
        case .endCall(let target):
            let party = self.transferOrder?.party ?? .gateway
            await self.carryOut(self.machine.end(.transferred(to: target, by: party), at: self.now))
        }
    }

    func report(_ progress: BotTransferProgress) {
        if progress.step == .accepted { self.record.transferredTo = self.transferOrder?.name }
        self.tell(.transfer(progress))
        self.inform(.transfer(progress))
    }

    // MARK: The bridge

    private func dialLeg() async {
        guard case .number(let transfer)? = self.transferOrder?.target, let media = self.media else { return }
        let result: Result<CallIdentifier, CallRequestError>
        do {
            let request = LegRequest(
                origin: self.identifier, trunk: self.trunk.name, order: try self.legOrder(for: transfer),
                beside: media
            ) { [inbox] identifier, notice in
                inbox.post(.leg(identifier, notice))
            }
            result = await self.switchboard.placeLeg(request)
        } catch {
            result = .failure(.refusedByTrunk("The leg is refused: \(error.sentence)."))
        }
        switch result {
        case .success(let identifier):
            self.leg = (identifier, nil)
        case .failure(let error):
            await self.carryOut(self.transfer.legEnded(status: nil, sentence: error.sentence))
        }
    }

    /// The leg's INVITE: the number that was asked for, shown as this call's own far end shows us.
    private func legOrder(for transfer: BotTransfer) throws(TrunkError) -> Trunks.CallOrder {
        let shown: String? =
            switch (self.trunk.numberMode, self.record.direction) {
            case (.flow, .inbound): self.record.from
            case (.flow, .outbound), (.pstn, .outbound), (.pstn, .inbound): nil
            }
        return try self.trunk.order(
            to: transfer.to, from: shown, headers: transfer.headers.map { ($0.name, $0.value) })
    }

    func handle(_ notice: LegNotice, of identifier: CallIdentifier) async {
        guard identifier == self.leg?.identifier else { return }
        switch notice {
        case .ringing(let status):
            await self.carryOut(self.transfer.legRinging(status: status))
        case .answered(let media):
            self.leg?.media = media
            await self.carryOut(self.transfer.legAnswered())
        case .ended(let cause):
            let actions = self.transfer.legEnded(status: cause.status, sentence: cause.sentence)
            await self.carryOut(actions)
            self.leg = nil
        }
    }
}

extension BotTransferProgress {
    fileprivate static func failed(_ reason: String) -> BotTransferProgress {
        BotTransferProgress(.failed, reason: reason)
    }
}
