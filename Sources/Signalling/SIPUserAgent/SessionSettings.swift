import SIPSyntax

/// When a 101-199 is sent reliably (RFC 3262).
package enum ReliableProvisionalsPolicy: Hashable, Sendable, CaseIterable {
    /// Never, and not announced: an INVITE that requires it is answered 420.
    case off
    case whenRequired
    /// Also those with SDP to a peer that supports it.
    case whenSupported
    /// As `whenSupported`, and our own INVITEs require it of the peer.
    case required
}

/// How the sessions with one peer are kept alive, whether ringing is acknowledged, and whether the peer may give the call
/// away: what each trunk may have its own way.
package struct SessionSettings: Hashable, Sendable {
    package var timer = SessionTimerSettings()
    package var reliableProvisionals = ReliableProvisionalsPolicy.whenRequired
    /// Whether the owner ever accepts the peer's REFER and Replaces. It is asked in any case; only, nobody is invited to
    /// send what will be declined.
    package var takesTransfers = true

    package init() {}

    /// `Allow`: all that the core can do but what is switched off.
    package var methods: [Method] {
        Capabilities.methods.filter { $0 != .refer || self.takesTransfers }
    }

    /// `Supported`: all that the core can do but what is switched off.
    package var optionTags: [Token] {
        Capabilities.optionTags.filter { tag in
            if tag == .reliableProvisionals { return self.reliableProvisionals != .off }
            return tag != .replaces || self.takesTransfers
        }
    }

    /// `Require` of an INVITE of ours.
    var required: [Token] { self.reliableProvisionals == .required ? [.reliableProvisionals] : [] }
}

extension Session {
    /// Why the INVITE of this call cannot be taken with the session's settings; nil when nothing speaks against it.
    func settingsRefusal(of invite: Request) -> RequestScreening.Refusal? {
        if self.settings.reliableProvisionals == .off, self.peer.requiresReliableProvisionals {
            let unsupported = [Token.reliableProvisionals].headerValue
            return RequestScreening.Refusal(
                .badExtension, [Headers.Field(name: .unsupported, value: unsupported)])
        }
        guard case .tooSmall(let minimum) = self.terms.judge(invite, isRefresher: nil) else { return nil }
        return RequestScreening.Refusal(
            .sessionIntervalTooSmall, [Headers.Field(name: .minSE, value: minimum.headerValue)])
    }
}
