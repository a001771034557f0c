import BotProtocol
import CallAudio
import Timekeeping

/// Two sessions of one thread whose far ends hear each other.
extension MediaSession {
    /// Joins two sessions; one that is joined already leaves its partner first.
    func join(_ other: MediaSession, with workspace: SlotWorkspace, at now: Instant) {
        guard other !== self else { return }
        for session in [self, other] {
            session.part()
            session.path.joinBridge(into: &workspace.output)
            session.carryOut(workspace, at: now)
        }
        self.partner = other
        other.partner = self
    }

    /// Both far ends are their bots' again.
    func part() {
        guard let partner = self.partner else { return }
        for session in [self, partner] {
            session.path.leaveBridge()
            session.partner = nil
        }
    }

    /// Gives the partner what this far end said in the slot that was just heard.
    func passOnWhatWasHeard() {
        guard let partner = self.partner, partner.isOpen else { return }
        let frame = self.path.lastHeard
        partner.path.receiveBridged(frame.span)
    }

    /// Presses a key of the partner's far end towards this one's.
    func relay(_ digit: DTMFDigit) {
        var output = AudioPathOutput()
        self.path.sendDTMF([digit], into: &output)
        for case .digitsForSignalling(let digits) in output.events { self.tell(.digitsForSignalling(digits)) }
    }
}
