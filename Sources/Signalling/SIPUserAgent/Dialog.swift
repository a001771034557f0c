import Addressing
import SIPSyntax
import SIPTransaction

/// A relation between two user agents (RFC 3261 section 12): who they are, the route between them, and the order of
/// requests each way.
package struct Dialog: Sendable {
    package let id: DialogID
    /// From of our requests, with our tag.
    package let local: NameAddress
    /// To of our requests, with the peer's tag.
    package let remote: NameAddress
    /// The peer's Contact, the latest that it gave in an INVITE or its answer.
    package private(set) var remoteTarget: SIPURI
    package let routeSet: RouteSet
    /// Our own Contact.
    package let contact: SIPURI
    package let advertised: AdvertisedAddress
    /// The way to the peer that the dialog began on; its connection is preferred to what Contact says.
    package private(set) var path: TransportPath
    /// The name that the peer's certificate was checked against; a hop that is a bare IP address is held to it too.
    private let serverName: HostName?
    /// Whether the connection of `path` is known to live.
    private var isConnected: Bool
    private var localSequence: UInt32
    /// The highest CSeq number that the peer has used; nil before its first request.
    private var remoteSequence: UInt32?

    package enum SequenceVerdict: Hashable, Sendable {
        case inOrder
        /// Lower than one before, or the same: the answer is 500 (RFC 3261 section 12.2.2).
        case outOfOrder
    }

    /// The caller's dialog: made by a 2xx to the INVITE that went to `destination`. Nil when what a dialog
    /// needs of the 2xx cannot be read.
    package init?(caller invite: Request, sentTo destination: Destination, response: Response, path: TransportPath) {
        guard let head = try? RequestHead(invite), let remote = try? response.headers.to,
            let contact = try? invite.headers.contacts.first?.uri.sip,
            let recordRoutes = try? response.headers.recordRoutes, let targets = try? response.headers.contacts
        else { return nil }
        // A 2xx without Contact is against the RFC; the Request-URI then is the best that is known of the peer.
        guard let target = targets.first?.uri.sip ?? invite.uri.sip else { return nil }
        self.init(
            id: DialogID(callID: head.callID, localTag: head.from.tag ?? "", remoteTag: remote.tag ?? ""),
            local: head.from, remote: remote, remoteTarget: target,
            routeSet: .ofCaller(recordRoutes: recordRoutes), contact: contact,
            advertised: AdvertisedAddress(host: head.via.host, port: head.via.port ?? path.transport.defaultPort),
            path: path, serverName: destination.verifiedName, localSequence: head.cSeq.number, remoteSequence: nil)
    }

    /// The callee's dialog: made by the INVITE, once a tag is drawn. Throws `malformedHeader` for an unusable Contact.
    package init(
        callee invite: Request, head: RequestHead, localTag: Token, contact: SIPURI, advertised: AdvertisedAddress,
        path: TransportPath
    ) throws(SIPSyntaxError) {
        guard let target = try invite.headers.contacts.first?.uri.sip else { throw .malformedHeader(.contact) }
        var local = head.to
        local.setTag(localTag)
        self.init(
            id: DialogID(callID: head.callID, localTag: localTag.text, remoteTag: head.from.tag ?? ""),
            local: local, remote: head.from, remoteTarget: target,
            routeSet: .ofCallee(recordRoutes: try invite.headers.recordRoutes), contact: contact,
            advertised: advertised, path: path, serverName: nil, localSequence: 0, remoteSequence: head.cSeq.number)
    }

    private init(
        id: DialogID, local: NameAddress, remote: NameAddress, remoteTarget: SIPURI, routeSet: RouteSet,
        contact: SIPURI, advertised: AdvertisedAddress, path: TransportPath, serverName: HostName?,
        localSequence: UInt32, remoteSequence: UInt32?
    ) {
        self.id = id
        self.local = local
        self.remote = remote
        self.remoteTarget = remoteTarget
        self.routeSet = routeSet
        self.contact = contact
        self.advertised = advertised
        self.path = path
        self.serverName = serverName
        self.isConnected = path.connection != nil
        self.localSequence = localSequence
        self.remoteSequence = remoteSequence
    }

    /// The CSeq number of our next request: one more than the last, never the same twice.
    package mutating func nextSequence() -> UInt32 {
        self.localSequence += 1
        return self.localSequence
    }

    /// The CSeq number of our last request; 0 before the first of a callee.
    package var lastSequence: UInt32 { self.localSequence }

    /// A 2xx confirms an early dialog: the numbers of its requests go on (RFC 3261 section 13.2.2.4).
    mutating func goOn(from early: Dialog) {
        self.localSequence = max(self.localSequence, early.localSequence)
        self.remoteSequence = early.remoteSequence
    }

    /// Judges and notes the CSeq number of a request from the peer. ACK and CANCEL are not judged: they repeat one.
    package mutating func judge(_ cSeq: CSeq) -> SequenceVerdict {
        if let last = self.remoteSequence, cSeq.number <= last { return .outOfOrder }
        self.remoteSequence = cSeq.number
        return .inOrder
    }

    /// Target refresh by a re-INVITE that we answer 2xx, or by a 2xx to one of ours (RFC 3261 section 12.2).
    package mutating func refreshTarget(_ contact: SIPURI) {
        self.remoteTarget = contact
    }

    /// The peer was heard on another connection: requests follow it there.
    package mutating func heard(on path: TransportPath) {
        guard path.transport == self.path.transport, path.remote.address == self.path.remote.address else { return }
        self.path = path
        self.isConnected = path.connection != nil
    }

    package mutating func connectionClosed(_ connection: ConnectionID) {
        if self.path.connection == connection { self.isConnected = false }
    }

    /// Where the dialog's requests go: on the connection that it lives on, else to the first hop of `plan`.
    package func destination(of plan: RouteSet.Plan) -> Destination {
        guard let hop = plan.nextHop.sip else { return Destination(replyingOn: self.path) }
        var destination = self.dialled(hop)
        switch self.path.transport {
        case .tcp, .tls:
            // The living connection reaches the peer whatever transport a Contact names: carriers are known whose
            // Contact says TLS on a port where only TCP listens.
            if self.isConnected {
                destination.transport = self.path.transport
                destination.path = self.path
            }
        case .udp:
            if destination.transport == .udp, let address = destination.host.address {
                let remote = TransportAddress(address, port: destination.port)
                destination.path = TransportPath(transport: .udp, local: self.path.local, remote: remote)
            }
        }
        return destination
    }

    /// Whether the dialog lives on this connection.
    func lives(on connection: ConnectionID) -> Bool {
        self.isConnected && self.path.connection == connection
    }

    /// Where a dialog without a connection dials for its next request; nil where there is one, or none is needed.
    var destinationToRedial: Destination? {
        guard self.path.transport.isReliable, !self.isConnected else { return nil }
        return self.destination(of: self.routeSet.plan(to: self.remoteTarget))
    }

    /// A new way to the hop; a hop that names no transport is reached by the dialog's own.
    private func dialled(_ hop: SIPURI) -> Destination {
        let transport = hop.isSecure ? SIPTransportName.tls : hop.transport ?? self.path.transport
        var destination = Destination(
            transport: transport, host: hop.host, port: hop.port ?? transport.defaultPort,
            serverName: transport == .tls && hop.host.address != nil ? self.serverName : nil)
        // RFC 3263 section 4.2: SRV records say the port of a name that comes without one.
        if hop.port == nil { destination.lookup = .services }
        return destination
    }
}

extension Destination {
    /// The name that a certificate at this destination must carry; nil for a bare IP address.
    fileprivate var verifiedName: HostName? {
        if let serverName { return serverName }
        return switch self.host {
        case .name(let name): name
        case .ip: nil
        }
    }
}
