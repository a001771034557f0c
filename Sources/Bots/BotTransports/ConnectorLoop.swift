import BotProtocol
import CLinux
import Logging
import Reactor
import TLS
import Timekeeping

/// The connector's thread: one loop over attempts, closing links and children.
final class ConnectorLoop {
    /// What a descriptor of the loop belongs to; the lowest bits of its token.
    enum Role: UInt64 {
        case attempt = 0
        case closingInput = 1
        case closingOutput = 2
        case childExit = 3
        case childErrors = 4
        case listener = 5
        case inbound = 6
    }

    /// A deadline of one of the loop's things.
    enum Timer: Hashable {
        case attempt(UInt64)
        case closing(UInt64)
        case child(UInt64)
        case pool(ProcessEndpoint)
        case listener
        case inbound(UInt64)
        case expectant(UInt64)
    }

    let reactor: Reactor
    let logger: Logger
    let inbox: Inbox<ConnectorMessage>
    private let gauges: GaugesStore
    var timers = DeadlineQueue<Timer>()
    var attempts: [UInt64: SocketAttempt] = [:]
    /// One for each TLS configuration of a bot; there are as many as the gateway's configuration has.
    var tlsContexts: [TLSConfiguration: TLSContext] = [:]
    var closings: [UInt64: ClosingLink] = [:]
    var children: [UInt64: Child] = [:]
    /// One for each bot that has processes waiting for calls.
    var pools: [ProcessEndpoint: WarmPool] = [:]
    var warmChildren: [UInt64: WarmChild] = [:]
    /// Nil when no bot dials the gateway, and from the beginning of its end.
    var server: BotServer?
    var reception: BotReception
    /// Bots that dialled and have no call yet.
    var inbound: [UInt64: InboundBot] = [:]
    /// Calls whose bot has not dialled yet; `BotReception.callsMax` for each bot.
    var expectant: [UInt64: ExpectantCall] = [:]
    /// Look-ups that were given up while a resolver thread still held them.
    var abandonedLookups: [NameLookup] = []
    private var lastID: UInt64 = 0
    private var stopDeadline: Instant?

    init(
        inbox: Inbox<ConnectorMessage>, waker: Waker, gauges: GaugesStore, warm: [ProcessEndpoint: Int],
        server: BotServer?, logger: Logger
    ) throws(ReactorError) {
        self.reactor = try Reactor(waker: waker)
        self.inbox = inbox
        self.gauges = gauges
        self.logger = logger
        self.server = server
        self.reception = BotReception(server?.bots ?? [])
        self.openPools(warm)
    }

    func run() {
        self.startListening()
        var messages: [ConnectorMessage] = []
        while !self.isFinished {
            do throws(ReactorError) {
                try self.reactor.wait(until: self.nextWake) { self.handle($0) }
            } catch {
                self.logger.critical("the connector's loop cannot wait", metadata: ["error": "\(error)"])
                break
            }
            self.inbox.drain(into: &messages)
            for message in messages { self.handle(message) }
            let now = Reactor.now()
            while let timer = self.timers.popDue(at: now) { self.handle(timer) }
            self.pollLookups()
            self.gauges.set(
                ConnectorGauges(
                    attempts: self.attempts.count + self.expectant.count, closing: self.closings.count,
                    children: self.children.count - self.warmChildren.count,
                    warmChildren: self.warmChildren.count, waitingConnections: self.reception.connectionCount))
        }
        self.abandonEverything()
    }

    func makeID() -> UInt64 {
        self.lastID += 1
        return self.lastID
    }

    static func token(_ role: Role, _ id: UInt64) -> UInt64 {
        id << 3 | role.rawValue
    }

    // MARK: Waiting

    private var isFinished: Bool {
        guard let stopDeadline = self.stopDeadline else { return false }
        return (self.children.isEmpty && self.closings.isEmpty) || stopDeadline <= Reactor.now()
    }

    private var nextWake: Instant? {
        var wake = self.timers.deadline
        if self.attempts.values.contains(where: \.isResolving) || !self.abandonedLookups.isEmpty {
            // glibc's resolver threads have no descriptor to wait for.
            wake = min(wake ?? .max, Reactor.now() + .milliseconds(10))
        }
        if let stopDeadline = self.stopDeadline { wake = min(wake ?? .max, stopDeadline) }
        return wake
    }

    // MARK: Dispatch

    private func handle(_ message: ConnectorMessage) {
        switch message {
        case .connect(let request):
            guard self.stopDeadline == nil else { return request.completion(.failure(.shutDown)) }
            guard Reactor.now() < request.deadline else {
                return request.completion(.failure(.deadlineExceeded(phase: .queue)))
            }
            self.connect(request)
        case .close(let request):
            self.windUp(request)
        case .stop:
            self.beginStop()
        }
    }

    private func connect(_ request: ConnectRequest) {
        switch request.endpoint {
        case .awaited(let bot):
            self.await(bot, request)
        case .process(let endpoint):
            // What waits already needs no descriptor more.
            if let bot = self.takeWarm(endpoint, callID: request.callID) {
                request.completion(.success(bot))
            } else if self.hasDescriptors(for: request) {
                self.start(endpoint, request)
            }
        case .webSocket(let endpoint):
            if self.hasDescriptors(for: request) { self.dial(DialPlan(endpoint), request) }
        case .stream(let endpoint):
            if self.hasDescriptors(for: request) { self.dial(DialPlan(endpoint), request) }
        }
    }

    /// Whether a bot may open what it needs; a request that may not has its answer.
    private func hasDescriptors(for request: ConnectRequest) -> Bool {
        guard !DescriptorReserve.admitsParts else { return true }
        let code = clinux_error_too_many_descriptors()
        request.completion(.failure(.systemCall("a bot's descriptors", code: code)))
        return false
    }

    private func handle(_ readiness: Reactor.Readiness) {
        let id = readiness.token >> 3
        switch Role(rawValue: readiness.token & 7) {
        case .attempt: self.advanceAttempt(id)
        case .closingInput, .closingOutput: self.advanceClosing(id)
        case .childExit: self.childEnded(id)
        case .childErrors: self.readErrors(of: id)
        case .listener: self.acceptBots()
        case .inbound: self.advanceInbound(id)
        case nil: preconditionFailure("every token has a role")
        }
    }

    private func handle(_ timer: Timer) {
        switch timer {
        case .attempt(let id): self.attemptExpired(id)
        case .closing(let id): self.closingExpired(id)
        case .child(let id): self.childExpired(id)
        case .pool(let endpoint): self.fillPool(endpoint)
        case .listener:
            self.startListening()
            self.acceptBots()
        case .inbound(let id): self.inboundExpired(id)
        case .expectant(let call): self.expectantExpired(call)
        }
    }

    // MARK: The end

    private func beginStop() {
        guard self.stopDeadline == nil else { return }
        self.stopDeadline = Reactor.now() + Self.stopPatience
        for id in Array(self.attempts.keys) { self.fail(id, .shutDown) }
        self.stopListening()
        self.closePools()
        for id in Array(self.children.keys) { self.dismiss(id) }
    }

    private func abandonEverything() {
        self.inbox.close()
        var messages: [ConnectorMessage] = []
        self.inbox.drain(into: &messages)
        for message in messages { self.handle(message) }
        for id in Array(self.attempts.keys) { self.fail(id, .shutDown) }
        self.stopListening()
        self.closePools()
        for id in Array(self.closings.keys) { self.closingExpired(id) }
        for id in Array(self.children.keys) { self.kill(id) }
        self.gauges.set(ConnectorGauges())
    }

    private static let stopPatience: Duration = .seconds(5)
}

extension Instant {
    fileprivate static let max = Instant(nanosecondsSinceOrigin: .max)
}
