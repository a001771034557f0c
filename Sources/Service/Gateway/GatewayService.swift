import ServiceLifecycle

/// The gateway as a service: runs until it is asked to stop, then ends its calls in good order.
package struct GatewayService: Service {
    private let gateway: VoiceGateway

    package init(gateway: VoiceGateway) {
        self.gateway = gateway
    }

    package func run() async throws {
        try? await gracefulShutdown()
        await self.gateway.shutDown()
    }
}
