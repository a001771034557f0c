import BotProtocol
import MediaPlane

/// What may be asked of a live call, by its bot or through the API.
package enum CallWish: Hashable, Sendable {
    /// Answer the call that its bot has in early media.
    case answer
    case hold
    case resume
    /// Give the far end to somebody else, who is called for it.
    case transfer(BotTransfer, by: EndCause.Party)
    /// Give the far end to the far end of another call of this gateway (REFER with Replaces, RFC 3891).
    case transferTo(CallIdentifier, by: EndCause.Party)
}

/// How the leg of a bridge fares, told to the call that wanted it.
package enum LegNotice: Sendable {
    case ringing(status: Int)
    /// The new party is there; its audio can be joined.
    case answered(MediaSessionHandle)
    case ended(EndCause)
}
