import BotProtocol
import Timekeeping

/// The transfer of an answered call's far end to somebody else. Sans-IO: inputs with `now`, actions out.
///
/// ```
///          start, by REFER             2xx                    NOTIFY 2xx
///  idle ────────────────▶ referring ───────▶ watching ──────────────────────────▶ over
///   ▲ │                     │                   │ NOTIFY 3xx-6xx, silence
///   │ │ start, by bridge    │ refusal, silence  │
///   │ └───────────▶ dialling ◀ (bridge allowed) │
///   │                │  │ answer                │
///   │   failure      │  └──────▶ bridged ───────┼── the new leg ends: back to the bot, or ──▶ over
///   └────────────────┴──────────────────────────┘
/// ```
///
/// From `idle` the call is the bot's; from `over` it is being ended. The far end may also hang up at any time: then
/// `callEnded` leaves nothing behind.
package struct TransferMachine: Sendable {
    /// How the far end gets to whom it is to speak with.
    package enum Way: Hashable, Sendable {
        /// REFER, and nothing else.
        case refer
        /// A second call of ours, whose audio is joined with this one's.
        case bridge
        /// REFER, and the bridge where that is refused.
        case referThenBridge
    }

    package enum State: Hashable, Sendable {
        case idle
        /// The REFER has no answer yet.
        case referring(to: String, mayBridge: Bool)
        /// The far end calls the new party and tells by NOTIFY how that goes.
        case watching(to: String)
        /// Our own leg to the new party is being set up.
        case dialling(to: String)
        case bridged(to: String)
        case over
    }

    package enum Action: Hashable, Sendable {
        case sendRefer(to: String)
        case dialLeg(to: String)
        /// Join both far ends' audio.
        case joinLeg
        /// Give the far end back to the bot.
        case partLeg
        case hangUpLeg
        case report(BotTransferProgress)
        /// The transfer has succeeded, and the call is over for us.
        case endCall(to: String)
    }

    package private(set) var state = State.idle
    private var deadlineOfState: Instant?
    private let limits: TransferLimits

    package init(limits: TransferLimits) {
        self.limits = limits
    }

    package var deadline: Instant? { self.deadlineOfState }

    package var isIdle: Bool { self.state == .idle }

    /// Begins a transfer; nothing happens but the report when one is under way already.
    package mutating func start(to target: String, by way: Way, at now: Instant) -> [Action] {
        guard self.state == .idle else {
            return [.report(BotTransferProgress(.failed, reason: "Another transfer is under way."))]
        }
        switch way {
        case .bridge:
            return [.report(BotTransferProgress(.trying))] + self.dial(target)
        case .refer, .referThenBridge:
            self.state = .referring(to: target, mayBridge: way == .referThenBridge)
            self.deadlineOfState = now + self.limits.answer
            return [.report(BotTransferProgress(.trying)), .sendRefer(to: target)]
        }
    }

    // MARK: By REFER

    /// The far end will call the new party (202).
    package mutating func referAccepted(at now: Instant) -> [Action] {
        guard case .referring(let target, _) = self.state else { return [] }
        self.state = .watching(to: target)
        self.deadlineOfState = now + self.limits.completion
        return []
    }

    /// The far end will not, or did not say in time.
    package mutating func referRefused(status: Int?, at now: Instant) -> [Action] {
        guard case .referring(let target, let mayBridge) = self.state else { return [] }
        if mayBridge { return self.dial(target) }
        let what = status.map { "refused the transfer (\($0))" } ?? "did not answer the transfer in time"
        return self.fail(BotTransferProgress(.failed, status: status, reason: "The far end \(what)."))
    }

    /// A NOTIFY with the status of the call to the new party (RFC 3515 section 2.4.5).
    package mutating func notified(status: Int, at now: Instant) -> [Action] {
        switch self.state {
        case .referring, .watching:
            break
        case .idle, .dialling, .bridged, .over:
            return []
        }
        // A NOTIFY may overtake the answer to the REFER: it says as well that the far end has taken it.
        let accepted = self.referAccepted(at: now)
        guard case .watching(let target) = self.state else { return accepted }
        switch status {
        case ..<180:
            return []
        case ..<200:
            return [.report(BotTransferProgress(.ringing, status: status))]
        case ..<300:
            self.state = .over
            self.deadlineOfState = nil
            return [.report(BotTransferProgress(.accepted, status: status)), .endCall(to: target)]
        default:
            return self.fail(
                BotTransferProgress(.failed, status: status, reason: "The new party was not reached (\(status))."))
        }
    }

    /// The far end took the REFER and will not say how it went.
    package mutating func referUnreported() -> [Action] {
        switch self.state {
        case .referring, .watching:
            return self.fail(
                BotTransferProgress(.failed, reason: "The far end did not say how the transfer went."))
        case .idle, .dialling, .bridged, .over:
            return []
        }
    }

    // MARK: By a leg of ours

    package mutating func legRinging(status: Int) -> [Action] {
        guard case .dialling = self.state else { return [] }
        return [.report(BotTransferProgress(.ringing, status: status))]
    }

    package mutating func legAnswered() -> [Action] {
        guard case .dialling(let target) = self.state else { return [] }
        self.state = .bridged(to: target)
        return [.joinLeg, .report(BotTransferProgress(.accepted, status: 200))]
    }

    /// The leg is over: it was not answered, or the new party has hung up.
    package mutating func legEnded(status: Int?, sentence: String) -> [Action] {
        switch self.state {
        case .dialling:
            return self.fail(BotTransferProgress(.failed, status: status, reason: sentence))
        case .bridged(let target):
            guard self.limits.returnsToBot else {
                self.state = .over
                return [.endCall(to: target)]
            }
            self.state = .idle
            return [.partLeg, .report(BotTransferProgress(.returned, reason: sentence))]
        case .idle, .referring, .watching, .over:
            return []
        }
    }

    // MARK: Ends

    /// The call of the far end is over, whatever the reason.
    package mutating func callEnded() -> [Action] {
        defer {
            self.state = .over
            self.deadlineOfState = nil
        }
        switch self.state {
        case .dialling, .bridged: return [.hangUpLeg]
        case .idle, .referring, .watching, .over: return []
        }
    }

    package mutating func handleTimeout(at now: Instant) -> [Action] {
        guard let deadline = self.deadlineOfState, deadline <= now else { return [] }
        self.deadlineOfState = nil
        switch self.state {
        case .referring:
            return self.referRefused(status: nil, at: now)
        case .watching:
            return self.fail(
                BotTransferProgress(.failed, reason: "The far end did not say in time how the transfer went."))
        case .idle, .dialling, .bridged, .over:
            return []
        }
    }

    private mutating func dial(_ target: String) -> [Action] {
        // The leg is a call with deadlines of its own.
        self.state = .dialling(to: target)
        self.deadlineOfState = nil
        return [.dialLeg(to: target)]
    }

    private mutating func fail(_ progress: BotTransferProgress) -> [Action] {
        self.state = .idle
        self.deadlineOfState = nil
        return [.report(progress)]
    }
}

/// The deadlines of a transfer, and what comes after it.
package struct TransferLimits: Hashable, Sendable {
    /// From the REFER to its answer: longer than the transaction's own time-out.
    package var answer: Duration = .seconds(35)
    /// From the acceptance of the REFER to the NOTIFY that says how it went.
    package var completion: Duration = .seconds(120)
    /// Whether a bridged far end is the bot's again when the new party hangs up; else its call is hung up.
    package var returnsToBot = false

    package init() {}
}
