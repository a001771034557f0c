import SIPSyntax
import SIPTransaction
import Timekeeping

/// INVITE with Replaces (RFC 3891): a new call that takes the place of one that we have.
extension UserAgentCore {
    /// What an INVITE's Replaces asks for.
    enum ReplacementVerdict {
        /// There is no such header.
        case none
        case replace(SessionID)
        case refuse(StatusCode)
    }

    func replacement(_ request: Request, from path: TransportPath, _ source: RequestSource) -> ReplacementVerdict {
        guard request.headers.contains(.replaces) else { return .none }
        // Several, one that cannot be read, or Join beside it (section 3).
        guard let replaces = try? request.headers.replaces, !request.headers.contains(HeaderName(trusted: "Join"))
        else { return .refuse(.badRequest) }
        let dialog = DialogID(callID: replaces.callID, localTag: replaces.toTag, remoteTag: replaces.fromTag)
        guard let id = self.dialogs[dialog], let session = self.sessions[id], let known = session.dialog else {
            return .refuse(.callDoesNotExist)
        }
        // The tags are as much of a secret as a dialog has: whoever may not end the call may not take it over either.
        guard self.configuration.dialogPeerCheck.admits(path, source, to: known) else { return .refuse(.forbidden) }
        // A call that rings with us was not begun by us, and may not be replaced (section 3).
        guard !session.isSettingUp else { return .refuse(.callDoesNotExist) }
        guard session.isEstablished else { return .refuse(.decline) }
        guard !replaces.isEarlyOnly else { return .refuse(.busyHere) }
        return .replace(id)
    }

    /// The new call was answered: the one that it replaces ends by our BYE.
    mutating func endReplaced(by session: Session, at now: Instant, into actions: inout [UserAgentAction]) {
        guard case .callee(let leg) = session.leg, let id = leg.replaces, let replaced = self.sessions[id] else {
            return
        }
        self.fail(replaced, .replaced, at: now, into: &actions)
    }
}
