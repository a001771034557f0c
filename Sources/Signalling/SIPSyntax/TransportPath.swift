package import Addressing

/// The transports that this stack speaks.
package enum SIPTransportName: String, Hashable, Sendable, CaseIterable {
    case udp
    case tcp
    case tls

    /// Whether the transport is a byte stream: framed by Content-Length, without retransmissions (RFC 3261 section 18).
    package var isReliable: Bool {
        switch self {
        case .udp: false
        case .tcp, .tls: true
        }
    }

    /// The name in a Via header field.
    package var viaTransport: ViaTransport {
        switch self {
        case .udp: .udp
        case .tcp: .tcp
        case .tls: .tls
        }
    }

    /// The value of a URI's `transport` parameter.
    package var parameterValue: Token {
        switch self {
        case .udp: Token(trusted: "udp")
        case .tcp: Token(trusted: "tcp")
        case .tls: Token(trusted: "tls")
        }
    }

    /// The port that a URI without one means: 5060, or 5061 for TLS (RFC 3261 section 19.1.2).
    package var defaultPort: UInt16 {
        switch self {
        case .udp, .tcp: 5060
        case .tls: 5061
        }
    }
}

/// The name of one connection, never used twice by a process.
package struct ConnectionID: Hashable, Sendable {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }
}

extension ConnectionID: CustomStringConvertible {
    package var description: String { "connection \(self.number)" }
}

/// Where a message came from: the way back to the same peer.
package struct TransportPath: Hashable, Sendable {
    package let transport: SIPTransportName
    package let local: TransportAddress
    package let remote: TransportAddress
    /// The stream that carried the message; nil for datagrams.
    package let connection: ConnectionID?

    package init(
        transport: SIPTransportName, local: TransportAddress, remote: TransportAddress, connection: ConnectionID? = nil
    ) {
        self.transport = transport
        self.local = local
        self.remote = remote
        self.connection = connection
    }
}

/// What of RFC 3263 section 4 is done for a host name.
package enum ServerLookup: Hashable, Sendable {
    /// A and AAAA records: a port was given, or somebody decided it.
    case addresses
    /// NAPTR and SRV records first: there was no port.
    case services
}

/// Where a message is to go.
package struct Destination: Hashable, Sendable {
    package var transport: SIPTransportName
    package var host: Host
    package var port: UInt16
    /// An existing way to the same peer, preferred to a new connection while it lives.
    package var path: TransportPath?
    /// The name that the peer's certificate must carry, when it differs from the host (RFC 5922 section 7).
    package var serverName: HostName?
    /// How the servers of a host name are found.
    package var lookup = ServerLookup.addresses
    /// The one address of the host's that is meant, found before; nothing is looked up then, and no other is tried.
    package var address: IPAddress?

    package init(
        transport: SIPTransportName, host: Host, port: UInt16, path: TransportPath? = nil, serverName: HostName? = nil
    ) {
        self.transport = transport
        self.host = host
        self.port = port
        self.path = path
        self.serverName = serverName
    }

    /// Back along the way that a message came.
    package init(replyingOn path: TransportPath) {
        self.init(transport: path.transport, host: .ip(path.remote.address), port: path.remote.port, path: path)
    }
}
