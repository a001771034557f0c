import CallControl
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import Logging
import NIOCore
import SIPTransport
import ServiceLifecycle
import Synchronization
import Telemetry

/// Where the control API listens and who may use it.
package struct ControlServerConfiguration: Sendable {
    /// Loopback unless the configuration says otherwise: the API places calls, which cost money.
    package var host = "127.0.0.1"
    package var port = 8080
    /// Where the configuration says so, such as `trunkline.yaml:7:9`; begins the refusal.
    package var place: String?
    /// Every request but `GET /healthz` must carry it as a bearer token.
    package var token: BearerToken
    package var connections = ConnectionLimits()

    package init(token: BearerToken) {
        self.token = token
    }
}

/// The HTTP API: places, shows and hangs up calls.
package struct ControlServer: Service {
    /// The largest body that a request may have, in bytes.
    static let bodyLengthMax = 64 * 1024
    /// Connections that are being refused at once.
    private static let refusedMax = 16

    private let configuration: ControlServerConfiguration
    private let directory: CallDirectory
    private let ladders: LadderBook
    private let capture: @Sendable (String) -> [UInt8]?
    private let gauges: @Sendable () async -> GatewayGauges
    private let hasDescriptors: @Sendable () -> Bool
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - capture: makes the capture file of the call with a SIP Call-ID.
    ///   - hasDescriptors: whether the process can do with one connection more.
    ///   - onListening: told the port once the server listens; of use where the configuration says port 0.
    package init(
        configuration: ControlServerConfiguration, directory: CallDirectory, ladders: LadderBook,
        capture: @escaping @Sendable (String) -> [UInt8]?, gauges: @escaping @Sendable () async -> GatewayGauges,
        hasDescriptors: @escaping @Sendable () -> Bool = { true }, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.directory = directory
        self.ladders = ladders
        self.capture = capture
        self.gauges = gauges
        self.hasDescriptors = hasDescriptors
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let router = Router()
        router.get("healthz") { _, _ in JSONResponse.make(["status": "ok"]) }
        let routes = CallRoutes(directory: self.directory, ladders: self.ladders, capture: self.capture)
        let guarded = router.group("v1").add(middleware: BearerTokenMiddleware(token: self.configuration.token))
        routes.add(to: guarded.group("calls"))
        let gauges = self.gauges
        guarded.get("gauges") { _, _ in JSONResponse.make(await gauges().json) }
        let limits = self.configuration.connections
        let desk = ConnectionDesk(limits, hasDescriptors: self.hasDescriptors)
        let isListening = Flag()
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                AdmittedChannel(
                    http: HTTP1Channel(
                        responder: responder, configuration: .init(idleTimeout: TimeAmount(limits.idleTimeout))),
                    desk: desk, limits: limits)
            },
            configuration: .init(
                address: .hostname(self.configuration.host, port: self.configuration.port), serverName: "trunkline",
                // Those included that are being refused; the rest wait in the kernel for some of them to go.
                availableConnectionsDelegate: MaximumAvailableConnections(limits.countMax + Self.refusedMax)),
            onServerRunning: { [onListening = self.onListening, hasDescriptors = self.hasDescriptors] channel in
                await Self.pace(channel, hasDescriptors)
                isListening.value.store(true, ordering: .releasing)
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: self.logger)
        do {
            try await application.run()
        } catch  where !isListening.value.load(ordering: .acquiring) {
            throw ControlServerError.cannotListen(
                place: self.configuration.place, host: self.configuration.host, port: self.configuration.port,
                reason: Self.reason(error))
        }
    }

    /// Refusing takes a descriptor too: where there are none, connections are accepted one by one, no faster than they close.
    private static func pace(_ channel: any Channel, _ hasDescriptors: @escaping @Sendable () -> Bool) async {
        let isPaced = channel.setOption(.maxMessagesPerRead, value: 1).flatMapThrowing {
            // The first handler is the last that a read passes.
            try channel.pipeline.syncOperations.addHandler(AcceptPace(hasDescriptors), position: .first)
        }
        // A server that has been closed in the meantime accepts nobody.
        try? await isPaced.get()
    }

    private final class Flag: Sendable {
        let value = Atomic<Bool>(false)
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return switch error.errnoCode {
        case EADDRINUSE: "the address is in use"
        case EADDRNOTAVAIL: "no interface has the address"
        case EACCES, EPERM: "it is not permitted"
        default: error.description
        }
    }
}

/// Why the API cannot be served.
package enum ControlServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case cannotListen(place: String?, host: String, port: Int, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let place, let host, let port, let reason):
            (place.map { "\($0): " } ?? "")
                + "api.port: cannot listen on \(host):\(port): \(reason). Fix: change api.port or api.address, or "
                + "stop the program that listens there"
        }
    }
}
