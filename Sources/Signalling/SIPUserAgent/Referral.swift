import SIPSyntax

/// A REFER to send within a call (RFC 3515): the peer is to call somebody else.
package struct OutgoingRefer: Sendable {
    /// Whom the peer is to call.
    package enum Target: Hashable, Sendable {
        /// Blind: this URI. `replaces` names a dialog of the target's that the new call takes the place of.
        case uri(URI, replaces: Replaces? = nil)
        /// Attended: the peer of another call of this core, whose place at our end the new call takes.
        case session(SessionID)
    }

    package var target: Target
    /// `Referred-By` (RFC 3892); nil sends our own address of the call.
    package var referredBy: NameAddress?
    /// False asks the peer to report nothing (`Refer-Sub: false`, RFC 4488); the outcome then is `unreported`.
    package var wantsProgress: Bool
    /// Added after the core's own fields.
    package var headers: [Headers.Field]

    package init(
        target: Target, referredBy: NameAddress? = nil, wantsProgress: Bool = true, headers: [Headers.Field] = []
    ) {
        self.target = target
        self.referredBy = referredBy
        self.wantsProgress = wantsProgress
        self.headers = headers
    }
}

/// What becomes of a REFER of ours. Each ends with exactly one `ended`.
package enum ReferralEvent: Sendable {
    /// 2xx: the peer tries.
    case accepted
    /// A NOTIFY with a provisional status: the new call's progress.
    case progress(SIPFragment)
    case ended(ReferralOutcome)
}

/// How a REFER of ours ended. The call itself goes on, unless it is the reason.
package enum ReferralOutcome: Sendable {
    /// The new call was answered. The owner hangs up this one.
    case succeeded(SIPFragment)
    /// The new call was not answered: the call is with us again.
    case failed(SIPFragment)
    /// The REFER was answered 300-699. 405, 420, 501, 603: the owner may bridge the calls itself.
    case refused(Response)
    /// The peer took it and does not say, or said no more, how it ended.
    case unreported
    /// No answer to the REFER within 64·T1.
    case timedOut
    case transportFailed
    /// This call was over before the new one's fate was known: with a peer that hangs up on acceptance, success.
    case callEnded
    /// Nothing was sent: the call is not established, another REFER is under way, the target cannot be written, or there
    /// is no room for a transaction.
    case notSent
}

/// A REFER of the peer: it wants us to call somebody else. The owner answers with `acceptRefer` or `refuseRefer`.
package struct IncomingRefer: Sendable {
    package var request: Request
    /// `sip:`, `sips:` or `tel:`; a SIP URI without its headers, which are never applied.
    package var target: URI
    /// The dialog at the target that the new call is to replace: an attended transfer.
    package var replaces: Replaces?
    package var referredBy: NameAddress?

    package init(request: Request, target: URI, replaces: Replaces?, referredBy: NameAddress?) {
        self.request = request
        self.target = target
        self.replaces = replaces
        self.referredBy = referredBy
    }
}

/// An INVITE that is to take the place of an established call (RFC 3891), told to that call's owner.
///
/// `answer` for the new session makes the core end the old one with BYE and the cause `replaced`; `reject` leaves the old
/// one as it is. Until then both are there. No `incoming` is told of the new session.
package struct Replacement: Sendable {
    package var session: SessionID
    package var invite: IncomingInvite

    package init(session: SessionID, invite: IncomingInvite) {
        self.session = session
        self.invite = invite
    }
}
