import Addressing
import Logging
import NIOCore
import SIPSyntax
import SIPTransport
import SIPUserAgent
import Timekeeping

/// A SIP user agent on real sockets: drives the core by the transport layer's messages and by the clock.
///
/// The actor runs on one NIO event loop. Sockets, TLS handshakes and parsing run on the loops of `connectionLoops`.
package actor Endpoint {
    package nonisolated let eventLoop: any EventLoop
    package nonisolated let transport: TransportLayer
    let handlers: EndpointHandlers
    let logger: Logger
    var core: UserAgentCore
    var unanswered: UnansweredRequests
    private var timer: (task: Scheduled<Void>, deadline: Instant)?
    var redials: [Destination: Redial] = [:]
    private(set) var isShutDown = false
    private var optionsWaiting: [RequestID: CheckedContinuation<OptionsOutcome, Never>] = [:]

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        // Safe: the loop, which the actor keeps, is the executor.
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Makes an endpoint that neither listens nor hears yet; `start` comes next.
    package init(
        eventLoop: any EventLoop, connectionLoops: any EventLoopGroup, configuration: EndpointConfiguration,
        handlers: EndpointHandlers, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.transport = TransportLayer(
            eventLoop: eventLoop, connectionLoops: connectionLoops, configuration: configuration.transport,
            logger: logger)
        self.handlers = handlers
        self.logger = logger
        self.core = UserAgentCore(configuration: configuration.userAgent, random: random)
        self.unanswered = UnansweredRequests(countMax: configuration.userAgent.transactionsMax)
    }

    /// Listens on every address given, and returns the bound ones in the same order. Throws for the first that fails.
    package func start(_ listeners: [ListenerConfiguration]) async throws(TransportError) -> [TransportAddress] {
        await self.transport.start { [weak self] event in
            self?.assumeIsolated { $0.handle(event) }
        }
        var bound: [TransportAddress] = []
        for listener in listeners { bound.append(try await self.transport.listen(listener)) }
        return bound
    }

    /// The clock by which the core is driven: the kernel's monotonic one.
    package nonisolated static func now() -> Instant {
        Instant(nanosecondsSinceOrigin: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }

    package var counts: EndpointCounts {
        EndpointCounts(
            userAgent: self.core.counts, halfOpenCalls: self.core.halfOpenCount, refusals: self.core.refusals,
            transport: self.transport.assumeIsolated { $0.counts })
    }

    /// The sessions that exist.
    package var sessionIDs: Set<SessionID> { self.core.sessionIDs }

    /// Refuses new calls from now on, both ways; live ones go on.
    package func drain() {
        self.core.drain()
    }

    /// Closes every socket. Calls that are still live are not told: their owner hangs up before.
    package func shutdown() async {
        self.core.drain()
        self.isShutDown = true
        self.timer?.task.cancel()
        self.timer = nil
        await self.transport.close()
        for continuation in self.optionsWaiting.values { continuation.resume(returning: .outcome(.transportFailed)) }
        self.optionsWaiting = [:]
    }
}

/// What the owner of calls asks for. Each command is carried out before it returns; its events follow.
extension Endpoint {
    /// Places a call.
    package func invite(_ call: OutgoingInvite) throws(UserAgentError) -> SessionID {
        let (id, actions) = try self.core.invite(call, at: Self.now())
        self.perform(actions)
        return id
    }

    package func ring(_ id: SessionID, headers: [Headers.Field] = []) {
        self.perform(self.core.ring(id, headers: headers, at: Self.now()))
    }

    package func progress(_ id: SessionID, sdp: [UInt8], headers: [Headers.Field] = []) {
        self.perform(self.core.progress(id, sdp: sdp, headers: headers, at: Self.now()))
    }

    package func answer(_ id: SessionID, sdp: [UInt8], headers: [Headers.Field] = []) {
        self.perform(self.core.answer(id, sdp: sdp, headers: headers, at: Self.now()))
    }

    package func reject(_ id: SessionID, _ status: StatusCode, headers: [Headers.Field] = []) {
        self.perform(self.core.reject(id, status, headers: headers, at: Self.now()))
    }

    package func acceptOffer(_ id: SessionID, sdp: [UInt8], headers: [Headers.Field] = []) {
        self.perform(self.core.acceptOffer(id, sdp: sdp, headers: headers, at: Self.now()))
    }

    package func refuseOffer(_ id: SessionID, _ status: StatusCode, headers: [Headers.Field] = []) {
        self.perform(self.core.refuseOffer(id, status, headers: headers, at: Self.now()))
    }

    /// Offers new SDP within the call, or asks the peer for its own with nil; see `UserAgentCore.offer`.
    package func offer(_ id: SessionID, sdp: [UInt8]?, headers: [Headers.Field] = []) {
        self.perform(self.core.offer(id, sdp: sdp, headers: headers, at: Self.now()))
    }

    /// Takes back an offer that has not gone out yet.
    package func withdrawOffer(_ id: SessionID) {
        self.perform(self.core.withdrawOffer(id, at: Self.now()))
    }

    /// Answers the offer of an `answerOwed`.
    package func acknowledge(_ id: SessionID, sdp: [UInt8]) {
        self.perform(self.core.acknowledge(id, sdp: sdp, at: Self.now()))
    }

    /// CANCEL, a refusal or BYE, whichever the session's state wants.
    package func hangUp(_ id: SessionID, headers: [Headers.Field] = []) {
        self.perform(self.core.hangUp(id, headers: headers, at: Self.now()))
    }

    /// REFER: what becomes of it comes as `referral` events.
    package func refer(_ id: SessionID, _ refer: OutgoingRefer) {
        self.perform(self.core.refer(id, refer, at: Self.now()))
    }

    package func acceptRefer(_ id: SessionID) {
        self.perform(self.core.acceptRefer(id, at: Self.now()))
    }

    package func refuseRefer(_ id: SessionID, _ status: StatusCode = .decline, headers: [Headers.Field] = []) {
        self.perform(self.core.refuseRefer(id, status, headers: headers, at: Self.now()))
    }

    /// Reports the progress of the call that an accepted REFER started; a final status is the last report.
    package func notifyRefer(_ id: SessionID, _ status: SIPFragment) {
        self.perform(self.core.notifyRefer(id, status, at: Self.now()))
    }

    /// Gives a call that came in its trunk's settings; false when they refuse it, which has been answered then.
    package func adopt(_ id: SessionID, _ settings: SessionSettings, credentials: [DigestCredentials]) -> Bool {
        let (isTaken, actions) = self.core.adopt(id, settings, credentials: credentials, at: Self.now())
        self.perform(actions)
        return isTaken
    }

    /// Registers, and keeps the binding until `unregister`. Events come with the returned id, perhaps before it.
    package func register(_ registration: OutgoingRegistration) throws(UserAgentError) -> RequestID {
        let (id, actions) = try self.core.register(registration, at: Self.now())
        self.perform(actions)
        return id
    }

    package func unregister(_ id: RequestID) {
        self.perform(self.core.unregister(id, at: Self.now()))
    }

    package func sendInfo(_ id: SessionID, _ info: OutgoingInfo) {
        self.perform(self.core.sendInfo(id, info, at: Self.now()))
    }

    /// Asks a peer whether it is there, and waits for its answer or for the transaction's time-out.
    package func options(_ options: OutgoingOptions) async throws(UserAgentError) -> RequestOutcome {
        let result = await withCheckedContinuation { continuation in
            do throws(UserAgentError) {
                let (id, actions) = try self.core.options(options, at: Self.now())
                self.optionsWaiting[id] = continuation
                self.perform(actions)
            } catch {
                continuation.resume(returning: OptionsOutcome.refused(error))
            }
        }
        switch result {
        case .outcome(let outcome): return outcome
        case .refused(let error): throw error
        }
    }
}

/// How a wait for the answer to OPTIONS ends.
private enum OptionsOutcome: Sendable {
    case outcome(RequestOutcome)
    case refused(UserAgentError)
}

extension Endpoint {
    /// Carries out what the core wants, in order, then sets the clock to its next deadline.
    ///
    /// `fault` is the transport's error, when that is what the core was told: sessions that end by it are told why.
    func perform(_ actions: [UserAgentAction], after fault: TransportError? = nil) {
        for action in actions {
            switch action {
            case .send(let bytes, let message, let destination):
                self.send(bytes, message, to: destination)
            case .event(let id, let event):
                if let fault, event.isTransportFailure { self.handlers.onTransportFault(id, fault) }
                self.handlers.onEvent(id, event)
            case .registration(let id, let event):
                self.handlers.onRegistration(id, event)
            case .outcome(let id, let outcome):
                self.optionsWaiting.removeValue(forKey: id)?.resume(returning: .outcome(outcome))
            }
        }
        self.setTimer()
    }

    /// One task for the core's next deadline. A deadline that moved later is met early, does nothing, and is set again.
    private func setTimer() {
        guard !self.isShutDown, let deadline = self.core.deadline else { return }
        if let timer = self.timer {
            guard deadline < timer.deadline else { return }
            timer.task.cancel()
        }
        let delay = max(.zero, Self.now().duration(to: deadline))
        let task = self.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay.inNanoseconds)) {
            self.assumeIsolated { endpoint in
                endpoint.timer = nil
                endpoint.perform(endpoint.core.handleTimeout(at: Self.now()))
            }
        }
        self.timer = (task, deadline)
    }
}

extension SessionEvent {
    fileprivate var isTransportFailure: Bool {
        switch self {
        case .failed(let reason), .ended(let reason): reason.cause == .transportFailed
        case .incoming, .provisional, .earlyMedia, .answered, .answerOwed, .confirmed, .offerReceived, .offerWithdrawn,
            .offerConfirmed, .offerAccepted, .offerRefused, .referral, .referReceived, .replacementReceived, .info,
            .infoAnswered:
            false
        }
    }
}
