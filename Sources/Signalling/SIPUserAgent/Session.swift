import SIPSyntax
import SIPTransaction
import Timekeeping

/// One INVITE session with what belongs to it: its half of the call, its dialog, the offers each way and the session timer.
struct Session: Sendable {
    let id: SessionID
    var leg: Leg
    /// Nil for a caller until the first 2xx.
    var dialog: Dialog?
    var reinvite = ReinviteServer()
    /// Our own re-INVITE or UPDATE.
    var offer = LocalOffer()
    /// The peer's UPDATE or PRACK with an offer.
    var prompt = PromptOffer()
    var timer = SessionTimer()
    private(set) var settings: SessionSettings
    var terms: SessionTimerTerms
    var peer = PeerAbilities()
    /// The descriptions that both sides agreed on last; nil before.
    var localDescription: [UInt8]?
    var remoteDescription: [UInt8]?
    /// Our REFER, and the peer's.
    var referral: ReferClient
    var referred = ReferServer()
    var infos = InfoClient()
    /// What made us hang up, where that was a failure and no wish.
    var failure = Evidence.none
    var digest: DigestClient

    init(
        id: SessionID, leg: Leg, dialog: Dialog? = nil, settings: SessionSettings, timings: TransactionTimings,
        credentials: [DigestCredentials] = []
    ) {
        self.id = id
        self.leg = leg
        self.dialog = dialog
        self.settings = settings
        self.terms = SessionTimerTerms(settings.timer)
        self.referral = ReferClient(timings: timings)
        self.digest = DigestClient(credentials: credentials)
    }

    /// Takes what the peer's trunk wants, before anything was agreed.
    mutating func adopt(_ settings: SessionSettings) {
        self.settings = settings
        self.terms = SessionTimerTerms(settings.timer)
    }

    enum Leg: Sendable {
        case caller(CallerLeg)
        case callee(CalleeLeg)
    }

    struct CallerLeg: Sendable {
        var machine: InviteClientSession
        /// The INVITE's transaction, of its latest attempt.
        var key: ClientTransactionKey
        var early = EarlyDialogs()
        /// Whether the INVITE had no offer.
        var isDelayed = false
        /// Whether a 422 has made us ask for a longer session interval.
        var isIntervalRaised = false
        /// Whether the owner was told of an answer; decides between `failed` and `ended`.
        var isReported = false
    }

    struct CalleeLeg: Sendable {
        var machine: InviteServerSession
        let key: ServerTransactionKey
        let invite: Request
        /// The CSeq number of the INVITE and of its ACK.
        let sequence: UInt32
        /// The call whose place this one takes when it is answered (RFC 3891).
        var replaces: SessionID?
        /// The 2xx, once there is one.
        var answer: Response?
        /// The body of that 2xx, or of the reliable provisional that answered before it.
        var description: [UInt8]?
        var reliable: ReliableProvisionals
    }

    var deadline: Instant? {
        let leg =
            switch self.leg {
            case .caller(let leg): leg.machine.deadline
            case .callee(let leg): leg.machine.deadline
            }
        let reliable: Instant? =
            switch self.leg {
            case .caller: nil
            case .callee(let leg): leg.reliable.deadline
            }
        let offers = [self.reinvite.deadline, self.offer.deadline, self.prompt.deadline, self.timer.deadline]
        return ([leg, reliable, self.referral.deadline, self.referred.deadline] + offers).compactMap { $0 }.min()
    }

    /// What the end of the call goes by when our BYE is done: the answer to it where we wished to hang up. Where something
    /// failed, a 200 to the BYE says nothing of that.
    func evidence(besides answer: Evidence) -> Evidence {
        let cause: EndReason.Cause? =
            switch self.leg {
            case .caller(let leg): leg.machine.byeCause
            case .callee(let leg): leg.machine.byeCause
            }
        return cause == .hungUpByUs || cause == .cancelledByUs ? answer : self.failure
    }

    /// Whether the owner knows this call as an answered one.
    var wasAnswered: Bool {
        switch self.leg {
        case .caller(let leg): leg.isReported
        case .callee(let leg): leg.answer != nil
        }
    }

    /// Whether a re-INVITE has its place: the call is answered, acknowledged, and not being ended.
    var isEstablished: Bool {
        switch self.leg {
        case .caller(let leg): leg.machine.state == .established
        case .callee(let leg): leg.machine.state == .established
        }
    }

    /// Whether a peer's INVITE is not answered, or its answer not acknowledged.
    var isHalfOpen: Bool {
        switch self.leg {
        case .caller: false
        case .callee(let leg): leg.machine.isHalfOpen
        }
    }

    /// Whether the call is being set up or its answer is not acknowledged: a re-INVITE comes too early.
    var isSettingUp: Bool {
        switch self.leg {
        case .caller(let leg): leg.machine.awaitsAnswer
        case .callee(let leg): leg.machine.isRinging || (leg.machine.isAnswered && leg.machine.state != .established)
        }
    }
}

/// What led to a session's end, for its `EndReason`.
struct Evidence: Sendable {
    var status: StatusCode?
    var response: Response?
    var request: Request?

    static let none = Evidence()

    static func answer(_ response: Response) -> Evidence {
        Evidence(status: response.status, response: response)
    }

    static func request(_ request: Request) -> Evidence {
        Evidence(request: request)
    }
}
