import Addressing
import SIPSyntax

/// How far a request must come from the same place as the dialog or the INVITE that it names, against spoofed BYE, CANCEL
/// and re-INVITE.
///
/// Except with `tagsOnly`, a request must also come by a transport that proves as much as the dialog's own: what began on
/// TLS goes on on TLS, and what began on a stream goes on on one, as a datagram's source is cheap to forge.
package enum DialogPeerCheck: Hashable, Sendable, CaseIterable {
    /// Tags and Call-ID are enough (RFC 3261).
    case tagsOnly
    /// On TCP and TLS the request must also come from the IP address of the dialog's own connection. UDP sources are
    /// cheap to forge and proxies differ by packet, so there the tags decide.
    case sameAddressOnConnections
    /// On every transport the IP address must be the dialog's own, that of a trunk, or the one that the peer's Contact
    /// or route names: carriers go on from another edge of theirs, and a call over a proxy without Record-Route from the
    /// far end itself.
    case trunkAddresses
    /// On every transport the IP address must be the dialog's own.
    case sameAddress

    func admits(_ path: TransportPath, _ source: RequestSource, to dialog: Dialog) -> Bool {
        let isSameAddress = path.remote.address == dialog.path.remote.address
        let isAsSafe = path.transport.assurance >= dialog.path.transport.assurance
        return switch self {
        case .tagsOnly: true
        case .sameAddressOnConnections: isAsSafe && (isSameAddress || !dialog.path.transport.isReliable)
        case .trunkAddresses:
            isAsSafe && (isSameAddress || source.standing == .known || dialog.names(path.remote.address))
        case .sameAddress: isAsSafe && isSameAddress
        }
    }
}

extension SIPTransportName {
    /// How much a message's source is worth: a datagram's can be forged, a stream's was reached, TLS cannot be joined.
    fileprivate var assurance: Int {
        switch self {
        case .udp: 0
        case .tcp: 1
        case .tls: 2
        }
    }
}

extension Dialog {
    /// Whether the peer said that it may be found at this address.
    fileprivate func names(_ address: IPAddress) -> Bool {
        let hosts = [self.remoteTarget.host] + self.routeSet.routes.compactMap { $0.uri.sip?.host }
        return hosts.contains { host in
            switch host {
            case .ip(let own): own == address
            case .name: false
            }
        }
    }
}
