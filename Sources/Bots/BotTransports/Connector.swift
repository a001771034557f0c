import BotProtocol
import Logging
import Reactor
import Synchronization
import Timekeeping

/// One thread for everything that may take its time before a bot talks and after it has: look-up, connection,
/// handshake, accepting bots that dial and keeping those that wait, starting and reaping children, reading their error
/// output, closing handshakes.
///
/// Children die with this thread (PDEATHSIG), hence with the gateway, however that ends.
package final class Connector: Sendable {
    private let inbox: Inbox<ConnectorMessage>
    private let thread: LoopThread
    private let gaugesStore: GaugesStore

    /// - Parameters:
    ///   - warm: how many processes of each are started ahead and wait for calls.
    ///   - server: where bots dial; its socket is the connector's from now on.
    ///   - logger: where the error output of children goes, line by line.
    package init(
        warm: [ProcessEndpoint: Int] = [:], server: BotServer? = nil, logger: Logger = Logger(label: "trunkline.bots")
    ) throws(ReactorError) {
        // A bot that dies while it is written to must be an error, not the end of the gateway.
        ProcessSettings.ignoreBrokenPipes()
        let waker = try Waker()
        let inbox = Inbox<ConnectorMessage>(
            capacity: Self.connectCapacity, reservedCapacity: Self.closeCapacity, waker: waker)
        let gauges = GaugesStore()
        self.inbox = inbox
        self.gaugesStore = gauges
        self.thread = try LoopThread.start(name: "connector") { _ in
            do throws(ReactorError) {
                try ConnectorLoop(
                    inbox: inbox, waker: waker, gauges: gauges, warm: warm, server: server, logger: logger
                ).run()
            } catch {
                logger.critical(
                    "the connector has no event loop and no bot can be reached", metadata: ["error": "\(error)"])
                inbox.close()
            }
        }
    }

    /// What the connector is busy with now; all zero when no call has a bot.
    package var gauges: ConnectorGauges { self.gaugesStore.value }

    /// Reaches or starts a bot. `completion` is called exactly once, on the connector's thread or, when the request
    /// cannot even be queued, on the caller's.
    ///
    /// - Parameters:
    ///   - callID: names the call in the log of a child's error output.
    ///   - deadline: from now until the bot is connected; not until it is ready.
    ///   - isWanted: whether the call still lives, asked on the connector's thread before a bot that dialled is given to it.
    package func connect(
        _ endpoint: BotEndpoint, callID: String = "", deadline: Duration = .seconds(10),
        isWanted: @escaping @Sendable () -> Bool = { true },
        completion: @escaping @Sendable (Result<ConnectedBot, BotConnectionError>) -> Void
    ) {
        let request = ConnectRequest(
            endpoint: endpoint, callID: callID, deadline: Reactor.now() + deadline, isWanted: isWanted,
            completion: completion)
        if !self.inbox.post(.connect(request)) { completion(.failure(.queueFull)) }
    }

    /// Ends the thread: attempts fail, links that are closing and children get up to 5 s, then SIGKILL. Blocks until it
    /// is done; call it once, after every link was closed, and not from a media thread.
    package func shutdown() {
        _ = self.inbox.postReserved(.stop)
        self.thread.join()
    }

    private static let connectCapacity = 512
    /// One for each link that can exist, and more: see `Inbox.postReserved`.
    private static let closeCapacity = 16_384
}

/// What a connector is busy with.
package struct ConnectorGauges: Hashable, Sendable {
    /// Bots being reached.
    package var attempts: Int
    /// Links being closed.
    package var closing: Int
    /// Children that live and do not wait for a call.
    package var children: Int
    /// Children that wait for a call.
    package var warmChildren: Int
    /// Bots that dialled and wait for a call.
    package var waitingConnections: Int

    package init(
        attempts: Int = 0, closing: Int = 0, children: Int = 0, warmChildren: Int = 0, waitingConnections: Int = 0
    ) {
        self.attempts = attempts
        self.closing = closing
        self.children = children
        self.warmChildren = warmChildren
        self.waitingConnections = waitingConnections
    }
}

/// Gauges, written by the loop and read by anyone.
final class GaugesStore: Sendable {
    private let gauges = Mutex(ConnectorGauges())

    var value: ConnectorGauges { self.gauges.withLock { $0 } }

    func set(_ value: ConnectorGauges) {
        self.gauges.withLock { $0 = value }
    }
}
