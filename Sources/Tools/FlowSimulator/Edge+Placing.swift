import Addressing
import SDP
import SIPSyntax
import SIPTransport
import Timekeeping

/// Calls that the simulator places.
extension Edge {
    /// Sends the INVITE and returns the call's Call-ID; the report comes when the call has ended.
    func place(_ order: PlacedCall, result: @escaping @Sendable (Result<String, SimulatorError>) -> Void) {
        let now = Self.now()
        let transport = order.transport.name
        guard order.transport != .udp || self.addresses.address(of: .udp) != nil else {
            return result(.failure(.peerUnreachable(reason: "calls over UDP leave from a listener; give --udp")))
        }
        let local =
            self.addresses.address(of: order.transport) ?? TransportAddress(self.configuration.address, port: 5_060)
        do {
            let caller = try SIPURI(user: order.from, host: Host(self.configuration.fromDomain))
            var parameters = Parameters()
            parameters.set(Token(trusted: "transport"), transport.parameterValue)
            let target = try SIPURI(
                user: order.to, host: .ip(order.peer.address), port: order.peer.port, parameters: parameters)
            let callID = try CallID("\(Self.tag().text)@pstn.mum1.exotel.com")
            let via = Via(
                transport: transport.viaTransport, host: .ip(local.address), port: local.port, branch: Self.branch())
            let dialog = EdgeDialog(
                calling: target, as: try NameAddress(displayName: order.from, uri: .sip(caller)), callID: callID,
                tag: Self.tag(), contact: self.contact(user: order.from, on: transport, local: local), via: via)
            let extra = try order.headers.map { header throws(SIPSyntaxError) in
                Headers.Field(name: try HeaderName(header.name), value: try HeaderValue(header.value))
            }
            let destination = Destination(
                transport: transport, host: .ip(order.peer.address), port: order.peer.port,
                serverName: try order.serverName.map { name throws(SIPSyntaxError) in try HostName(name) })
            result(.success(callID.text))
            self.place(dialog, extra, to: destination, order, local: local, at: now)
        } catch {
            result(.failure(.peerUnreachable(reason: error.sentence)))
        }
    }

    private func place(
        _ dialog: EdgeDialog, _ extra: [Headers.Field], to destination: Destination, _ order: PlacedCall,
        local: TransportAddress, at now: Instant
    ) {
        var dialog = dialog
        var invite = dialog.request(.invite, branch: Self.branch())
        // As the published sample has it: a bare address, whose parameters are the URI's.
        if order.manner == .edge,
            let route = try? HeaderValue("sip:\(local);transport=\(destination.transport.rawValue);lr")
        {
            invite.headers.prepend(.recordRoute, route)
        }
        for field in self.headers(of: order.manner, dialog, extra) { invite.headers.add(field.name, field.value) }
        let signalling = EdgeCall(
            placing: invite, dialog: dialog, isReliable: destination.transport.isReliable,
            roundTrip: self.configuration.roundTrip, at: now)
        let call = self.add(
            signalling, destination: destination, direction: .placed, peer: order.peer.description,
            flow: order.flow, at: now)
        let ringingMax = order.ringingMax
        self.openMedia(of: call) { edge, call, port in
            let now = Self.now()
            var random = SystemRandomNumberGenerator()
            let offer = call.negotiation.offer(port: port, random: &random)
            call.media = offer
            call.ringingUntil = now + ringingMax
            call.signalling.setOffer(offer.encoded())
            edge.send(.request(call.signalling.invite), of: call, at: now)
            edge.settle(call, at: now)
        }
    }

    private func headers(
        of manner: PlacedCall.Manner, _ dialog: EdgeDialog, _ extra: [Headers.Field]
    ) -> [Headers.Field] {
        var headers = Headers()
        headers.add(.contact, dialog.contact)
        headers.add(.allow, Self.methods)
        switch manner {
        case .edge:
            headers.add(.supported, HeaderValue(trusted: "replaces"))
            headers.add(.pAssertedIdentity, NameAddress(uri: dialog.local.uri))
            headers.add(.pEarlyMedia, HeaderValue(trusted: "supported"))
            headers.add(.xExotelCallSid, Self.tag())
            headers.add(.xExotelLegSid, Self.tag())
            headers.add(.xExotelTrunkSid, Token(trusted: "trmum1simulated"))
        case .customer:
            if let account = try? HeaderValue(self.configuration.account) { headers.add(.xExotelAccountSid, account) }
        }
        for field in extra { headers.replace(field.name, field.value) }
        headers.add(.contentType, MediaType.sdp)
        return headers.fields
    }

    /// The gateway's final answer to an INVITE of ours.
    func takeFinalResponse(_ response: Response, on call: LiveCall, at now: Instant) {
        call.ringingUntil = nil
        call.report.status = response.status.number
        call.report.statusReason = response.reason.text
        guard response.status.isSuccess, let offer = call.media else { return }
        do {
            let settings = try call.negotiation.accept(response.body, to: offer)
            call.settings = settings
            if self.startLeg(of: call, settings, at: now) { self.markAnswered(call, at: now) }
        } catch {
            self.hangUp(call, cause: 65, sentence: error.sentence, at: now)
        }
    }
}

extension SimulatorListener.Transport {
    var name: SIPTransportName {
        switch self {
        case .udp: .udp
        case .tcp: .tcp
        case .tls: .tls
        }
    }
}
