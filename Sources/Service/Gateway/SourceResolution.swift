import Addressing
import CallControl
import Logging
import SIPEndpoint
import SIPSyntax
import Timekeeping
import Trunks

/// Keeps the addresses of points of presence that are given by name, so that INVITEs from them find their trunk.
struct SourceResolution: Sendable {
    /// Carriers move their names with a time to live of half a minute to a minute.
    static let interval = Duration.seconds(60)

    let trunks: [Trunk]
    let sources: ResolvedSources
    let endpoint: Endpoint
    let logger: Logger

    /// Looks up again and again until the surrounding task is cancelled. A failed look-up keeps what was known.
    func run() async {
        while !Task.isCancelled {
            for trunk in self.trunks { await self.resolve(trunk) }
            do {
                try await Task.sleep(for: Self.interval)
            } catch {
                return
            }
        }
    }

    private func resolve(_ trunk: Trunk) async {
        var found: Set<IPAddress> = []
        for point in trunk.pointsOfPresence {
            guard case .name(let name) = point.host, trunk.nameOverrides[name] == nil else { continue }
            let servers = (try? await self.endpoint.servers(of: trunk.destination(of: point))) ?? []
            let addresses = servers.map(\.address)
            if addresses.isEmpty {
                self.logger.warning("The name \(name) of trunk \(trunk.name) has no address now.")
                return
            }
            found.formUnion(addresses.map(\.unmapped))
        }
        self.sources.set(found, of: trunk.name)
    }
}
