import Addressing
import AudioFiles
import Foundation
import Logging
import NIOCore
import NIOPosix
import SIPTransport
import Synchronization
import TLS
import Timekeeping

/// Where a simulator listens; nil for a transport that it was not told to use.
package struct BoundAddresses: Hashable, Sendable {
    package var udp: TransportAddress?
    package var tcp: TransportAddress?
    package var tls: TransportAddress?

    package func address(of transport: SimulatorListener.Transport) -> TransportAddress? {
        switch transport {
        case .udp: self.udp
        case .tcp: self.tcp
        case .tls: self.tls
        }
    }
}

/// What a simulator holds at this moment.
package struct SimulatorGauges: Hashable, Sendable {
    /// Calls that are alive or wait for late messages.
    package var calls: Int
    /// Pairs of media sockets.
    package var sockets: Int
    /// Calls that have ended since the start.
    package var ended: Int
    /// Reports on their way to the disk.
    package var reportsUnwritten: Int
}

/// A carrier's edge with Exotel's rules, and an IVR flow behind it.
///
/// `start`, then calls come in and `placeCall` makes calls; `shutdown` ends it for good. Any thread may use it.
package final class Simulator: Sendable {
    private struct Running {
        let edge: Edge
        let transport: TransportLayer
        let edgeLoop: MultiThreadedEventLoopGroup
        let connectionLoops: MultiThreadedEventLoopGroup
        let files: ReportFiles?
    }

    private let configuration: SimulatorConfiguration
    private let logger: Logger
    private let observer: @Sendable (SimulatorEvent) -> Void
    private let running = Mutex<Running?>(nil)

    /// - Parameter observer: Called on the edge's event loop; it must not wait.
    package init(
        configuration: SimulatorConfiguration, logger: Logger = Logger(label: "trunkline.simulator"),
        observer: @escaping @Sendable (SimulatorEvent) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.observer = observer
    }

    /// Loads the prompts, makes the certificates if there is a TLS listener, and begins to listen.
    package func start() async throws(SimulatorError) -> BoundAddresses {
        let configuration = self.configuration
        guard !configuration.edge.listeners.isEmpty else { throw .noListener }
        let prompts = try Self.loadPrompts(configuration)
        let serverTLS = try Self.serverTLS(configuration)
        let files: ReportFiles? =
            if let directory = configuration.reportsDirectory { try ReportFiles(directory: directory) } else { nil }
        let edgeLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connectionLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let transport = TransportLayer(
            eventLoop: edgeLoop.next(), connectionLoops: connectionLoops,
            configuration: try Self.transportConfiguration(configuration), logger: self.logger)
        let now = Edge.now()
        let sinceEpoch = Duration.microseconds(Int64(Date().timeIntervalSince1970 * 1_000_000))
        let edge = Edge(
            eventLoop: edgeLoop.next(), configuration: configuration, prompts: prompts, transport: transport,
            files: files, clock: WallClockAnchor(instant: now, sinceEpoch: sinceEpoch), observer: self.observer)
        let running = Running(
            edge: edge, transport: transport, edgeLoop: edgeLoop, connectionLoops: connectionLoops, files: files)
        await transport.start { event in edge.assumeIsolated { $0.receive(event) } }
        var addresses = BoundAddresses()
        do {
            for listener in configuration.edge.listeners {
                let wanted = ListenerConfiguration(
                    transport: listener.transport.name,
                    address: TransportAddress(configuration.edge.address, port: listener.port), tls: serverTLS)
                let bound = try await transport.listen(wanted)
                switch listener.transport {
                case .udp: addresses.udp = bound
                case .tcp: addresses.tcp = bound
                case .tls: addresses.tls = bound
                }
            }
        } catch {
            await Self.close(running)
            throw .listenerFailed(reason: error.sentence)
        }
        await edge.setAddresses(addresses)
        self.running.withLock { $0 = running }
        return addresses
    }

    /// Reports of the calls that have ended, in the order of their ends; the last 10,000.
    package var reports: [CallReport] {
        get async {
            guard let edge = try? self.edge() else { return [] }
            return await edge.reports
        }
    }

    package var gauges: SimulatorGauges {
        get async {
            guard let edge = try? self.edge() else {
                return SimulatorGauges(calls: 0, sockets: 0, ended: 0, reportsUnwritten: 0)
            }
            return await edge.gauges
        }
    }

    /// Returns once `count` calls have ended since the start, or at `shutdown`.
    package func reports(atLeast count: Int) async -> [CallReport] {
        guard let edge = try? self.edge() else { return [] }
        await edge.wait(for: .ended(count))
        return await edge.reports
    }

    /// Calls the gateway and returns the Call-ID; the call walks through its flow by itself.
    package func placeCall(_ order: PlacedCall) async throws(SimulatorError) -> String {
        let edge = try self.edge()
        let result = await withCheckedContinuation { continuation in
            edge.eventLoop.execute {
                edge.assumeIsolated { $0.place(order) { continuation.resume(returning: $0) } }
            }
        }
        return try result.get()
    }

    /// Returns the report of a call once the call has ended; nil at `shutdown`.
    package func report(ofCall callID: String) async -> CallReport? {
        guard let edge = try? self.edge() else { return nil }
        await edge.wait(for: .report(callID: callID))
        return await edge.reports.last { $0.callID == callID }
    }

    /// Changes what goes wrong from the next call on; refusals are counted anew.
    package func misbehave(_ misbehaviour: Misbehaviour) async throws(SimulatorError) {
        await (try self.edge()).setMisbehaviour(misbehaviour)
    }

    /// Hangs up every call, waits a moment for the answers, and stops. The simulator cannot be started again.
    package func shutdown() async {
        let running = self.running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let running else { return }
        await running.edge.drain()
        for _ in 0..<Self.drainPolls {
            let gauges = await running.edge.gauges
            guard gauges.calls > 0 || gauges.reportsUnwritten > 0 else { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        await Self.close(running)
    }

    private func edge() throws(SimulatorError) -> Edge {
        guard let edge = self.running.withLock({ $0?.edge }) else { throw .notRunning }
        return edge
    }

    private static func close(_ running: Running) async {
        await running.transport.close()
        await running.files?.shutdown()
        try? await running.connectionLoops.shutdownGracefully()
        try? await running.edgeLoop.shutdownGracefully()
    }

    private static func loadPrompts(_ configuration: SimulatorConfiguration) throws(SimulatorError) -> [String: [Int16]]
    {
        let directory = configuration.promptsDirectory
        let names = configuration.flow.promptNames + configuration.misbehaviour.promptNames
        var prompts: [String: [Int16]] = [:]
        do {
            guard !names.isEmpty else { return [:] }
            let library = try PromptLibrary(directory: directory)
            defer { library.shutdown() }
            for name in names {
                do {
                    prompts[name] = try library.prompt(named: try PromptName(validating: name)).samples
                } catch {
                    throw SimulatorError.promptMissing(name: name, directory: directory, reason: error.description)
                }
            }
        } catch let error as SimulatorError {
            throw error
        } catch {
            throw .fileUnreadable(path: directory, reason: "\(error)")
        }
        return prompts
    }

    private static func serverTLS(_ configuration: SimulatorConfiguration) throws(SimulatorError) -> TLSContext? {
        guard configuration.edge.listeners.contains(where: { $0.transport == .tls }) else { return nil }
        guard let directory = configuration.tlsDirectory else { throw .tlsDirectoryMissing }
        try ForeignSRTP.initialise()
        let certificates = ThrowawayCertificates(directory: directory)
        try certificates.make(for: configuration.edge.address.description)
        let identity = TLSConfiguration.Identity(
            certificateChain: .file(path: certificates.path(ThrowawayCertificates.certificate)),
            privateKey: .file(path: certificates.path(ThrowawayCertificates.key)))
        do {
            return try TLSContext(.server, TLSConfiguration(identity: identity))
        } catch {
            throw .certificatesNotMade(reason: "\(error)")
        }
    }

    private static func transportConfiguration(
        _ configuration: SimulatorConfiguration
    ) throws(SimulatorError) -> TransportConfiguration {
        var transport = TransportConfiguration()
        transport.knownPeers = [.loopback, configuration.edge.address]
        let authority = configuration.edge.gatewayAuthorityFile
        let tls = TLSConfiguration(
            trustAnchors: authority.map { .only(.file(path: $0)) } ?? .system,
            verification: authority == nil ? .insecureNoVerification : .full)
        do {
            transport.defaultProfile = OutgoingProfile(
                localAddress: configuration.edge.address, tls: try TLSContext(.client, tls))
        } catch {
            throw .fileUnreadable(path: authority ?? "the system's authorities", reason: "\(error)")
        }
        return transport
    }

    private static let drainPolls = 50
}
