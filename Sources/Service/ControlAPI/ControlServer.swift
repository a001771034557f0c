import CallControl
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import Telemetry

/// Where the control API listens and who may use it.
package struct ControlServerConfiguration: Sendable {
    /// Loopback unless the configuration says otherwise: the API places calls, which cost money.
    package var host = "127.0.0.1"
    package var port = 8080
    /// Every request but `GET /healthz` must carry it as a bearer token.
    package var token: BearerToken

    package init(token: BearerToken) {
        self.token = token
    }
}

/// The HTTP API: places, shows and hangs up calls.
package struct ControlServer: Service {
    /// The largest body that a request may have, in bytes.
    static let bodyLengthMax = 64 * 1024

    private let configuration: ControlServerConfiguration
    private let directory: CallDirectory
    private let ladders: LadderBook
    private let capture: @Sendable (String) -> [UInt8]?
    private let gauges: @Sendable () async -> GatewayGauges
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - capture: makes the capture file of the call with a SIP Call-ID.
    ///   - onListening: told the port once the server listens; of use where the configuration says port 0.
    package init(
        configuration: ControlServerConfiguration, directory: CallDirectory, ladders: LadderBook,
        capture: @escaping @Sendable (String) -> [UInt8]?, gauges: @escaping @Sendable () async -> GatewayGauges,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.directory = directory
        self.ladders = ladders
        self.capture = capture
        self.gauges = gauges
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
        let application = Application(
            router: router,
            configuration: .init(
                address: .hostname(self.configuration.host, port: self.configuration.port), serverName: "trunkline"),
            onServerRunning: { [onListening = self.onListening] channel in
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: self.logger)
        try await application.run()
    }
}
