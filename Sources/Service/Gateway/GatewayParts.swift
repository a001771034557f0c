import Addressing
import AudioFiles
import BotTransports
import CallControl
import Logging
import MediaPlane
import NIOCore
import NIOPosix
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
    let loops: [MultiThreadedEventLoopGroup]
    let endpoint: Endpoint
    let media: MediaPlane
    let connector: Connector
    let prompts: PromptLibrary?
    let recordings: RecordingWriter?
    let listeners: [SIPTransportName: TransportAddress]
    let localAddress: IPAddress
    /// Nil where no collector is configured.
    let exporter: HEPExporter?
    let routing: InboundRouting

    static func start(
        _ configuration: GatewayConfiguration, listening: VoiceGateway.Listening, router: SessionRouter,
        sources: ResolvedSources, ladders: LadderBook, registrations: TrunkRegistrations, anchor: WallClockAnchor,
        logger: Logger
    ) async throws(GatewayStartError) -> GatewayParts {
        let files = try FileParts(configuration, logger: logger)
        let connector: Connector
        let media: MediaPlane
        do {
            connector = try Connector(logger: logger)
            media = try MediaPlane(
                configuration.media, prompts: files.prompts, recordings: files.recordings, logger: logger)
        } catch {
            throw .part("the media plane", reason: "\(error)")
        }
        // One loop drives dialogs and nothing else; others accept, shake hands, frame and parse.
        let dialogLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: Self.connectionLoopCount)
        let exporter = try await Self.exporter(configuration.hep, over: loops, anchor: anchor)
        let trace = MessageTrace(ladders: ladders, exporter: exporter, redaction: configuration.traceRedaction)
        let endpoint = Endpoint(
            eventLoop: dialogLoop.next(), connectionLoops: loops,
            configuration: try configuration.endpoint(sources),
            handlers: Self.handlers(router: router, trace: trace, registrations: registrations), logger: logger)
        do {
            let plan = try configuration.listeners(listening)
            let bound = try await endpoint.start(plan)
            let listeners = Dictionary(zip(plan.map(\.transport), bound)) { first, _ in first }
            let localAddress = try await LocalAddress.toward(
                configuration.trunks.first, by: endpoint, over: loops, bound: bound)
            exporter?.setLocalAddress(localAddress)
            return GatewayParts(
                loops: [loops, dialogLoop], endpoint: endpoint, media: media, connector: connector,
                prompts: files.prompts,
                recordings: files.recordings, listeners: listeners, localAddress: localAddress,
                exporter: exporter,
                routing: InboundRouting(trunks: configuration.trunks, routes: configuration.routes))
        } catch let error as GatewayStartError {
            throw error
        } catch let error as TransportError {
            throw .part("SIP", reason: error.sentence)
        } catch {
            throw .part("SIP", reason: "\(error)")
        }
    }

    func stop() async {
        await self.endpoint.shutdown()
        await self.exporter?.stop()
        await self.media.shutdown()
        self.connector.shutdown()
        self.recordings?.shutdown()
        self.prompts?.shutdown()
        for loops in self.loops { try? await loops.shutdownGracefully() }
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

    package var description: String {
        switch self {
        case .part(let name, let reason): "\(name) cannot start: \(reason)"
        }
    }
}
