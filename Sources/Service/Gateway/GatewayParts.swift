import Addressing
import AudioFiles
import BotTransports
import CallControl
import Logging
import MediaPlane
import NIOCore
import NIOPosix
import Reactor
import SIPEndpoint
import SIPSyntax
import SIPTransport
import SIPUserAgent
import TLS
import Telemetry
import Timekeeping
import Trunks

/// The running parts of a gateway, each started once and stopped in the opposite order.
struct GatewayParts: Sendable {
    let endpoint: Endpoint
    let media: MediaPlane
    let connector: Connector
    let recordings: RecordingWriter?
    let listeners: [SIPTransportName: TransportAddress]
    /// Where bots dial; nil where none may.
    let botAddress: TransportAddress?
    let localAddress: IPAddress
    /// Nil where no collector is configured.
    let exporter: HEPExporter?
    let routing: InboundRouting
    private let started: StartedParts

    static func start(
        _ configuration: GatewayConfiguration, listening: VoiceGateway.Listening, router: SessionRouter,
        sources: ResolvedSources, ladders: LadderBook, registrations: TrunkRegistrations, hiddenFields: HiddenFields,
        anchor: WallClockAnchor, logger: Logger
    ) async throws(GatewayStartError) -> GatewayParts {
        var started = StartedParts()
        do throws(GatewayStartError) {
            try Self.startMedia(configuration, listening, logger: logger, &started)
            // One loop drives dialogs and nothing else; others accept, shake hands, frame and parse.
            let dialogLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let loops = MultiThreadedEventLoopGroup(numberOfThreads: Self.connectionLoopCount)
            started.loops = [loops, dialogLoop]
            let exporter = try await Self.exporter(configuration.hep, over: loops, anchor: anchor)
            started.exporter = exporter
            let trace = MessageTrace(
                ladders: ladders, exporter: exporter, redaction: configuration.traceRedaction,
                hiddenFields: hiddenFields)
            let endpoint = Endpoint(
                eventLoop: dialogLoop.next(), connectionLoops: loops,
                configuration: try configuration.endpoint(sources),
                handlers: Self.handlers(router: router, trace: trace, registrations: registrations), logger: logger)
            started.endpoint = endpoint
            let parts = try await Self.listen(configuration, listening, endpoint, over: loops, started)
            let (left, limit) = DescriptorReserve.counts
            let refusal = configuration.descriptorRefusal(
                open: limit - left, limit: limit, loopCount: System.coreCount)
            if let refusal { throw .part("the gateway", reason: refusal) }
            return parts
        } catch {
            await started.stop()
            throw error
        }
    }

    private static func startMedia(
        _ configuration: GatewayConfiguration, _ listening: VoiceGateway.Listening, logger: Logger,
        _ started: inout StartedParts
    ) throws(GatewayStartError) {
        let files = try FileParts(configuration, logger: logger)
        started.prompts = files.prompts
        started.recordings = files.recordings
        // A gateway that places one call has no other for which a bot might wait.
        let serves = listening == .asConfigured
        let server = serves ? try configuration.startBotServer() : nil
        started.botAddress = server?.address
        do {
            started.connector = try Connector(
                warm: serves ? configuration.warmProcesses : [:], server: server, logger: logger)
            started.media = try MediaPlane(
                configuration.media, prompts: files.prompts, recordings: files.recordings, logger: logger)
        } catch {
            throw .part("the media plane", reason: "\(error)")
        }
    }

    private static func listen(
        _ configuration: GatewayConfiguration, _ listening: VoiceGateway.Listening, _ endpoint: Endpoint,
        over loops: MultiThreadedEventLoopGroup, _ started: StartedParts
    ) async throws(GatewayStartError) -> GatewayParts {
        guard let media = started.media, let connector = started.connector else {
            preconditionFailure("the media plane is started first")
        }
        do {
            let plan = try configuration.listeners(listening)
            let bound = try await endpoint.start(plan)
            let listeners = Dictionary(zip(plan.map(\.transport), bound)) { first, _ in first }
            let localAddress = try await LocalAddress.toward(
                configuration.trunks.first, by: endpoint, over: loops, bound: bound)
            started.exporter?.setLocalAddress(localAddress)
            return GatewayParts(
                endpoint: endpoint, media: media, connector: connector, recordings: started.recordings,
                listeners: listeners, botAddress: started.botAddress, localAddress: localAddress,
                exporter: started.exporter,
                routing: InboundRouting(trunks: configuration.trunks, routes: configuration.routes),
                started: started)
        } catch let error as GatewayStartError {
            throw error
        } catch let error as TransportError {
            throw configuration.refusal(of: error)
        } catch {
            throw .part("SIP", reason: "\(error)")
        }
    }

    func stop() async {
        await self.started.stop()
    }

    private static let connectionLoopCount = 2

    private static func exporter(
        _ collector: HEPConfiguration?, over loops: MultiThreadedEventLoopGroup, anchor: WallClockAnchor
    ) async throws(GatewayStartError) -> HEPExporter? {
        guard let collector else { return nil }
        do {
            return try await HEPExporter.start(collector, over: loops, anchor: anchor)
        } catch {
            throw .part(
                "trace.hep",
                reason: "no way to \(collector.host) port \(collector.port) was found (\(error)). Fix: correct the "
                    + "address, or check this machine's DNS and routes")
        }
    }

    private static func handlers(
        router: SessionRouter, trace: MessageTrace, registrations: TrunkRegistrations
    ) -> EndpointHandlers {
        EndpointHandlers(
            onEvent: { session, event in router.deliver(.event(event), of: session) },
            onTransportFault: { session, error in router.deliver(.transportFault(error.sentence), of: session) },
            onMessage: { observed in trace.note(observed) },
            onRegistration: { id, event in registrations.note(id, event) })
    }
}

/// What runs already, whether or not the rest comes to run too: a start that fails leaves nothing behind.
private struct StartedParts: Sendable {
    var prompts: PromptLibrary?
    var recordings: RecordingWriter?
    var connector: Connector?
    var botAddress: TransportAddress?
    var media: MediaPlane?
    var loops: [MultiThreadedEventLoopGroup] = []
    var exporter: HEPExporter?
    var endpoint: Endpoint?

    func stop() async {
        await self.endpoint?.shutdown()
        await self.exporter?.stop()
        await self.media?.shutdown()
        self.connector?.shutdown()
        self.recordings?.shutdown()
        self.prompts?.shutdown()
        for loops in self.loops { try? await loops.shutdownGracefully() }
    }
}

/// What reads and writes sound files.
private struct FileParts {
    let prompts: PromptLibrary?
    let recordings: RecordingWriter?

    init(_ configuration: GatewayConfiguration, logger: Logger) throws(GatewayStartError) {
        do {
            self.prompts = try configuration.promptsDirectory.map { try PromptLibrary(directory: $0) }
            self.recordings = try configuration.recordingsDirectory.map {
                try RecordingWriter(directory: $0, limits: configuration.recordingLimits, logger: logger)
            }
        } catch {
            throw .part("prompts and recordings", reason: "\(error)")
        }
    }
}

/// Why a gateway does not start.
package enum GatewayStartError: Error, Hashable, Sendable, CustomStringConvertible {
    case part(String, reason: String)
    /// A value of the configuration that is sound and does not fit this machine.
    case configuration(GatewayConfigurationError)

    package var description: String {
        switch self {
        case .part(let name, let reason): "\(name) cannot start: \(reason)"
        case .configuration(let error): "\(error)"
        }
    }
}
