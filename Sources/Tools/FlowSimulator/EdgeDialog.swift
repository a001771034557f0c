import SIPSyntax
import Timekeeping

/// The dialog of one call as the edge sees it: what its requests and answers carry (RFC 3261 section 12).
package struct EdgeDialog: Hashable, Sendable {
    package let callID: CallID
    package let localTag: Token
    /// From of what we send, To of what we receive; has our tag.
    package let local: NameAddress
    /// To of what we send; has the peer's tag once it is known.
    package private(set) var remote: NameAddress
    package private(set) var remoteTarget: URI
    package private(set) var routes: [NameAddress] = []
    package private(set) var localSequence: UInt32
    package private(set) var remoteSequence: UInt32
    /// Our own URI, as Contact carries it.
    package let contact: NameAddress
    /// What our Via says.
    package let viaTransport: ViaTransport
    package let viaHost: Host
    package let viaPort: UInt16

    /// The callee's side, from an INVITE that came in.
    package init(answering invite: Request, tag: Token, contact: NameAddress, via: Via) throws(SIPSyntaxError) {
        var local = try invite.headers.to
        local.setTag(tag)
        self.callID = try invite.headers.callID
        self.localTag = tag
        self.local = local
        self.remote = try invite.headers.from
        self.remoteTarget = try invite.headers.contacts.first?.uri ?? self.remote.uri
        self.routes = try invite.headers.recordRoutes
        self.localSequence = 0
        self.remoteSequence = try invite.headers.cSeq.number
        self.contact = contact
        self.viaTransport = via.transport
        self.viaHost = via.host
        self.viaPort = via.port ?? 5_060
    }

    /// The caller's side, before any answer.
    package init(
        calling target: SIPURI, as from: NameAddress, callID: CallID, tag: Token, contact: NameAddress, via: Via
    ) {
        var local = from
        local.setTag(tag)
        self.callID = callID
        self.localTag = tag
        self.local = local
        var called = target
        called.port = nil
        called.parameters = Parameters()
        self.remote = NameAddress(uri: called)
        self.remoteTarget = .sip(target)
        self.localSequence = 0
        self.remoteSequence = 0
        self.contact = contact
        self.viaTransport = via.transport
        self.viaHost = via.host
        self.viaPort = via.port ?? 5_060
    }

    /// A 2xx to our INVITE: its tag, its Contact and its Record-Route, turned round, are the dialog's.
    package mutating func establish(by response: Response) {
        if let to = try? response.headers.to { self.remote = to }
        if let target = (try? response.headers.contacts)?.first?.uri { self.remoteTarget = target }
        if let routes = try? response.headers.recordRoutes { self.routes = routes.reversed() }
    }

    /// Whether an in-dialog request comes in order; if so its number is the new mark (RFC 3261 section 12.2.2).
    package mutating func accepts(_ request: Request) -> Bool {
        guard let sequence = try? request.headers.cSeq, sequence.number > self.remoteSequence else { return false }
        self.remoteSequence = sequence.number
        return true
    }

    /// Whether an INVITE is the caller's next try after it was turned away: the dialog's next number, or one of its own
    /// under another From tag, as a caller may do after a 3xx (RFC 3261 section 8.1.3.4).
    package mutating func acceptsTry(_ invite: Request) -> Bool {
        guard let from = try? invite.headers.from, from.tag != self.remote.tag else { return self.accepts(invite) }
        guard let sequence = try? invite.headers.cSeq else { return false }
        self.remote = from
        self.remoteSequence = sequence.number
        return true
    }

    /// A re-INVITE moves the peer's target (RFC 3261 section 12.2.1.2).
    package mutating func refreshTarget(by request: Request) {
        if let target = (try? request.headers.contacts)?.first?.uri { self.remoteTarget = target }
    }

    /// A request of ours; the next number for all but ACK and CANCEL, which repeat the INVITE's.
    package mutating func request(_ method: Method, branch: Token) -> Request {
        if method != .ack && method != .cancel { self.localSequence += 1 }
        var headers = Headers()
        headers.add(
            .via,
            Via(transport: self.viaTransport, host: self.viaHost, port: self.viaPort, branch: branch))
        if !self.routes.isEmpty { headers.add(.route, self.routes) }
        headers.add(.maxForwards, UInt32(70))
        headers.add(.from, self.local)
        headers.add(.to, self.remote)
        headers.add(.callID, self.callID)
        headers.add(.cSeq, CSeq(number: self.localSequence, method: method))
        headers.add(.userAgent, Self.product)
        return Request(method: method, uri: self.remoteTarget, headers: headers)
    }

    /// An answer to a request of this dialog or the one that makes it.
    package func response(_ status: StatusCode, to request: Request, reason: String? = nil) -> Response {
        Self.response(status, to: request, reason: reason, tag: status == .trying ? nil : self.localTag)
    }

    /// An answer to any request: Via, From, To, Call-ID and CSeq are echoed (RFC 3261 section 8.2.6.2).
    ///
    /// The topmost Via must have been filled with the source already.
    package static func response(
        _ status: StatusCode, to request: Request, reason: String? = nil, tag: Token? = nil
    ) -> Response {
        var headers = Headers()
        for field in request.headers.fields where field.name == .via { headers.add(.via, field.value) }
        for name in [HeaderName.from, .to, .callID, .cSeq] {
            if name == .to, var to = try? request.headers.to, to.tag == nil, let tag {
                to.setTag(tag)
                headers.add(.to, to)
            } else if let value = request.headers.first(name) {
                headers.add(name, value)
            }
        }
        headers.add(.server, Self.product)
        return Response(status: status, reason: reason.flatMap { try? HeaderValue($0) }, headers: headers)
    }

    private static let product = HeaderValue(trusted: "trunkline-simulator")
}
