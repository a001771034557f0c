import BotProtocol
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

extension Call {
    /// Checks a request against its trunk and bot, and makes its call; nothing has been sent yet.
    static func outbound(
        _ request: CallRequest, services: CallServices, lines: [TrunkName: PacedLine],
        alarms: AlarmClock<CallIdentifier>, switchboard: Switchboard,
        watcher: (@Sendable (CallIdentifier, LegNotice) -> Void)? = nil
    ) throws(CallRequestError) -> Call {
        guard let name = try? TrunkName(request.trunk), let trunk = services.trunks[name], let line = lines[name] else {
            throw .unknownTrunk(request.trunk)
        }
        guard let bot = services.bots[request.bot] else { throw .unknownBot(request.bot) }
        let order: Trunks.CallOrder
        do {
            order = try trunk.order(
                to: request.to, from: request.from, headers: request.headers.map { ($0.name, $0.value) })
        } catch {
            throw .refusedByTrunk("The call is refused: \(error.sentence).")
        }
        var limits = CallLimits(trunk: trunk, bot: bot)
        if let seconds = request.ringSeconds { limits.ring = .seconds(seconds) }
        if let seconds = request.maximumDurationSeconds {
            limits.maximumDuration = min(limits.maximumDuration, .seconds(seconds))
        }
        return Call(
            .outbound(order), trunk: trunk, companion: .bot(bot), limits: limits, parameters: request.parameters,
            recordsCall: request.records ?? services.recordsCalls, services: services, line: line, alarms: alarms,
            switchboard: switchboard, watcher: watcher)
    }

    /// Makes the second leg of a bridge: a call of its own, with its trunk's limits, that nobody is at this end of.
    static func leg(
        _ request: LegRequest, services: CallServices, lines: [TrunkName: PacedLine],
        alarms: AlarmClock<CallIdentifier>, switchboard: Switchboard
    ) throws(CallRequestError) -> Call {
        guard let trunk = services.trunks[request.trunk], let line = lines[request.trunk] else {
            throw .unknownTrunk(request.trunk.text)
        }
        return Call(
            .outbound(request.order), trunk: trunk, companion: .leg(request), limits: CallLimits(trunk: trunk),
            parameters: [], recordsCall: services.recordsCalls, services: services, line: line, alarms: alarms,
            switchboard: switchboard)
    }

    /// Makes the call of an INVITE that was admitted; its session is claimed when the call runs.
    static func inbound(
        _ invite: IncomingInvite, _ session: SessionID, by route: InboundRoute, trunk: Trunk, bot: BotPlan,
        services: CallServices, line: PacedLine, alarms: AlarmClock<CallIdentifier>, switchboard: Switchboard
    ) -> Call {
        var limits = CallLimits(trunk: trunk, bot: bot)
        // Without an offer there is nothing to answer with in a provisional response that nobody acknowledges.
        limits.startsEarly = route.startsEarly && invite.offer != nil
        return Call(
            .inbound(invite, session), trunk: trunk, companion: .bot(bot), limits: limits, parameters: [],
            recordsCall: services.recordsCalls, services: services, line: line, alarms: alarms,
            switchboard: switchboard)
    }

    /// Takes the events of a session as this call's own.
    func claim(_ session: SessionID) {
        self.session = session
        self.earlyForks.reset()
        self.services.router.claim(session) { [inbox] notice in inbox.post(.signalling(session, notice)) }
    }
}

extension CallLimits {
    init(trunk: Trunk, bot: BotPlan) {
        self.init(trunk: trunk)
        self.botStart = bot.startDeadline
    }

    init(trunk: Trunk) {
        self.init()
        self.setup = trunk.deadlines.setup
        self.firstResponse = trunk.deadlines.firstResponse
        self.ring = trunk.deadlines.ring
        self.maximumDuration = trunk.deadlines.maximumDuration
    }
}

extension TransferLimits {
    init(_ policy: TransferPolicy) {
        self.init()
        self.returnsToBot = policy.returnsToBot
    }
}

extension IncomingInvite {
    /// The caller's number: the identity that a trusted trunk asserts (RFC 3325) before From.
    func callerNumber(over trunk: Trunk) -> String {
        let asserted = trunk.trustsIdentity ? self.request.headers.assertedUser : nil
        return asserted ?? (try? self.request.headers.from)?.telephoneUser ?? ""
    }

    /// The headers that the bot gets: a carrier's ids and a customer's own data.
    func extensionHeaders(over trunk: Trunk) -> [NamedValue] {
        trunk.passHeaders.filter(self.request.headers).map { NamedValue($0.name.text, $0.value.text) }
    }
}
