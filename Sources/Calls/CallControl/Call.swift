import Addressing
import BotProtocol
import Logging
import MediaPlane
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// One call: carries out, with signalling, media and bot, what its machine decides.
///
/// All inputs come through one inbox, in order, and are handled by one `run`; the actor only lets others look at `record`.
package actor Call {
    /// What the call needs to know of the side that it came from.
    enum Leg: Sendable {
        case outbound(Trunks.CallOrder)
        case inbound(IncomingInvite, SessionID)
    }

    package nonisolated let identifier: CallIdentifier
    nonisolated let inbox: CallInbox
    let services: CallServices
    let trunk: Trunk
    let bot: BotPlan
    let leg: Leg
    let line: PacedLine
    let parameters: [NamedValue]
    let recordsCall: Bool
    package internal(set) var record: CallRecord
    var machine: CallMachine
    /// The SIP session of this attempt; events of an earlier attempt's session are not the call's any more.
    var session: SessionID?
    var media: MediaSessionHandle?
    var negotiation: AudioNegotiation?
    /// Our answer to the caller's offer, settled before it rings.
    var answerDescription: [UInt8]?
    /// What the transport said of the failure that the session's terminal event will report.
    var transportFault: String?
    /// The targets of 3xx answers, once there was one, and the one that the next INVITE goes to.
    var redirection: Redirection?
    var redirectTarget: SIPURI?
    var random = SystemRandomNumberGenerator()

    private let inputs: AsyncStream<CallInput>
    private let alarms: AlarmClock<CallIdentifier>

    init(
        _ leg: Leg, trunk: Trunk, bot: BotPlan, limits: CallLimits, parameters: [NamedValue], recordsCall: Bool,
        services: CallServices, line: PacedLine, alarms: AlarmClock<CallIdentifier>
    ) {
        self.identifier = CallIdentifier(using: &self.random)
        (self.inbox, self.inputs) = CallInbox.make()
        self.services = services
        self.trunk = trunk
        self.bot = bot
        self.leg = leg
        self.line = line
        self.parameters = parameters
        self.recordsCall = recordsCall
        self.alarms = alarms
        self.machine = CallMachine(limits: limits)
        self.record = CallRecord(
            identifier: self.identifier, direction: leg.direction, trunk: trunk.name.text, bot: bot.name,
            from: leg.from(trunk), to: leg.to, anchor: services.anchor, created: services.now())
    }

    /// Lives the call's life and returns its record, which has been stored.
    func run() async -> CallRecord {
        await self.noteAlive()
        switch self.leg {
        case .outbound:
            await self.carryOut(self.machine.start())
        case .inbound(let invite, let session):
            self.claim(session)
            self.noteIncoming(invite)
            await self.carryOut(self.machine.offer(at: self.now))
        }
        self.alarms.set(self.identifier, to: self.machine.deadline)
        for await input in self.inputs {
            self.inbox.noteTaken()
            await self.handle(input)
            while let deadline = self.machine.deadline, deadline <= self.now {
                await self.carryOut(self.machine.handleTimeout(at: self.now))
            }
            self.alarms.set(self.identifier, to: self.machine.deadline)
        }
        return self.record
    }

    var now: Instant { self.services.now() }

    var logger: Logger {
        var logger = self.services.logger
        logger[metadataKey: "call"] = "\(self.identifier)"
        return logger
    }

    func tell(_ event: CallEvent) {
        self.services.watch(self.identifier, event)
    }

    private func handle(_ input: CallInput) async {
        switch input {
        case .permit:
            await self.carryOut(self.machine.permitGranted(at: self.now))
        case .permitRefused:
            let cause = EndCause(
                .capacity, by: .gateway, sentence: "Too many calls wait for the trunk's pace already.",
                remedy: "Ask the carrier for a higher rate, or raise the trunk's waiting line.")
            await self.carryOut(self.machine.end(cause, at: self.now))
        case .signalling(let session, let notice):
            guard session == self.session else { return }
            switch notice {
            case .event(let event): await self.handle(event, in: session)
            case .transportFault(let sentence): self.transportFault = sentence
            }
        case .media(let event):
            await self.handle(event)
        case .botConnected(let connected):
            self.attach(connected)
        case .botUnreachable(let error):
            await self.carryOut(self.machine.end(EndCause(error), at: self.now))
        case .end(let cause):
            await self.carryOut(self.machine.end(cause, at: self.now))
        case .alarm:
            break
        }
    }

    /// Carries out actions in order, and those that follow from carrying them out.
    func carryOut(_ actions: [CallMachine.Action]) async {
        self.noteEnd()
        for action in actions { await self.carryOut(action) }
    }

    /// The call's end is the moment of the decision: how long a far end takes to answer a BYE is no part of the call.
    private func noteEnd() {
        guard self.record.moments.ended == nil else { return }
        switch self.machine.state {
        case .idle, .queued, .calling, .ringing, .connected: return
        case .closing, .ended: self.record.moments.ended = self.now
        }
    }

    private func carryOut(_ action: CallMachine.Action) async {
        switch action {
        case .requestPermit:
            if await !self.line.request(self.identifier) { self.inbox.post(.permitRefused) }
        case .withdrawPermitRequest:
            await self.line.withdraw(self.identifier)
        case .startMediaAndBot:
            await self.startMediaAndBot()
        case .sendInvite(let attempt):
            await self.sendInvite(attempt: attempt)
        case .abandonInvite, .cancelInvite:
            if let session = self.session { await self.services.endpoint.hangUp(session) }
            if action == .abandonInvite { self.leaveSession() }
        case .sendRinging:
            // Refused already, where its media could not be opened or its offer could not be met.
            guard let session = self.session else { return }
            await self.services.endpoint.ring(session)
            self.record.moments.ringing = self.now
        case .answerInvite:
            await self.answer()
        case .rejectInvite(let cause):
            await self.reject(cause)
        case .releaseBotAudio:
            self.command(.answered)
        case .sendBye(let cause):
            await self.hangUp(cause)
        case .stopMedia(let cause):
            self.stopMedia(cause)
        case .finish(let cause):
            await self.finish(cause)
        }
    }

    private func finish(_ cause: EndCause) async {
        self.record.cause = cause
        self.leaveSession()
        // A session whose end never came must not outlive its call.
        self.media?.send(.stop(.failure))
        do {
            try await self.services.records.store(self.record)
        } catch {
            self.logger.error("The call record could not be stored: \(error)")
        }
        self.tell(.ended(self.record))
        self.inbox.finish()
    }

    /// Leaves word of the call, so that it has a record even when the process is killed.
    func noteAlive() async {
        do {
            try await self.services.records.note(self.record)
        } catch {
            self.logger.warning("The call could not be noted as alive: \(error)")
        }
    }

    func leaveSession() {
        if let session = self.session { self.services.router.forget(session) }
        self.session = nil
    }
}

extension Call.Leg {
    var direction: CallDirection {
        switch self {
        case .outbound: .outbound
        case .inbound: .inbound
        }
    }

    var to: String {
        switch self {
        case .outbound(let order): order.to.text
        case .inbound(let invite, _): invite.request.uri.sip?.user ?? ""
        }
    }

    func from(_ trunk: Trunk) -> String {
        switch self {
        case .outbound(let order):
            (try? trunk.plan(order, pointOfPresence: 0))?.from.uri.sip?.user ?? ""
        case .inbound(let invite, _):
            invite.callerNumber(over: trunk)
        }
    }
}
