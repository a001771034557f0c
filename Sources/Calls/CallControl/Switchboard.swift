import MediaPlane
import SIPUserAgent
import Trunks

/// What a call may ask of all calls: a leg for a bridge, and the end of one.
struct Switchboard: Sendable {
    /// Places a leg; it goes through the trunk's pace and limits as any call does.
    var placeLeg: @Sendable (LegRequest) async -> Result<CallIdentifier, CallRequestError>
    var hangUp: @Sendable (CallIdentifier, EndCause) -> Void
    /// Places a call that a far end asks for (REFER), and tells how it fares.
    var place:
        @Sendable (CallRequest, @escaping @Sendable (CallIdentifier, LegNotice) -> Void) async -> Result<
            CallIdentifier, CallRequestError
        >
    /// The SIP session of another call, while it is answered.
    var session: @Sendable (CallIdentifier) async -> SessionID?
}

/// Asks for the second leg of a bridge.
struct LegRequest: Sendable {
    /// The call whose far end is to be joined with the leg's.
    var origin: CallIdentifier
    var trunk: TrunkName
    var order: Trunks.CallOrder
    /// The media session that it is to be joined with.
    var beside: MediaSessionHandle
    /// Told how the leg fares; it must not wait.
    var notify: @Sendable (CallIdentifier, LegNotice) -> Void
}

/// Who is at this end of a call.
enum Companion: Sendable {
    case bot(BotPlan)
    /// Nobody: the leg of a bridge, joined with the far end of another call.
    case leg(LegRequest)

    var name: String? {
        switch self {
        case .bot(let plan): plan.name
        case .leg: nil
        }
    }
}
