import Addressing
import CallControl
import DNS
import Reactor
import SIPEndpoint
import SIPSyntax
import SIPTransport
import SIPUserAgent
import TLS
import Trunks

/// What the SIP endpoint is made from.
extension GatewayConfiguration {
    ///
    /// - Parameter sources: what trunks' names resolve to, as it changes.
    func endpoint(_ sources: ResolvedSources) throws(GatewayStartError) -> EndpointConfiguration {
        var userAgent = UserAgentConfiguration()
        userAgent.sessionsMax = 2 * self.callsMax + 100
        // A call leaves two transactions behind for 32 s each.
        userAgent.transactionsMax = 20 * self.callsMax + 40 * self.limits.newCallsPerSecond
        userAgent.dialogPeerCheck = self.limits.dialogPeers
        userAgent.overload.newCallsPerSecond = self.limits.newCallsPerSecond
        userAgent.overload.newCallsPerSecondOfSource = self.limits.newCallsPerSecondOfSource
        userAgent.overload.halfOpenMax = self.limits.halfOpenCallsMax ?? self.callsMax
        // `InboundRouting` takes calls from trunks' addresses only.
        userAgent.overload.takesStrangers = false
        // Who asks outside a call (OPTIONS) is told what some trunk takes; each call is told what its own does.
        userAgent.session.takesTransfers = self.trunks.contains { $0.transfer.acceptsFromPeer }
        var transport = try self.transport
        let trunks = self.trunks
        transport.knownPeers.others = { address in
            trunks.contains { $0.isSource(address) } || sources.contains(address)
        }
        return EndpointConfiguration(userAgent: userAgent, transport: transport)
    }

    private var transport: TransportConfiguration {
        get throws(GatewayStartError) {
            var transport = TransportConfiguration()
            transport.places = self.limits.places
            transport.hasDescriptors = { DescriptorReserve.admitsMore }
            transport.sourceLimits = self.limits.strangers
            transport.strangerIdleTimeout = .seconds(120)
            transport.resolver.servers = self.nameServers
            transport.pongTimeout = self.pongTimeout
            for trunk in self.trunks {
                let tls = try self.clientContext(of: trunk)
                for host in trunk.peerHosts {
                    // Trunks over TLS and TCP may lead to one host; `checkPeers` has refused those that contradict.
                    transport.profiles[host] = OutgoingProfile(
                        localAddress: trunk.bindAddress, tls: tls ?? transport.profiles[host]?.tls)
                }
                transport.addressOverrides.merge(trunk.nameOverrides) { $1 }
            }
            return transport
        }
    }

    /// Where to listen. A gateway that only places one call listens on free ports of its trunks' transports, so that the
    /// far end can reach it for the dialog's requests; TLS needs a certificate for that and does without.
    func listeners(_ listening: VoiceGateway.Listening) throws(GatewayStartError) -> [ListenerConfiguration] {
        switch listening {
        case .asConfigured:
            let context = try self.serverContext()
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

    /// Reads the files anew each time; nil where no certificate is configured.
    func serverContext() throws(GatewayStartError) -> TLSContext? {
        guard let identity = self.identity else { return nil }
        var configuration = TLSConfiguration(verification: .insecureNoVerification, identity: identity)
        // Most carriers show no certificate of their own: who they are is decided by their address.
        configuration.clientCertificates = self.clientCertificates
        configuration.versionMin = self.listenerVersionMin
        do {
            return try TLSContext(.server, configuration)
        } catch {
            throw Self.refusal(of: "sip", at: self.identityPlace, error)
        }
    }

    /// Reads the trunk's files anew each time; nil for a trunk without TLS.
    func clientContext(of trunk: Trunk) throws(GatewayStartError) -> TLSContext? {
        guard trunk.transport == .tls else { return nil }
        do {
            return try TLSContext(.client, trunk.tls.configuration)
        } catch {
            throw Self.refusal(of: "trunks.\(trunk.name).tls", at: self.trustPlaces[trunk.name], error)
        }
    }

    /// Reads every file of TLS as a start would, and throws what it would throw.
    package func tryFiles() throws(GatewayStartError) {
        _ = try self.serverContext()
        for trunk in self.trunks { _ = try self.clientContext(of: trunk) }
        _ = try self.botServerContext()
    }

    static func refusal(
        of section: String, at place: GatewayConfigurationError.Place?, _ error: any Error
    ) -> GatewayStartError {
        var reason = "\(error)"
        if reason.last == "." { reason.removeLast() }
        guard let place else { return .part("TLS of \(section)", reason: reason) }
        return .configuration(
            .invalid(
                place, problem: "\(section): \(reason)",
                fix:
                    "name PEM files: the certificate and those that it was signed with, the key that belongs to it, and the "
                    + "authorities that are trusted"))
    }
}
