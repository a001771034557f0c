import Addressing
import SIPSyntax
import TLS

/// What a transport layer tells its owner, on the layer's event loop, in the order of each connection.
package enum TransportEvent: Sendable {
    case received(ReceivedMessage)
    /// A message that could not be read; what can be answered of it is in the fault.
    case malformed(MalformedMessage, bytes: [UInt8], path: TransportPath)
    case opened(OpenedConnection)
    /// A connection that was open is gone. Nil when we closed it in good order.
    case closed(TransportPath, TransportError?)
}

/// A whole message and the way it came.
package struct ReceivedMessage: Sendable {
    package let message: SIPMessage
    /// As it was on the wire.
    package let bytes: [UInt8]
    package let path: TransportPath
    package let standing: RequestSource.Standing
}

/// A connection that is ready for messages, its TLS handshake over.
package struct OpenedConnection: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        case dialled
        case accepted
    }

    package let path: TransportPath
    package let origin: Origin
    /// Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`.
    package let tls: String?
    /// The name that the peer's certificate proved.
    package let verifiedName: ServerName?
}

/// What a transport layer holds at this moment, and what it turned away since it began.
package struct TransportCounts: Hashable, Sendable {
    package var listeners = 0
    /// Accepted connections, those in their handshake included.
    package var accepted = 0
    /// Connections of our own, those being made included.
    package var dialled = 0
    /// Accepted and closed at once, because a limit was reached.
    package var refused: UInt64 = 0
    /// Connections of strangers that were pushed out by later ones before they had sent a message.
    package var evicted: UInt64 = 0
    /// Messages of strangers that were not heard: over their rate, or banned.
    package var unheard: UInt64 = 0
    /// Bans of strangers' addresses.
    package var bans: UInt64 = 0
    /// Datagrams dropped because the inbox was full.
    package var dropped: UInt64 = 0
    /// Banned sources whose datagrams the kernel drops.
    package var filtered = 0

    package init() {}
}
