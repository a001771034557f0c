import ArgumentParser
import ControlAPI
import Gateway
import Logging
import ServiceLifecycle
import UnixSignals

/// `trunkline serve`: the gateway as a service, until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Take and place calls until stopped.",
        discussion: """
            SIGTERM and SIGINT stop it: new calls get 503, live ones end with BYE, recordings and records are completed, \
            and the exit code is 0.
            SIGHUP reads the certificates, keys and authorities of TLS listeners and trunks anew; calls go on.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let configuration = try self.common.load()
        let logger = self.common.logger(configuration)
        let gateway = try await VoiceGateway.start(configuration, listening: .asConfigured, logger: logger) { _, _ in }
        for line in gateway.addresses { Output.line("listening on \(line)") }
        // Services are stopped the last first: the API goes on answering, with 503 to orders, until no call is left.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let host = configuration.api?.host,
            let api = gateway.controlServer(onListening: { Output.line("listening on http://\(host):\($0)") })
        {
            services.append(.init(service: api))
        }
        services.append(.init(service: GatewayService(gateway: gateway)))
        services.append(.init(service: RenewalService(gateway: gateway)))
        let group = ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}
