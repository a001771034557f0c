import Addressing
import NIOCore
import NIOPosix
import SIPSyntax
import Trunks

/// Finds the address that a far end reaches this machine at, where the configuration names none.
enum LocalAddress {
    /// The first bound address that is a real one; else the source that the kernel picks toward the first trunk.
    ///
    /// Connecting a datagram socket sends nothing.
    static func toward(
        _ trunk: Trunk?, over loops: MultiThreadedEventLoopGroup, bound: [TransportAddress]
    ) async throws(GatewayStartError) -> IPAddress {
        if let address = bound.map(\.address).first(where: { !$0.isUnspecified }) { return address }
        guard let trunk, let point = trunk.pointsOfPresence.first else { return .loopback }
        do {
            let host =
                switch point.host {
                case .ip(let address): address.description
                case .name(let name): trunk.nameOverrides[name]?.description ?? name.text
                }
            let channel = try await DatagramBootstrap(group: loops).connect(host: host, port: Int(point.port)).get()
            let local = channel.localAddress?.ipAddress.flatMap { IPAddress($0) }
            try await channel.close()
            if let local { return local }
        } catch is SocketAddressError.UnknownHost {
            throw .part(
                "SIP",
                reason: "\(point.host) has no address here. Fix: check this machine's DNS, or set trunks.\(trunk.name)"
                    + ".bindAddress")
        } catch {
            throw .part(
                "SIP",
                reason: "no way to \(point.host) was found (\(error)). Fix: check this machine's routes, or set "
                    + "trunks.\(trunk.name).bindAddress")
        }
        throw .part("SIP", reason: "no local address was found. Fix: set trunks.\(trunk.name).bindAddress")
    }
}
