import Addressing
import CallControl
import Logging
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Synchronization
import Trunks

/// The registrations of every trunk that wants one, from the start to the drain.
///
/// Events come on the endpoint's loop, perhaps before `start` knows which trunk they are of.
final class TrunkRegistrations: Sendable {
    private struct Book {
        var names: [RequestID: TrunkName] = [:]
        var bound: Set<RequestID> = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var over: Set<RequestID> = []
    }

    private let book = Mutex(Book())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Trunks that are bound at their registrar now.
    var boundCount: Int { self.book.withLock { $0.bound.count } }

    func note(_ id: RequestID, _ event: RegistrationEvent) {
        let (name, waiting) = self.book.withLock { book in
            switch event {
            case .registered: book.bound.insert(id)
            case .failed: book.bound.remove(id)
            case .unregistered:
                book.bound.remove(id)
                book.over.insert(id)
            }
            guard !book.names.isEmpty, book.over.isSuperset(of: book.names.keys) else {
                return (book.names[id], [CheckedContinuation<Void, Never>]())
            }
            defer { book.waiting = [] }
            return (book.names[id], book.waiting)
        }
        let metadata: Logger.Metadata = ["trunk": "\(name?.text ?? "?")"]
        switch event {
        case .registered(let lifetime): self.logger.info("registered for \(lifetime)", metadata: metadata)
        case .failed(let failure, let pause):
            self.logger.warning("not registered: \(failure); again in \(pause)", metadata: metadata)
        case .unregistered: self.logger.info("no longer registered", metadata: metadata)
        }
        for continuation in waiting { continuation.resume() }
    }

    func start(
        _ trunks: [Trunk], endpoint: Endpoint, listeners: [SIPTransportName: TransportAddress], localAddress: IPAddress
    ) async {
        for trunk in trunks {
            guard let order = trunk.registrationOrder(listeners: listeners, localAddress: localAddress) else {
                continue
            }
            do {
                let id = try await endpoint.register(order)
                self.book.withLock { $0.names[id] = trunk.name }
            } catch {
                self.logger.error("registration refused: \(error)", metadata: ["trunk": "\(trunk.name)"])
            }
        }
    }

    /// Gives every binding up, and waits for the registrars, but not long: a binding ends by itself too.
    func stop(_ endpoint: Endpoint) async {
        let ids = self.book.withLock { Array($0.names.keys) }
        guard !ids.isEmpty else { return }
        for id in ids { await endpoint.unregister(id) }
        await withDiscardingTaskGroup { group in
            group.addTask {
                try? await Task.sleep(for: Self.farewellMax)
                self.release()
            }
            await self.untilOver()
            group.cancelAll()
        }
    }

    private func untilOver() async {
        await withCheckedContinuation { continuation in
            let isOver = self.book.withLock { book in
                guard !book.over.isSuperset(of: book.names.keys) else { return true }
                book.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func release() {
        let waiting = self.book.withLock { book in
            defer { book.waiting = [] }
            return book.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private static let farewellMax: Duration = .seconds(2)
}

extension Trunk {
    /// What to register, if the trunk wants it.
    fileprivate func registrationOrder(
        listeners: [SIPTransportName: TransportAddress], localAddress: IPAddress
    ) -> OutgoingRegistration? {
        guard let registration = self.registration, let point = self.pointsOfPresence.first,
            let user = try? SIPURI(user: registration.user, host: self.registrarHost)
        else { return nil }
        let own = self.externalAddress ?? self.bindAddress ?? localAddress
        let port = listeners[self.transport]?.port ?? self.transport.defaultPort
        var order = OutgoingRegistration(
            registrar: SIPURI(host: self.registrarHost), addressOfRecord: NameAddress(uri: user),
            advertised: AdvertisedAddress(TransportAddress(own, port: port)),
            destination: Destination(
                transport: self.transport, host: point.host, port: point.port, serverName: self.tls.serverName))
        order.credentials = self.credentials
        order.lifetime = registration.lifetime
        return order
    }
}
