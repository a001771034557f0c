import SIPSyntax
import Timekeeping

/// One thing that goes wrong on purpose in one call: a small machine beside `EdgeCall`.
///
/// The value in `Misbehaviour` is the order; each call has a copy that lives through the call. A misdeed sees what comes
/// and what goes, and returns what it wants done. Where several see the same message, the first that takes it has it.
package protocol Misdeed: Hashable, Sendable {
    /// The key of the YAML, and the name in the report.
    static var name: String { get }
    /// When `handleTimeout` is owed.
    var deadline: Instant? { get }

    /// The call's INVITE passed the gate: nil lets it in.
    mutating func judge(_ invite: Request, in scene: MisdeedScene) -> MisdeedVerdict?
    /// Whether this misdeed does the ringing, and gives `.answer` when it is over.
    mutating func rings(in scene: MisdeedScene) -> MisdeedReply
    /// What goes out in the place of `message`, copies included.
    mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage]
    /// Media runs: the 200 has its ACK, or our INVITE its 200.
    mutating func established(in scene: MisdeedScene) -> [MisdeedAction]
    mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply
    /// The answer to a request that a misdeed of the call has sent.
    mutating func receive(_ response: Response, to request: Request, in scene: MisdeedScene) -> [MisdeedAction]
    mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction]
}

extension Misdeed {
    package var deadline: Instant? { nil }
    package mutating func judge(_ invite: Request, in scene: MisdeedScene) -> MisdeedVerdict? { nil }
    package mutating func rings(in scene: MisdeedScene) -> MisdeedReply { .passedOn }
    package mutating func willSend(_ message: SIPMessage, in scene: MisdeedScene) -> [SIPMessage] { [message] }
    package mutating func established(in scene: MisdeedScene) -> [MisdeedAction] { [] }
    package mutating func receive(_ request: Request, in scene: MisdeedScene) -> MisdeedReply { .passedOn }
    package mutating func receive(
        _ response: Response, to request: Request, in scene: MisdeedScene
    ) -> [MisdeedAction] { [] }
    package mutating func handleTimeout(in scene: MisdeedScene) -> [MisdeedAction] { [] }
}

/// The call as a misdeed sees it at one moment.
package struct MisdeedScene: Sendable {
    package var dialog: EdgeDialog
    package var invite: Request
    package var isPlaced = false
    package var roundTrip: Duration = .milliseconds(500)
    /// The edge's description as the next answer would carry it; empty before the offer was met.
    package var description: [UInt8] = []
    /// A random token, another in each scene.
    package var fresh: Token
    package var now: Instant

    package init(dialog: EdgeDialog, invite: Request, fresh: Token, now: Instant) {
        self.dialog = dialog
        self.invite = invite
        self.fresh = fresh
        self.now = now
    }
}

/// What becomes of an INVITE that a misdeed does not let in.
package struct MisdeedVerdict: Hashable, Sendable {
    /// Nil says nothing at all.
    package var response: Response?
    /// How long the same call's next INVITE is awaited; then the call has ended.
    package var patience: Duration
    package var actions: [MisdeedAction]
}

/// Whether a misdeed took what it was shown, and what it wants done.
package struct MisdeedReply: Hashable, Sendable {
    package var isTaken: Bool
    package var actions: [MisdeedAction]

    package static let passedOn = MisdeedReply(isTaken: false, actions: [])
    package static func passedOn(_ actions: [MisdeedAction]) -> MisdeedReply {
        MisdeedReply(isTaken: false, actions: actions)
    }
    package static func taken(_ actions: [MisdeedAction]) -> MisdeedReply {
        MisdeedReply(isTaken: true, actions: actions)
    }
}

package enum MisdeedAction: Hashable, Sendable {
    /// For the report: the simulator did this.
    case did(String)
    /// For the report: the gateway did this.
    case saw(String)
    case send(SIPMessage)
    /// A request within the dialog; its final answer comes to `receive(_:to:in:)`.
    case request(MisdeedRequest)
    case answer
    case refuse(StatusCode)
    case hangUp(String)
    case earlyMedia(prompt: String?)
    case pauseMedia(Bool)
    case changeSource
    /// Nothing but zeros is sent from now on.
    case silenceMedia
    /// SRTP goes on under a key of the edge's own making.
    case changeKey
    case closeConnection
}

/// A request that a misdeed wants sent within the dialog.
package struct MisdeedRequest: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        case none
        /// The edge's description, one version on.
        case offer(String)
        case fragment([UInt8])
    }

    package var method: Method
    package var headers = Headers()
    package var body = Body.none

    package init(_ method: Method, body: Body = .none) {
        self.method = method
        self.body = body
    }
}
