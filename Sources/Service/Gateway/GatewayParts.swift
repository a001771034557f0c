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
    let routing: InboundRouting

    static func start(
        _ configuration: GatewayConfiguration, listening: VoiceGateway.Listening, router: SessionRouter,
        sources: ResolvedSources, ladders: LadderBook, registrations: TrunkRegistrations, logger: Logger
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
        let endpoint = Endpoint(
            eventLoop: dialogLoop.next(), connectionLoops: loops,
            configuration: try configuration.endpoint(sources),
            handlers: Self.handlers(router: router, ladders: ladders, registrations: registrations), logger: logger)
        do {
            let plan = try configuration.listeners(listening)
            let bound = try await endpoint.start(plan)
            let listeners = Dictionary(zip(plan.map(\.transport), bound)) { first, _ in first }
            let localAddress = try await LocalAddress.toward(configuration.trunks.first, over: loops, bound: bound)
            return GatewayParts(
                loops: [loops, dialogLoop], endpoint: endpoint, media: media, connector: connector,
                prompts: files.prompts,
                recordings: files.recordings, listeners: listeners, localAddress: localAddress,
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
        await self.media.shutdown()
        self.connector.shutdown()
        self.recordings?.shutdown()
        self.prompts?.shutdown()
        for loops in self.loops { try? await loops.shutdownGracefully() }
    }

    private static let connectionLoopCount = 2

    private static func handlers(
        router: SessionRouter, ladders: LadderBook, registrations: TrunkRegistrations
    ) -> EndpointHandlers {
        EndpointHandlers(
            onEvent: { session, event in router.deliver(.event(event), of: session) },
            onTransportFault: { session, error in router.deliver(.transportFault(error.sentence), of: session) },
            onMessage: { observed in ladders.note(observed) },
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
