import Gateway
import ServiceLifecycle
import UnixSignals

/// Renews the gateway's certificates at each SIGHUP, as certificate renewal programs send it.
struct RenewalService: Service {
    let gateway: VoiceGateway

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await self.gateway.renewCertificates()
        }
    }
}
