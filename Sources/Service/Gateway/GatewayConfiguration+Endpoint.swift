import Addressing
import SIPEndpoint
import SIPSyntax
import SIPTransport
import SIPUserAgent
import TLS
import Trunks

/// What the SIP endpoint is made from.
extension GatewayConfiguration {
    var endpoint: EndpointConfiguration {
        get throws(GatewayStartError) {
            var userAgent = UserAgentConfiguration()
            userAgent.sessionsMax = 2 * self.callsMax + 100
            userAgent.transactionsMax = 20 * self.callsMax + 1_000
            return EndpointConfiguration(userAgent: userAgent, transport: try self.transport)
        }
    }

    private var transport: TransportConfiguration {
        get throws(GatewayStartError) {
            var transport = TransportConfiguration()
            for trunk in self.trunks {
                let tls = try Self.clientContext(of: trunk)
                for point in trunk.pointsOfPresence {
                    // Trunks over TLS and TCP may lead to one host; `checkPeers` has refused those that contradict.
                    transport.profiles[point.host] = OutgoingProfile(
                        localAddress: trunk.bindAddress, tls: tls ?? transport.profiles[point.host]?.tls)
                    if case .ip(let address) = point.host { transport.knownPeers.insert(address) }
                }
                transport.addressOverrides.merge(trunk.nameOverrides) { $1 }
                transport.knownPeers.formUnion(trunk.nameOverrides.values)
                transport.knownPeers.formUnion(
                    trunk.sources.filter { $0.prefixLength >= ($0.address.isV4 ? 32 : 128) }.map(\.address))
            }
            return transport
        }
    }

    /// Where to listen. A gateway that only places one call listens on free ports of its trunks' transports, so that the
    /// far end can reach it for the dialog's requests; TLS needs a certificate for that and does without.
    func listeners(_ listening: VoiceGateway.Listening) throws(GatewayStartError) -> [ListenerConfiguration] {
        switch listening {
        case .asConfigured:
            let context = try self.serverContext
            return self.listeners.map {
                ListenerConfiguration(
                    transport: $0.transport, address: $0.address, tls: $0.transport == .tls ? context : nil)
            }
        case .outboundOnly:
            let plain = Set(self.trunks.map(\.transport)).subtracting([.tls])
            return plain.map { transport in
                let address = self.trunks.first { $0.transport == transport }?.bindAddress ?? .any
                return ListenerConfiguration(transport: transport, address: TransportAddress(address, port: 0))
            }
        }
    }

    private var serverContext: TLSContext? {
        get throws(GatewayStartError) {
            guard let identity = self.identity else { return nil }
            do {
                // Carriers show no certificate of their own: who they are is decided by their address.
                return try TLSContext(
                    .server, TLSConfiguration(verification: .insecureNoVerification, identity: identity))
            } catch {
                throw .part("TLS", reason: "\(error)")
            }
        }
    }

    private static func clientContext(of trunk: Trunk) throws(GatewayStartError) -> TLSContext? {
        guard trunk.transport == .tls else { return nil }
        do {
            return try TLSContext(.client, trunk.tls.configuration)
        } catch {
            throw .part("TLS of trunk \(trunk.name)", reason: "\(error)")
        }
    }
}
