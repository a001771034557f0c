import SIPSyntax

/// Which offer is open, and by whom: at most one at a time over INVITE, UPDATE and PRACK (RFC 6337 section 2).
extension Session {
    /// Whether we wait for the answer to an offer of ours, or for the end of an INVITE of ours.
    var hasOpenLocalOffer: Bool {
        switch self.offer.state {
        case .sent(let wish, let method, _) where method == .invite || !wish.isRefresh: return true
        case .owed: return true
        case .idle, .waiting, .sent, .backingOff: break
        }
        if self.reinvite.awaitsAnswerInACK { return true }
        switch self.leg {
        case .caller(let leg):
            return leg.machine.awaitsAnswer && !leg.isDelayed && !leg.early.hasAnswer
        case .callee(let leg):
            guard leg.invite.body.isEmpty else { return false }
            return leg.isDescribed ? self.remoteDescription == nil : leg.answer != nil && !self.isEstablished
        }
    }

    /// Whether the peer waits for our answer.
    var hasOpenRemoteOffer: Bool {
        if self.reinvite.offered != nil || !self.prompt.isIdle { return true }
        switch self.leg {
        case .caller(let leg): return leg.early.owedTag != nil
        case .callee(let leg): return leg.machine.isRinging && !leg.isDescribed
        }
    }

    /// By which method, and in which dialog, the waiting wish may go now; nil while it must wait.
    var offerMethod: (method: Method, dialog: Dialog)? {
        guard let wish = self.offer.waiting, !self.hasOpenLocalOffer, !self.hasOpenRemoteOffer else { return nil }
        if self.isEstablished {
            guard let dialog = self.dialog else { return nil }
            switch wish.kind {
            case .refresh(mayUpdate: true) where self.peer.takesUpdate: return (.update, dialog)
            case .offer, .request, .refresh: return self.reinvite.isIdle ? (.invite, dialog) : nil
            }
        }
        // Before the answer only UPDATE may offer, once a reliable provisional has answered (RFC 3311 section 5.1).
        guard case .offer = wish.kind, self.peer.takesUpdate, self.isRinging, self.localDescription != nil,
            self.remoteDescription != nil
        else { return nil }
        switch self.leg {
        case .caller(let leg): return leg.early.onlyAnswered.map { (.update, $0) }
        case .callee(let leg): return leg.reliable.outstanding == nil ? self.dialog.map { (.update, $0) } : nil
        }
    }

    /// Whether the call has no final answer yet.
    private var isRinging: Bool {
        switch self.leg {
        case .caller(let leg): leg.machine.awaitsAnswer
        case .callee(let leg): leg.machine.isRinging && leg.answer == nil
        }
    }

    /// Keeps what both sides agreed on.
    mutating func settle(local: [UInt8], remote: [UInt8]) {
        if !local.isEmpty { self.localDescription = local }
        if !remote.isEmpty { self.remoteDescription = remote }
    }

    /// Whether the 2xx that made this dialog waits for the owner's answer.
    func owesAcknowledgement(_ id: DialogID) -> Bool {
        if case .owed = self.offer.state { self.dialog?.id == id } else { false }
    }
}

/// The dialogs of a session: one, or, before the answer to an INVITE of ours, one a fork.
extension Session {
    var early: EarlyDialogs {
        switch self.leg {
        case .caller(let leg): leg.early
        case .callee: EarlyDialogs()
        }
    }

    var dialogIDs: [DialogID] { self.early.dialogIDs + [self.dialog?.id].compactMap { $0 } }

    func dialog(_ id: DialogID) -> Dialog? {
        if let dialog = self.dialog, dialog.id == id { return dialog }
        return self.early[id.remoteTag]?.dialog
    }

    mutating func replace(_ dialog: Dialog) {
        if self.dialog?.id == dialog.id {
            self.dialog = dialog
        } else if case .caller(var leg) = self.leg, leg.early[dialog.id.remoteTag] != nil {
            leg.early[dialog.id.remoteTag]?.dialog = dialog
            self.leg = .caller(leg)
        }
    }

    mutating func connectionClosed(_ connection: ConnectionID) {
        self.dialog?.connectionClosed(connection)
        guard case .caller(var leg) = self.leg, leg.early.count > 0 else { return }
        leg.early.connectionClosed(connection)
        self.leg = .caller(leg)
    }
}

extension Session.CalleeLeg {
    /// Whether a reliable provisional has had our description: the 2xx has none then.
    var isDescribed: Bool { self.description != nil }

    /// Whether the 2xx has the offer, so that the ACK has the answer.
    var owesOffer: Bool { self.invite.body.isEmpty && !self.isDescribed }
}

extension EarlyDialogs {
    var hasAnswer: Bool { self.entries.values.contains { $0.answer != nil } }

    /// The dialog whose reliable provisional has an offer for the owner.
    var owedTag: String? { self.entries.first { $0.value.owed != nil }?.key }

    /// The one dialog with an answer; nil when forks differ.
    var onlyAnswered: Dialog? {
        let answered = self.entries.values.filter { $0.answer != nil }
        return answered.count == 1 ? answered.first?.dialog : nil
    }
}
