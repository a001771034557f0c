import Addressing
import DNS
import SIPSyntax
import TLS

/// The limits and habits of a transport layer. Every number is a limit that holds for the whole layer.
package struct TransportConfiguration: Sendable {
    package var messageLimits = MessageLimits.default

    /// Accepted connections at once; more are closed unread.
    package var places = AdmissionPlaces()
    /// The carriers' addresses.
    package var knownPeers: KnownPeers = []
    /// What strangers may send; nil hears everybody whatever they send.
    package var sourceLimits: SourceLimits?
    /// Connections of our own at once, those being made included.
    package var dialledMax = 500
    /// Whether the process has descriptors for one connection more, of others and of our own: accepted ones are closed
    /// unread where it has none, and messages that need a new one fail. Asked on any loop.
    package var hasDescriptors: @Sendable () -> Bool = { true }
    /// Messages that wait for a connection being made.
    package var waitingPerConnectionMax = 256
    /// Bytes handed to one connection and not yet taken by the kernel.
    package var writeBufferLengthMax = 1 << 20
    /// Messages received and not yet handed to the owner. Beyond it streams are not read and datagrams are dropped;
    /// strangers' beyond three quarters of it.
    package var inboxCountMax = 4_096

    /// Looking up a name, all its questions together.
    package var lookupTimeout: Duration = .seconds(5)
    /// Setting up a TCP connection, for each address of a name.
    package var connectTimeout: Duration = .seconds(5)
    /// The TLS handshake, either role.
    package var handshakeTimeout: Duration = .seconds(5)
    /// From a message's first byte to its last, and from accepting a connection to its first whole message.
    package var messageTimeout: Duration = .seconds(9)
    /// How long the kernel may wait for the peer to acknowledge bytes, pings included, before the connection is lost. The
    /// kernel's own patience is a quarter of an hour.
    package var acknowledgementTimeout: Duration = .seconds(30)
    /// Without any byte from the peer, answers to pings included.
    package var idleTimeout: Duration = .seconds(3_600)

    /// Without a whole message from a stranger that connected, whatever pings it sends; nil waits as long as for others.
    package var strangerIdleTimeout: Duration?

    /// A ping of two line ends on every stream (RFC 5626 section 3.5.1); nil sends none. Carriers close a silent TLS
    /// connection after about two minutes, and with it the way of the call's BYE.
    package var keepAliveInterval: Duration? = .seconds(30)
    /// How long a ping may stay unanswered before the connection is closed; nil for peers that never answer.
    package var pongTimeout: Duration?

    /// Who is asked for names.
    package var resolver = ResolverConfiguration()
    /// How long answers are kept, and how many.
    package var answers = AnswerCache.Limits()
    /// Names that are not looked up.
    package var addressOverrides: [HostName: IPAddress] = [:]
    /// How to reach the peers that no entry of `profiles` names.
    package var defaultProfile = OutgoingProfile()
    /// How to reach a peer, by the host of the destination.
    package var profiles: [Host: OutgoingProfile] = [:]

    package init() {}
}

/// From where and with which trust a peer is reached: a trunk's part in a destination.
package struct OutgoingProfile: Sendable {
    /// The source of connections and datagrams; nil leaves it to the kernel, and to the first listener for UDP.
    package var localAddress: IPAddress?
    /// A client's context; nil when the peer is not to be reached over TLS.
    package var tls: TLSContext?

    package init(localAddress: IPAddress? = nil, tls: TLSContext? = nil) {
        self.localAddress = localAddress
        self.tls = tls
    }
}

/// Where to listen.
package struct ListenerConfiguration: Sendable {
    package var transport: SIPTransportName
    /// Port 0 takes any free port.
    package var address: TransportAddress
    /// A server's context, for TLS only.
    package var tls: TLSContext?

    package init(transport: SIPTransportName, address: TransportAddress, tls: TLSContext? = nil) {
        self.transport = transport
        self.address = address
        self.tls = tls
    }
}
