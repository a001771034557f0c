import Addressing
import Logging
import NIOCore
import NIOPosix
import SIPSyntax
import Synchronization
import TLS

/// Told once, on the layer's event loop, when the kernel has taken a message or it could not be sent.
package typealias SendCompletion = @Sendable (Result<TransportPath, TransportError>) -> Void

/// The transport layer of RFC 3261 section 18: listeners, connections and datagram sockets behind one face.
///
/// The actor runs on one event loop, its owner's; sockets, TLS handshakes, framing and parsing run on the loops of
/// `connectionLoops`, so that strangers' handshakes do not hold up the dialogs of live calls.
package actor TransportLayer {
    package nonisolated let eventLoop: any EventLoop
    nonisolated let connectionLoops: any EventLoopGroup
    nonisolated let configuration: TransportConfiguration
    nonisolated let admission: AdmissionDesk
    nonisolated let sources: SourceGuard
    nonisolated let logger: Logger
    /// Occurrences on their way from a connection's loop to this one.
    nonisolated let inboxCount = Atomic<Int>(0)
    nonisolated let droppedCount = Atomic<UInt64>(0)

    var receiver: (@Sendable (TransportEvent) -> Void)?
    var pool = ConnectionPool()
    var listeners: [any Channel] = []
    var datagramSockets: [DatagramSocket] = []
    var serverIdentities: [ServerIdentity] = []
    let locator: ServerLocator
    var knownServers: [IPAddress: KnownServer] = [:]
    var filtered = FilteredSources()
    var filterTimer: Scheduled<Void>?
    /// How to reach a peer, by the host of the destination.
    var profiles: [Host: OutgoingProfile]
    var isClosed = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        // Safe: the loop, which the actor keeps, is the executor.
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Makes a layer without listeners. `eventLoop` may belong to `connectionLoops`, which a test does.
    package init(
        eventLoop: any EventLoop, connectionLoops: any EventLoopGroup, configuration: TransportConfiguration,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.connectionLoops = connectionLoops
        self.configuration = configuration
        self.profiles = configuration.profiles
        self.admission = AdmissionDesk(configuration.places)
        self.sources = SourceGuard(configuration, logger: logger)
        self.logger = logger
        self.locator = ServerLocator(configuration, eventLoop: eventLoop)
    }

    /// From now on `receiver` is called on `eventLoop` for whatever happens. Call it before `listen` and `send`.
    package func start(_ receiver: @escaping @Sendable (TransportEvent) -> Void) {
        self.receiver = receiver
    }

    /// Sends a message, over the destination's own connection while that lives, else over one that may be reused, else
    /// over a new one. Messages to one peer keep their order.
    package func send(_ bytes: [UInt8], to destination: Destination, completion: @escaping SendCompletion) {
        guard !self.isClosed else { return completion(.failure(.closed)) }
        let message = ConnectionPool.Waiting(bytes: bytes, completion: completion)
        switch destination.transport {
        case .udp:
            self.sendDatagram(message, to: destination)
        case .tcp, .tls:
            if let id = destination.path?.connection, let connection = self.pool.connection(id) {
                self.write(message, to: connection)
            } else {
                self.sendOverStream(message, to: destination)
            }
        }
    }

    /// The same from outside the event loop.
    package func send(_ bytes: [UInt8], to destination: Destination) async throws(TransportError) -> TransportPath {
        let result = await withCheckedContinuation { continuation in
            self.send(bytes, to: destination) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Closes one connection in good order, as after an answer that ends it.
    package func disconnect(_ id: ConnectionID) {
        self.pool.connection(id)?.channel.close(promise: nil)
    }

    /// Datagrams dropped because the inbox was full.
    package nonisolated var datagramsDropped: UInt64 { self.droppedCount.load(ordering: .relaxed) }

    package var counts: TransportCounts {
        var counts = TransportCounts()
        counts.listeners = self.listeners.count + self.datagramSockets.count
        counts.accepted = self.admission.acceptedCount
        counts.dialled = self.pool.dialledCount
        counts.refused = self.admission.refusedCount
        counts.evicted = self.admission.evictedCount
        counts.unheard = self.sources.unheard
        counts.bans = self.sources.bans
        counts.dropped = self.datagramsDropped
        counts.filtered = self.filtered.count
        return counts
    }

    /// Stops listening, closes every connection in good order and returns when all are closed. What still waits fails.
    package func close() async {
        self.isClosed = true
        self.filterTimer?.cancel()
        self.filterTimer = nil
        self.locator.close()
        for dial in self.pool.abandonDials() { self.fail(dial.waiting, .closed) }
        let channels =
            self.listeners + self.datagramSockets.map(\.channel) + self.pool.openConnections.map(\.channel)
        self.listeners = []
        self.datagramSockets = []
        for channel in channels { channel.close(promise: nil) }
        for channel in channels {
            await withCheckedContinuation { continuation in
                channel.closeFuture.whenComplete { _ in continuation.resume() }
            }
        }
    }

    func fail(_ messages: [ConnectionPool.Waiting], _ error: TransportError) {
        for message in messages { message.completion(.failure(error)) }
    }

    /// The path of a message is known to its completion only after the kernel took it.
    func write(_ message: ConnectionPool.Waiting, to connection: Connection) {
        let path = connection.opened.path
        let completion = message.completion
        connection.channel.writeAndFlush(ByteBuffer(bytes: message.bytes)).hop(to: self.eventLoop).whenComplete {
            switch $0 {
            case .success: completion(.success(path))
            case .failure(let error): completion(.failure(TransportError(writing: error, to: path.remote)))
            }
        }
    }
}
