import SIPSyntax
import SIPTransaction

/// Builds requests: RFC 3261 sections 8.1.1, 9.1, 12.2.1.1 and 13.2.2.4.
struct RequestFactory: Sendable {
    let product: HeaderValue?

    func invite(
        _ call: OutgoingInvite, callID: CallID, tag: Token, branch: Token, settings: SessionSettings,
        sessionTimer: [Headers.Field]
    ) -> Request {
        var headers = Headers()
        headers.add(.via, Self.via(call.advertised, call.destination.transport, branch))
        headers.add(.maxForwards, Self.maxForwards)
        for route in call.routes { headers.add(.route, route) }
        var from = call.from
        from.setTag(tag)
        headers.add(.from, from)
        headers.add(.to, call.to)
        headers.add(.callID, callID)
        headers.add(.cSeq, CSeq(number: Self.firstSequence, method: .invite))
        headers.add(.contact, NameAddress(uri: call.contact))
        Capabilities.addTo(&headers, settings)
        if !settings.required.isEmpty { headers.add(.require, settings.required) }
        for field in sessionTimer { headers.add(field.name, field.value) }
        self.finish(&headers, extra: call.extraHeaders)
        if call.offer != nil { headers.add(.contentType, MediaType.sdp) }
        return Request(
            method: .invite, uri: .sip(call.requestURI.asRequestURI), headers: headers, body: call.offer ?? [])
    }

    func options(_ options: OutgoingOptions, callID: CallID, tag: Token, branch: Token) -> Request {
        var headers = Headers()
        headers.add(.via, Self.via(options.advertised, options.destination.transport, branch))
        headers.add(.maxForwards, Self.maxForwards)
        var from = options.from
        from.setTag(tag)
        headers.add(.from, from)
        headers.add(.to, options.to)
        headers.add(.callID, callID)
        headers.add(.cSeq, CSeq(number: Self.firstSequence, method: .options))
        headers.add(.contact, NameAddress(uri: options.contact))
        headers.add(.accept, Capabilities.mediaTypes)
        self.finish(&headers, extra: [])
        return Request(method: .options, uri: .sip(options.requestURI.asRequestURI), headers: headers)
    }

    /// CANCEL repeats the INVITE's Request-URI, top Via, Route, From, To, Call-ID and CSeq number (section 9.1).
    func cancel(_ invite: Request, extra: [Headers.Field]) -> Request {
        var headers = Headers()
        if let via = invite.headers.first(.via) { headers.add(.via, via) }
        headers.add(.maxForwards, Self.maxForwards)
        for name in [HeaderName.route, .from, .to, .callID] {
            for value in invite.headers.all(name) { headers.add(name, value) }
        }
        if let cSeq = try? invite.headers.cSeq { headers.add(.cSeq, CSeq(number: cSeq.number, method: .cancel)) }
        self.finish(&headers, extra: extra)
        return Request(method: .cancel, uri: invite.uri, headers: headers)
    }

    /// A request within a dialog, along its frozen route set, and where it goes.
    func request(
        _ method: Method, in dialog: Dialog, sequence: UInt32, branch: Token, extra: [Headers.Field] = []
    ) -> (Request, Destination) {
        let plan = dialog.routeSet.plan(to: dialog.remoteTarget)
        let destination = dialog.destination(of: plan)
        var headers = Headers()
        headers.add(.via, Self.via(dialog.advertised, destination.transport, branch))
        headers.add(.maxForwards, Self.maxForwards)
        for route in plan.routes { headers.add(.route, route) }
        headers.add(.from, dialog.local)
        headers.add(.to, dialog.remote)
        headers.add(.callID, dialog.id.callID)
        headers.add(.cSeq, CSeq(number: sequence, method: method))
        self.finish(&headers, extra: extra)
        return (Request(method: method, uri: plan.requestURI, headers: headers), destination)
    }

    /// A request that offers or refreshes within a dialog: it has our Contact and our abilities, and SDP where given.
    func offer(
        _ method: Method, in dialog: Dialog, sequence: UInt32, branch: Token, settings: SessionSettings,
        extra: [Headers.Field], sdp: [UInt8]
    ) -> (Request, Destination) {
        var abilities = Headers()
        abilities.add(.contact, NameAddress(uri: dialog.contact))
        Capabilities.addTo(&abilities, settings)
        var (request, destination) = self.request(
            method, in: dialog, sequence: sequence, branch: branch, extra: abilities.fields + extra)
        request.describe(sdp)
        return (request, destination)
    }

    private func finish(_ headers: inout Headers, extra: [Headers.Field]) {
        for field in extra { headers.add(field.name, field.value) }
        if let product { headers.add(.userAgent, product) }
    }

    private static func via(_ address: AdvertisedAddress, _ transport: SIPTransportName, _ branch: Token) -> Via {
        Via(transport: transport.viaTransport, host: address.host, port: address.port, branch: branch)
    }

    private static let maxForwards: UInt32 = 70
    private static let firstSequence: UInt32 = 1
}

extension Request {
    /// Puts SDP into the body, when there is any.
    mutating func describe(_ sdp: [UInt8]) {
        guard !sdp.isEmpty else { return }
        self.body = sdp
        self.headers.add(.contentType, MediaType.sdp)
    }
}
