import SIPSyntax

/// What happens to a session, told to its owner in order.
///
/// Each session ends with exactly one of `failed` and `ended`, after which its id means nothing.
package enum SessionEvent: Sendable {
    /// A call comes in; 100 has been sent. The owner answers with `ring`, `progress`, `answer` or `reject`.
    case incoming(IncomingInvite)
    /// 100-199 to our INVITE: a 100 says that the peer is there. The body, if any, is early SDP; it never is the answer
    /// to the call.
    case provisional(Response)
    /// That provisional has SDP.
    case earlyMedia(EarlyMedia)
    /// A 2xx to our INVITE; the core has acknowledged it. `answer` is the SDP answer: the 2xx's body or, where a reliable
    /// provisional of the same dialog had it, that one's (RFC 3262 section 5). Empty when there was none.
    case answered(Response, answer: [UInt8])
    /// The peer made an offer where we sent a request without one. The owner answers with `acknowledge`, at the latest
    /// `acknowledgementDelayMax` later; else the call is ended.
    case answerOwed(OwedAnswer)
    /// The ACK to our 2xx came. `answer` is its body, when the INVITE had no offer.
    case confirmed(answer: [UInt8]?)
    /// An offer of the peer's within the call: a re-INVITE, an UPDATE (RFC 3311) or, before the answer, a PRACK. The owner
    /// answers with `acceptOffer` or `refuseOffer`; only a re-INVITE may wait for a person.
    case offerReceived(IncomingOffer)
    /// The peer cancelled its re-INVITE before we answered it: the session goes on as it was.
    case offerWithdrawn
    /// The ACK to our answer to a re-INVITE came, or the PRACK to our reliable provisional that had an offer. `answer` is
    /// its body, when our response had the offer.
    case offerConfirmed(answer: [UInt8]?)
    /// The peer took our `offer`. Also told when a session refresh by re-INVITE brought another answer than the last.
    case offerAccepted(AcceptedOffer)
    /// The peer did not take our `offer`: everything stays as it was.
    case offerRefused(OfferRefusal)
    /// What becomes of our REFER; exactly one `ended` for each `refer`.
    case referral(ReferralEvent)
    /// The peer's REFER. The owner answers with `acceptRefer` or `refuseRefer`; undecided it is refused 603 after 32·T1.
    case referReceived(IncomingRefer)
    /// An INVITE that is to take this call's place. The owner answers it with `answer` or `reject` of its own session.
    case replacementReceived(Replacement)
    /// The peer's INFO, answered 200 by the core.
    case info(IncomingInfo)
    /// What became of an INFO of ours, in the order of the commands.
    case infoAnswered(InfoOutcome)
    /// The call never was: rejected, cancelled, timed out.
    case failed(EndReason)
    /// An answered call is over and its BYE is done.
    case ended(EndReason)
}

/// A call that comes in, as its owner sees it.
package struct IncomingInvite: Sendable {
    package var request: Request
    /// Which way it came: the source address decides which trunk it is.
    package var path: TransportPath
    /// The SDP offer; nil when the peer wants ours in the 2xx.
    package var offer: [UInt8]?

    package init(request: Request, path: TransportPath, offer: [UInt8]?) {
        self.request = request
        self.path = path
        self.offer = offer
    }
}

/// A re-INVITE, UPDATE or PRACK with SDP as the session's owner sees it; `request.method` tells which.
package struct IncomingOffer: Sendable {
    package var request: Request
    /// The SDP offer; nil when the peer wants ours in the 2xx.
    package var offer: [UInt8]?

    package init(request: Request, offer: [UInt8]?) {
        self.request = request
        self.offer = offer
    }
}
