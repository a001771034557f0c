import Addressing
import CallControl
import Logging
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// Asks every point of presence whether it is there, and keeps for the calls which are.
struct HealthChecks: Sendable {
    let trunks: [Trunk]
    let health: TrunkHealth
    let endpoint: Endpoint
    let listeners: [SIPTransportName: TransportAddress]
    let localAddress: IPAddress
    let logger: Logger

    /// Checks until the surrounding task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for trunk in self.trunks {
                guard let check = trunk.healthCheck else { continue }
                for index in trunk.pointsOfPresence.indices {
                    group.addTask { await self.watch(index, of: trunk, check) }
                }
            }
        }
    }

    private func watch(_ index: Int, of trunk: Trunk, _ check: HealthCheck) async {
        var random = SystemRandomNumberGenerator()
        var state = PointOfPresenceHealth(check)
        while !Task.isCancelled {
            let isAlive = await self.isAlive(trunk.pointsOfPresence[index], of: trunk)
            guard !Task.isCancelled else { return }
            if let change = state.note(isAlive: isAlive) { self.tell(change, index, of: trunk) }
            guard (try? await Task.sleep(for: state.pause(using: &random))) != nil else { return }
        }
    }

    private func tell(_ change: PointOfPresenceHealth.Change, _ index: Int, of trunk: Trunk) {
        let point = trunk.pointsOfPresence[index]
        switch change {
        case .wentDown:
            self.health.set(index, of: trunk.name, isUp: false)
            self.logger.warning("\(point.name) of trunk \(trunk.name) does not answer OPTIONS; calls leave it out.")
        case .cameUp:
            self.health.set(index, of: trunk.name, isUp: true)
            self.logger.notice("\(point.name) of trunk \(trunk.name) answers OPTIONS again; calls use it.")
        }
    }

    /// Any answer shows that the carrier is there, a refusal too, but for 503, which says that it takes no calls.
    private func isAlive(_ point: PointOfPresence, of trunk: Trunk) async -> Bool {
        guard let options = self.options(to: point, of: trunk),
            let outcome = try? await self.endpoint.options(options)
        else { return false }
        switch outcome {
        case .answered(let response): return response.status != .serviceUnavailable
        case .timedOut, .transportFailed: return false
        }
    }

    private func options(to point: PointOfPresence, of trunk: Trunk) -> OutgoingOptions? {
        let address = trunk.externalAddress ?? trunk.bindAddress ?? self.localAddress
        let port = self.listeners[trunk.transport]?.port ?? trunk.transport.defaultPort
        guard let target = try? SIPURI(user: nil, host: point.host, parameters: Parameters()),
            let own = try? SIPURI(user: "trunkline", host: trunk.fromHost ?? .ip(address), parameters: Parameters())
        else { return nil }
        return OutgoingOptions(
            requestURI: target, from: NameAddress(uri: .sip(own)), to: NameAddress(uri: .sip(target)),
            advertised: AdvertisedAddress(TransportAddress(address, port: port)),
            destination: trunk.destination(of: point))
    }
}
