import Addressing
import DNS
import NIOCore
import SIPSyntax
import Timekeeping

/// Finds the servers of a peer: none are looked up for an address or an overridden name, addresses only for a name with a
/// port, and services for one without where the destination asks for them (RFC 3263 section 4.2).
///
/// Answers are kept as long as their records say, within bounds. Confined to its event loop; c-ares has its own thread,
/// which begins with the first look-up.
final class ServerLocator {
    private let overrides: [HostName: IPAddress]
    private let timeout: Duration
    private let resolverConfiguration: ResolverConfiguration
    private let eventLoop: any EventLoop
    private var resolver: Resolver?
    private var cache: AnswerCache
    /// Who asks for the same thing waits for the same answer, in the order of asking.
    private var pending: [DNSQuestion: [(Result<DNSAnswer, DNSError>) -> Void]] = [:]
    private var random = SystemRandomNumberGenerator()
    private var isClosed = false

    init(_ configuration: TransportConfiguration, eventLoop: any EventLoop) {
        self.overrides = configuration.addressOverrides
        self.timeout = configuration.lookupTimeout
        self.resolverConfiguration = configuration.resolver
        self.cache = AnswerCache(configuration.answers)
        self.eventLoop = eventLoop
    }

    /// At least one server, in the order in which they are to be tried, or a `TransportError`.
    func servers(of destination: Destination) -> EventLoopFuture<[TransportAddress]> {
        if let address = destination.address ?? self.knownAddress(of: destination.host) {
            return self.eventLoop.makeSucceededFuture([TransportAddress(address, port: destination.port)])
        }
        guard case .name(let name) = destination.host else {
            return self.eventLoop.makeFailedFuture(TransportError.closed)
        }
        let promise = self.eventLoop.makePromise(of: [TransportAddress].self)
        switch destination.lookup {
        case .addresses:
            self.findAddresses(of: name, port: destination.port, promise)
        case .services:
            self.run(Walk(ServerSearch(name, over: destination.transport), promise))
        }
        return self.bounded(promise, name)
    }

    func addresses(of name: HostName) -> EventLoopFuture<[IPAddress]> {
        self.servers(of: Destination(transport: .tcp, host: .name(name), port: 0)).map { $0.map(\.address) }
    }

    /// Nothing is looked up any more; what is under way fails.
    func close() {
        self.isClosed = true
        self.resolver?.shutdown()
        self.resolver = nil
    }

    private func knownAddress(of host: Host) -> IPAddress? {
        switch host {
        case .ip(let address): address
        case .name(let name): self.overrides[name]
        }
    }

    private func findAddresses(of name: HostName, port: UInt16, _ promise: EventLoopPromise<[TransportAddress]>) {
        self.ask(DNSQuestion(.addresses, of: name.text)) { result in
            switch result.map(\.records) {
            case .success(.addresses(let addresses)):
                promise.succeed(addresses.prefix(Self.addressesMax).map { TransportAddress($0, port: port) })
            case .success(.services), .success(.namingAuthorities):
                promise.fail(TransportError.lookupFailed(name, reason: "the answer is to another question"))
            case .failure(let error):
                promise.fail(TransportError(error, lookingUp: name))
            }
        }
    }

    /// The walk of one search through its questions; answers that come after its promise is kept change nothing.
    private final class Walk {
        var search: ServerSearch
        let promise: EventLoopPromise<[TransportAddress]>

        init(_ search: ServerSearch, _ promise: EventLoopPromise<[TransportAddress]>) {
            self.search = search
            self.promise = promise
        }
    }

    private func run(_ walk: Walk) {
        self.take(walk.search.start(), walk)
    }

    private func take(_ step: ServerSearch.Step, _ walk: Walk) {
        switch step {
        case .found(let servers): walk.promise.succeed(servers)
        case .failed(let error): walk.promise.fail(error)
        case .ask(let questions):
            for question in questions {
                self.ask(question) { result in
                    guard let next = walk.search.receive(result, to: question, using: &self.random) else { return }
                    self.take(next, walk)
                }
            }
        }
    }

    /// From the cache at once, else from the resolver.
    private func ask(_ question: DNSQuestion, _ done: @escaping (Result<DNSAnswer, DNSError>) -> Void) {
        if let known = self.cache.answer(to: question, at: Self.now()) { return done(known) }
        if self.pending[question] != nil {
            self.pending[question]?.append(done)
            return
        }
        guard !self.isClosed else { return done(.failure(.unavailable(reason: "the transport was shut down"))) }
        self.pending[question] = [done]
        do throws(DNSError) {
            let resolver = try self.startedResolver()
            let eventLoop = self.eventLoop
            let locator = NIOLoopBound(self, eventLoop: eventLoop)
            resolver.ask(question) { result in
                eventLoop.execute { locator.value.deliver(result, to: question) }
            }
        } catch {
            self.deliver(.failure(error), to: question)
        }
    }

    private func startedResolver() throws(DNSError) -> Resolver {
        if let resolver = self.resolver { return resolver }
        let resolver = try Resolver(self.resolverConfiguration)
        self.resolver = resolver
        return resolver
    }

    private func deliver(_ result: Result<DNSAnswer, DNSError>, to question: DNSQuestion) {
        if !self.isClosed { self.cache.keep(result, to: question, at: Self.now()) }
        for done in self.pending.removeValue(forKey: question) ?? [] { done(result) }
    }

    /// Gives up after the time for a look-up; c-ares goes on, and a late answer is kept for whoever asks next.
    private func bounded(
        _ promise: EventLoopPromise<[TransportAddress]>, _ name: HostName
    ) -> EventLoopFuture<[TransportAddress]> {
        let bound = self.eventLoop.makePromise(of: [TransportAddress].self)
        let timer = self.eventLoop.scheduleTask(in: TimeAmount(self.timeout)) {
            bound.fail(TransportError.lookupTimedOut(name))
        }
        promise.futureResult.whenComplete { result in
            timer.cancel()
            bound.completeWith(result)
        }
        return bound.futureResult
    }

    private static func now() -> Instant {
        Instant(nanosecondsSinceOrigin: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }

    private static let addressesMax = 8
}

extension TransportError {
    /// A host whose addresses could not be found.
    init(locating error: any Error) {
        self = error as? TransportError ?? .closed
    }
}
