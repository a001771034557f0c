import Addressing
import AudioFiles
import Logging
import NIOCore
import NIOPosix
import SIPSyntax
import SIPTransport
import Timekeeping

/// The carrier's edge: takes what the transport received, keeps the calls, and runs their media.
///
/// One event loop owns all of it; the packets of 100 calls cost a fifth of a core there, most of it in libsrtp2.
actor Edge {
    nonisolated let eventLoop: any EventLoop
    nonisolated let configuration: EdgeConfiguration
    nonisolated let flow: Flow
    nonisolated let prompts: [String: [Int16]]
    nonisolated let transport: TransportLayer
    nonisolated let files: ReportFiles?
    nonisolated let observer: @Sendable (SimulatorEvent) -> Void
    nonisolated let rules: HeaderRules
    nonisolated let clock: WallClockAnchor
    let mediaPorts: MediaPorts
    var misbehaviour: Misbehaviour
    var addresses = BoundAddresses()
    var calls: [Int: LiveCall] = [:]
    var callsByBranch: [String: Int] = [:]
    var callsByTag: [String: Int] = [:]
    /// Requests of ours that wait for answers, BYE and the like.
    var deadlines = DeadlineQueue<Int>()
    var lastKey = 0
    var rate: CallRateWindow
    var callsRefusedOnPurpose = 0
    var callsSeenByRefusal = 0
    /// Calls whose next INVITE is awaited, by Call-ID.
    var callsTurnedAway: [String: Int] = [:]
    var reports: [CallReport] = []
    var callsEnded = 0
    /// Reports on their way to the disk.
    var reportsUnwritten = 0
    var waiters: [Waiter] = []
    var isDraining = false
    private var wake: (at: Instant, task: Scheduled<Void>)?
    private var mediaTick: Instant?

    /// Somebody who waits for calls to end.
    struct Waiter {
        enum Goal {
            /// So many calls since the start.
            case ended(Int)
            case report(callID: String)
        }

        let goal: Goal
        let continuation: CheckedContinuation<Void, Never>
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        // Safe: the event loop outlives the edge, which holds it.
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    init(
        eventLoop: any EventLoop, configuration: SimulatorConfiguration, prompts: [String: [Int16]],
        transport: TransportLayer, files: ReportFiles?, clock: WallClockAnchor,
        observer: @escaping @Sendable (SimulatorEvent) -> Void
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration.edge
        self.flow = configuration.flow
        self.misbehaviour = configuration.misbehaviour
        self.prompts = prompts
        self.transport = transport
        self.files = files
        self.clock = clock
        self.observer = observer
        self.rules = HeaderRules(configuration.edge)
        self.rate = CallRateWindow(callsMax: configuration.edge.callsPerMinute)
        self.mediaPorts = MediaPorts(address: configuration.edge.address, ports: configuration.edge.mediaPorts)
    }

    nonisolated static func now() -> Instant {
        Instant(nanosecondsSinceOrigin: Int64(NIODeadline.now().uptimeNanoseconds))
    }

    func setAddresses(_ addresses: BoundAddresses) {
        self.addresses = addresses
    }

    func setMisbehaviour(_ misbehaviour: Misbehaviour) {
        self.misbehaviour = misbehaviour
        self.callsRefusedOnPurpose = 0
        self.callsSeenByRefusal = 0
    }

    var gauges: SimulatorGauges {
        SimulatorGauges(
            calls: self.calls.count, sockets: self.calls.values.count { $0.sockets != nil }, ended: self.callsEnded,
            reportsUnwritten: self.reportsUnwritten)
    }

    // MARK: What the transport tells

    func receive(_ event: TransportEvent) {
        let now = Self.now()
        switch event {
        case .received(let received):
            switch received.message {
            case .request(let request): self.receive(request, on: received.path, at: now)
            case .response(let response): self.receive(response, on: received.path, at: now)
            }
        case .malformed(let malformed, _, let path):
            self.refuseMalformed(malformed, on: path)
        case .opened:
            break
        case .closed(let path, _):
            for call in self.calls.values where call.destination.path?.connection == path.connection {
                guard path.connection != nil else { continue }
                guard self.misbehaviour.idleClose == nil || call.signalling.state != .established else { continue }
                self.perform(call.signalling.connectionLost(), on: call, at: now)
            }
        }
    }

    private func receive(_ request: Request, on path: TransportPath, at now: Instant) {
        var request = request
        request.headers.fillTopVia(source: path.remote)
        let branch = (try? request.headers.topVia)?.branch ?? ""
        let tag = (try? request.headers.to)?.tag
        if let tag, let key = self.callsByTag[tag], let call = self.calls[key] {
            call.noteOnLadder(.request(request), .received, at: now)
            // A request on another connection is answered there, and so is what follows (RFC 3261 section 18.2.2).
            if call.destination.path?.connection != path.connection { call.destination = Destination(replyingOn: path) }
            if self.offerToMisdeeds(request, of: call, at: now) { return }
            self.perform(call.signalling.receive(request, at: now), on: call, at: now)
        } else if let key = self.callsByBranch[branch], let call = self.calls[key], tag == nil {
            call.noteOnLadder(.request(request), .received, at: now)
            let isCopy = request.method == .invite
            self.perform(
                isCopy ? call.signalling.inviteAgain() : call.signalling.receive(request, at: now), on: call, at: now)
        } else {
            self.receiveOutsideOfCalls(request, hasTag: tag != nil, on: path, at: now)
        }
    }

    private func receiveOutsideOfCalls(_ request: Request, hasTag: Bool, on path: TransportPath, at now: Instant) {
        switch (request.method, hasTag) {
        case (.ack, _): return
        case (.invite, false): self.callCameIn(request, on: path, at: now)
        case (.options, false):
            var response = EdgeDialog.response(.ok, to: request, tag: Self.tag())
            response.headers.add(.allow, Self.methods)
            self.send(.response(response), to: Destination(replyingOn: path))
        case (.cancel, _), (_, true):
            self.send(.response(EdgeDialog.response(.callDoesNotExist, to: request)), to: Destination(replyingOn: path))
        default:
            var response = EdgeDialog.response(.methodNotAllowed, to: request, tag: Self.tag())
            response.headers.add(.allow, Self.methods)
            self.send(.response(response), to: Destination(replyingOn: path))
        }
    }

    private func receive(_ response: Response, on path: TransportPath, at now: Instant) {
        guard let tag = (try? response.headers.from)?.tag, let key = self.callsByTag[tag],
            let call = self.calls[key]
        else { return }
        call.noteOnLadder(.response(response), .received, at: now)
        self.perform(call.signalling.receive(response, branch: Self.branch(), at: now), on: call, at: now)
    }

    private func refuseMalformed(_ malformed: MalformedMessage, on path: TransportPath) {
        guard let salvaged = malformed.request, salvaged.method != .ack, salvaged.via != nil else { return }
        var headers = salvaged.headers
        headers.fillTopVia(source: path.remote)
        headers.add(.xExotelErrorCode, ExotelErrorCode.malformed.rawValue)
        let reason = try? HeaderValue(malformed.fault.sentence)
        let response = Response(status: salvaged.status, reason: reason, headers: headers)
        self.send(.response(response), to: Destination(replyingOn: path))
    }

    // MARK: Doing

    func perform(_ actions: [EdgeCallAction], on call: LiveCall, at now: Instant) {
        for action in actions {
            switch action {
            case .send(let message): self.send(message, of: call, at: now)
            case .ringingOver: call.ringingUntil = nil
            case .established: self.established(call, at: now)
            case .finalResponse(let response): self.takeFinalResponse(response, on: call, at: now)
            case .offered(let request): self.answerAgain(request, on: call, at: now)
            case .requestAnswered(let request, let response): self.take(response, to: request, on: call, at: now)
            case .ended(let ending): self.end(call, ending, at: now)
            case .over: self.forget(call)
            }
        }
        self.settle(call, at: now)
    }

    /// Writes the report once nothing more can come that belongs into it, and arms the call's timer.
    func settle(_ call: LiveCall, at now: Instant) {
        guard self.calls[call.key] != nil else { return }
        if case .lingering = call.signalling.state { self.reportOnce(call) }
        self.deadlines.set(call.key, to: call.deadline)
        self.armWake()
    }

    func forget(_ call: LiveCall) {
        self.reportOnce(call)
        self.closeMedia(of: call)
        self.calls[call.key] = nil
        self.callsByBranch[call.inviteBranch] = nil
        self.callsByTag[call.tag] = nil
        for alias in call.aliases { self.callsByTag[alias] = nil }
        self.callsTurnedAway[call.report.callID] = nil
        self.deadlines.remove(call.key)
    }

    func send(_ message: SIPMessage, of call: LiveCall, at now: Instant) {
        for message in self.messagesInstead(of: message, of: call, at: now) {
            self.transmit(message, of: call, at: now)
        }
    }

    func transmit(_ message: SIPMessage, of call: LiveCall, at now: Instant) {
        call.noteOnLadder(message, .sent, at: now)
        let key = call.key
        self.send(message, to: call.destination) { result in
            self.assumeIsolated { edge in
                guard let call = edge.calls[key] else { return }
                switch result {
                case .success(let path): call.destination.path = path
                case .failure: edge.perform(call.signalling.connectionLost(), on: call, at: Self.now())
                }
            }
        }
    }

    /// A message of no call: when it does not arrive, the peer asks again.
    func send(_ message: SIPMessage, to destination: Destination, completion: @escaping SendCompletion = { _ in }) {
        self.transport.assumeIsolated { $0.send(message.encoded(), to: destination, completion: completion) }
    }

    // MARK: Time

    private func armWake() {
        guard let deadline = self.deadlines.deadline else { return }
        if let wake = self.wake, wake.at <= deadline { return }
        self.wake?.task.cancel()
        let at = NIODeadline.uptimeNanoseconds(UInt64(max(0, deadline.nanosecondsSinceOrigin)))
        let task = self.eventLoop.scheduleTask(deadline: at) { self.assumeIsolated { $0.handleTimeouts() } }
        self.wake = (deadline, task)
    }

    private func handleTimeouts() {
        let now = Self.now()
        self.wake = nil
        while let key = self.deadlines.popDue(at: now) {
            guard let call = self.calls[key] else { continue }
            self.handleTimeout(of: call, at: now)
            self.settle(call, at: now)
        }
        self.armWake()
    }

    private func handleTimeout(of call: LiveCall, at now: Instant) {
        if let deadline = call.signalling.deadline, deadline <= now {
            self.perform(call.signalling.handleTimeout(branch: Self.branch(), at: now), on: call, at: now)
        }
        if let deadline = call.flow.deadline, deadline <= now {
            self.perform(call.flow.handleTimeout(at: now), on: call, at: now)
        }
        if let until = call.ringingUntil, until <= now {
            call.ringingUntil = nil
            self.ringingEnded(of: call, at: now)
        }
        if let until = call.turnedAwayUntil, until <= now { self.gaveUp(call, at: now) }
        if call.ended == nil { self.runMisdeedTimers(of: call, at: now) }
        if let latestEnd = call.latestEnd, latestEnd <= now, call.ended == nil {
            call.latestEnd = nil
            self.hangUp(call, cause: 16, sentence: "the longest duration of a call was reached", at: now)
        }
    }

    func hangUp(_ call: LiveCall, cause: UInt8, sentence: String, at now: Instant) {
        let reason = try? Reason(protocolName: Reason.q850, cause: UInt16(cause), text: sentence)
        let actions = call.signalling.hangUp(reason: reason, branch: Self.branch(), sentence: sentence, at: now)
        self.perform(actions, on: call, at: now)
    }

    // MARK: Media clock

    /// Begins the ticks; every leg has its own 20 ms, the clock looks each 5 ms.
    func startMediaClock(at now: Instant) {
        guard self.mediaTick == nil else { return }
        self.scheduleMediaTick(at: now + Self.mediaTickInterval)
    }

    private func scheduleMediaTick(at deadline: Instant) {
        self.mediaTick = deadline
        let at = NIODeadline.uptimeNanoseconds(UInt64(max(0, deadline.nanosecondsSinceOrigin)))
        self.eventLoop.scheduleTask(deadline: at) { self.assumeIsolated { $0.runMediaTick() } }
    }

    private func runMediaTick() {
        guard let tick = self.mediaTick else { return }
        let now = Self.now()
        var isNeeded = false
        for call in self.calls.values {
            while let deadline = call.nextPacket, deadline <= now {
                isNeeded = true
                call.nextPacket = deadline + .milliseconds(20)
                self.sendPacket(of: call, at: deadline)
            }
            isNeeded = isNeeded || call.nextPacket != nil
        }
        self.mediaTick = nil
        guard isNeeded else { return }
        // The deadlines stay absolute; ticks that were missed are skipped, their packets were sent above.
        var next = tick + Self.mediaTickInterval
        while next <= now { next += Self.mediaTickInterval }
        self.scheduleMediaTick(at: next)
    }

    private static let mediaTickInterval: Duration = .milliseconds(5)
    static let methods: [Method] = [.invite, .ack, .cancel, .options, .bye, .info, .prack, .update, .refer, .notify]

    static func branch() -> Token {
        Token(hexadecimal: UInt64.random(in: 0...UInt64.max), prefix: Via.magicCookie)
    }

    static func tag() -> Token {
        Token(hexadecimal: UInt64.random(in: 0...UInt64.max))
    }
}

extension Headers {
    /// Fills in where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
    mutating func fillTopVia(source: TransportAddress) {
        guard var vias = try? self.vias, !vias.isEmpty else { return }
        vias[0].fill(source: source)
        self.remove(.via)
        self.prepend(.via, vias)
    }
}
