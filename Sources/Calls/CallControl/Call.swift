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
    enum Side: Sendable {
        case outbound(Trunks.CallOrder)
        case inbound(IncomingInvite, SessionID)
    }

    package nonisolated let identifier: CallIdentifier
    nonisolated let inbox: CallInbox
    let services: CallServices
    let trunk: Trunk
    let companion: Companion
    let side: Side
    let line: PacedLine
    let parameters: [NamedValue]
    let recordsCall: Bool
    let switchboard: Switchboard
    package internal(set) var record: CallRecord
    var machine: CallMachine
    var routes: CallRoutes
    /// The attempt whose point of presence is being looked up.
    var locating: Int?
    /// Whose early media is heard, where an INVITE is forked.
    var earlyForks = EarlyForks()
    /// The SIP session of this attempt; events of an earlier attempt's session are not the call's any more.
    var session: SessionID?
    var media: MediaSessionHandle?
    var negotiation: AudioNegotiation?
    var hold = HoldMachine()
    var transfer: TransferMachine
    /// The other call of a bridge, while there is one, and who asked for the transfer.
    var leg: (identifier: CallIdentifier, media: MediaSessionHandle?)?
    var transferOrder: TransferOrder?
    /// Who else is told how the call fares: the call whose far end asked for it.
    let watcher: (@Sendable (CallIdentifier, LegNotice) -> Void)?
    /// The ACK to our 200 brings the far end's description, because its INVITE had none.
    var awaitsAnswerInACK = false
    /// Digits whose INFO has no answer yet, at most `DTMFRouter.signalledMax`.
    var digitsWaiting: [DTMFDigit] = []
    /// Our answer to the caller's offer, settled before it rings.
    var answerDescription: [UInt8]?
    /// What the transport said of the failure that the session's terminal event will report.
    var transportFault: String?
    /// The targets of 3xx answers, once there was one, and the one that the next INVITE goes to.
    var redirection: Redirection?
    var redirect: RedirectRoute?
    var random = SystemRandomNumberGenerator()

    private let inputs: AsyncStream<CallInput>
    private let alarms: AlarmClock<CallIdentifier>

    init(
        _ side: Side, trunk: Trunk, companion: Companion, limits: CallLimits, parameters: [NamedValue],
        recordsCall: Bool, services: CallServices, line: PacedLine, alarms: AlarmClock<CallIdentifier>,
        switchboard: Switchboard, watcher: (@Sendable (CallIdentifier, LegNotice) -> Void)? = nil
    ) {
        self.identifier = CallIdentifier(using: &self.random)
        (self.inbox, self.inputs) = CallInbox.make()
        self.services = services
        self.trunk = trunk
        self.companion = companion
        self.side = side
        self.switchboard = switchboard
        switch companion {
        case .bot: self.watcher = watcher
        case .leg(let request): self.watcher = request.notify
        }
        self.transfer = TransferMachine(limits: TransferLimits(trunk.transfer))
        self.line = line
        self.parameters = parameters
        self.recordsCall = recordsCall
        self.alarms = alarms
        self.routes = CallRoutes(pointsOfPresence: services.health.order(of: trunk))
        var limits = limits
        limits.attemptsMax = self.routes.count
        self.machine = CallMachine(limits: limits)
        self.record = CallRecord(
            identifier: self.identifier, direction: side.direction, trunk: trunk.name.text, bot: companion.name,
            from: side.from(trunk), to: side.to, anchor: services.anchor, created: services.now())
    }

    /// Lives the call's life and returns its record, which has been stored.
    func run() async -> CallRecord {
        if case .leg(let request) = self.companion { self.record.legOf = request.origin }
        self.noteAlive()
        switch self.side {
        case .outbound:
            await self.carryOut(self.machine.start(at: self.now))
        case .inbound(let invite, let session):
            self.claim(session)
            self.noteIncoming(invite)
            await self.carryOut(self.machine.offer(at: self.now))
        }
        self.setAlarm()
        for await input in self.inputs {
            self.inbox.noteTaken()
            await self.handle(input)
            while let deadline = self.machine.deadline, deadline <= self.now {
                await self.carryOut(self.machine.handleTimeout(at: self.now))
            }
            if let deadline = self.transfer.deadline, deadline <= self.now {
                await self.carryOut(self.transfer.handleTimeout(at: self.now))
            }
            self.setAlarm()
        }
        return self.record
    }

    private func setAlarm() {
        self.alarms.set(
            self.identifier, to: [self.machine.deadline, self.transfer.deadline].compactMap { $0 }.min())
    }

    var now: Instant { self.services.now() }

    var logger: Logger {
        var logger = self.services.logger
        logger[metadataKey: "call"] = "\(self.identifier)"
        return logger
    }

    func tell(_ event: CallEvent) {
        self.services.watch(self.identifier, event)
        guard let watcher = self.watcher else { return }
        switch event {
        case .ringing(let status), .earlyMedia(let status):
            watcher(self.identifier, .ringing(status: status))
        case .ended(let record):
            watcher(self.identifier, .ended(record.cause ?? .shutdown))
        case .invited, .answered, .held, .resumed, .transfer, .botReady, .digitReceived, .digitSent,
            .firstAudioReceived, .firstAudioSent, .note:
            break
        }
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
        case .located(let attempt, let servers):
            await self.take(servers, of: attempt)
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
        case .wish(let wish):
            await self.grant(wish)
        case .leg(let identifier, let notice):
            await self.handle(notice, of: identifier)
        case .referred(_, let notice):
            await self.handleReferred(notice)
        case .end(let cause):
            await self.carryOut(self.machine.end(cause, at: self.now))
        case .alarm:
            break
        }
    }

    /// Carries out actions in order, and those that follow from carrying them out.
    func carryOut(_ actions: [CallMachine.Action]) async {
        await self.noteEnd()
        for action in actions { await self.carryOut(action) }
    }

    /// The call's end is the moment of the decision: how long a far end takes to answer a BYE is no part of the call.
    private func noteEnd() async {
        guard self.record.moments.ended == nil else { return }
        switch self.machine.state {
        case .idle, .queued, .calling, .ringing, .early, .connected: return
        case .closing, .ended: self.record.moments.ended = self.now
        }
        self.hold.end()
        await self.carryOut(self.transfer.callEnded())
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
        case .abandonInvite:
            let why = self.noteUnlocated() ? "Its name was not looked up in time." : "It sent no response in time."
            if let session = self.session { await self.services.endpoint.hangUp(session) }
            self.leaveSession()
            // What comes next is the trunk's own next address.
            self.redirect = nil
            let place = self.record.pointsOfPresence.last ?? "The carrier"
            self.tell(.note("\(place) did not take the call, which is tried again. \(why)"))
        case .cancelInvite(let cause):
            guard self.session != nil else {
                // Its carrier was still being looked up: nothing was sent, and nothing will be heard.
                self.noteUnlocated()
                await self.carryOut(self.machine.signallingEnded(cause, at: self.now))
                return
            }
            await self.hangUp(cause)
        case .sendRinging:
            // Refused already, where its media could not be opened or its offer could not be met.
            guard let session = self.session else { return }
            await self.services.endpoint.ring(session)
            self.record.moments.ringing = self.now
        case .sendEarlyMedia:
            await self.sendEarlyMedia()
        case .answerInvite:
            await self.answer()
        case .rejectInvite(let cause):
            await self.reject(cause)
        case .releaseBotAudio:
            self.command(.answered)
            if let media = self.media { self.watcher?(self.identifier, .answered(media)) }
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
            self.logger.error("The call's record is not on the disk yet. \(error.sentence)")
        }
        self.tell(.ended(self.record))
        self.inbox.finish()
    }

    /// Leaves word of the call, so that it has a record even when the process is killed.
    func noteAlive() {
        do {
            try self.services.records.note(self.record)
        } catch {
            self.logger.warning("The call could not be noted as alive. \(error.sentence)")
        }
    }

    func leaveSession() {
        if let session = self.session { self.services.router.forget(session) }
        self.session = nil
    }
}

extension Call.Side {
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
