import Addressing
import NIOCore
import SIPSyntax
import Synchronization
import TLS

/// One open stream, as the layer's own loop sees it.
struct Connection: Sendable {
    let opened: OpenedConnection
    let channel: any Channel
    let origin: ConnectionOrigin
}

/// How a connection began. Only a dialled one has a key under which requests may reuse it; an accepted one carries answers
/// and the requests of its own dialogs.
enum ConnectionOrigin: Sendable {
    case dialled(ConnectionKey, OutgoingProfile)
    case accepted

    var isDialled: Bool {
        switch self {
        case .dialled: true
        case .accepted: false
        }
    }

    var key: ConnectionKey? {
        switch self {
        case .dialled(let key, _): key
        case .accepted: nil
        }
    }
}

/// What must be equal for a request to go out over an existing connection.
///
/// The name matters as much as the address: a connection that proved to be one host must not carry a request for another at
/// the same address (CVE-2020-15260).
struct ConnectionKey: Hashable, Sendable {
    let transport: SIPTransportName
    let remote: TransportAddress
    /// For TLS: the name that the certificate must prove.
    let serverName: ServerName?
    /// The profile's local address and trust: two trunks share a connection only when both are the same.
    let localAddress: IPAddress?
    let trust: ObjectIdentifier?
}

extension ConnectionID {
    /// A number that this process has not used before.
    static func next() -> ConnectionID {
        ConnectionID(number: Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    private static let lastNumber = Atomic<UInt64>(0)
}
