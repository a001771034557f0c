import Addressing
import NIOCore
import NIOPosix
import SIPEndpoint
import Trunks

/// Finds the address that a far end reaches this machine at, where the configuration names none.
enum LocalAddress {
    /// The first bound address that is a real one; else the source that the kernel picks toward the first trunk.
    ///
    /// Connecting a datagram socket sends nothing.
    static func toward(
        _ trunk: Trunk?, by endpoint: Endpoint, over loops: MultiThreadedEventLoopGroup, bound: [TransportAddress]
    ) async throws(GatewayStartError) -> IPAddress {
        if let address = bound.map(\.address).first(where: { !$0.isUnspecified }) { return address }
        guard let trunk, let point = trunk.pointsOfPresence.first else { return .loopback }
        let server: TransportAddress
        do {
            server = try await endpoint.servers(of: trunk.destination(of: point))[0]
        } catch {
            throw .part(
                "SIP",
                reason: "\(error.sentence) Fix: check this machine's DNS, or set trunks.\(trunk.name).bindAddress")
        }
        do {
            let channel = try await DatagramBootstrap(group: loops)
                .connect(host: server.address.description, port: Int(server.port)).get()
            let local = channel.localAddress?.ipAddress.flatMap { IPAddress($0) }
            try await channel.close()
            if let local { return local }
        } catch {
            throw .part(
                "SIP",
                reason: "no way to \(point.host) was found (\(error)). Fix: check this machine's routes, or set "
                    + "trunks.\(trunk.name).bindAddress")
        }
        throw .part("SIP", reason: "no local address was found. Fix: set trunks.\(trunk.name).bindAddress")
    }
}
