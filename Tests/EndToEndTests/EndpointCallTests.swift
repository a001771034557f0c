import Addressing
import SIPEndpoint
import SIPSyntax
import SIPTransport
import SIPUserAgent
import Testing

/// Whole calls between two endpoints on loopback.
@Suite(.timeLimit(.minutes(5))) struct EndpointCallTests {
    /// Rings, is answered, and is ended by the caller; afterwards every gauge is 0.
    @Test(arguments: SIPTransportName.allCases)
    func aCallFromBeginningToEnd(transport: SIPTransportName) async throws {
        let caller = try await EndpointPeer(transport)
        let callee = try await EndpointPeer(transport)
        let outgoing = try await caller.endpoint.invite(caller.call(to: callee.address, over: transport))

        let (incoming, first) = try #require(await callee.nextEvent())
        guard case .incoming(let invite) = first else { throw UnexpectedEvent(first) }
        #expect(invite.offer == Array("v=0\r\n".utf8))
        #expect(invite.path.local == callee.address)
        await callee.endpoint.ring(incoming)
        for status in [StatusCode.trying, .ringing] {
            let (session, event) = try #require(await caller.nextEvent())
            guard case .provisional(let response) = event else { throw UnexpectedEvent(event) }
            #expect(session == outgoing && response.status == status)
        }

        await callee.endpoint.answer(incoming, sdp: Array("v=1\r\n".utf8))
        let third = try #require(await caller.nextDecisiveEvent())
        guard case .answered(let answer, _) = third else { throw UnexpectedEvent(third) }
        #expect(answer.body == Array("v=1\r\n".utf8))
        let fourth = try #require(await callee.nextEvent()).event
        guard case .confirmed = fourth else { throw UnexpectedEvent(fourth) }
        #expect(await caller.endpoint.counts.userAgent.dialogs == 1)

        await caller.endpoint.hangUp(outgoing)
        let fifth = try #require(await callee.nextEvent()).event
        guard case .ended(let theirs) = fifth else { throw UnexpectedEvent(fifth) }
        #expect(theirs.cause == .hungUpByPeer)
        let sixth = try #require(await caller.nextDecisiveEvent())
        guard case .ended(let ours) = sixth else { throw UnexpectedEvent(sixth) }
        #expect(ours.cause == .hungUpByUs)

        let ladder = try await caller.ladder(7)
        #expect(
            ladder == [
                "-> INVITE", "<- 100 INVITE", "<- 180 INVITE", "<- 200 INVITE", "-> ACK", "-> BYE", "<- 200 BYE",
            ])
        // On UDP the INVITE's transactions absorb retransmissions for half a minute more.
        if transport.isReliable {
            try await caller.waitUntilIdle()
            try await callee.waitUntilIdle()
        }
        await caller.endpoint.shutdown()
        await callee.endpoint.shutdown()
    }

    /// The same over IPv6: listeners, connections, Via with brackets, and the way back by `received` and `rport`.
    @Test(.enabled(if: EndpointPeer.hasIPv6, "this machine has no ::1"), arguments: SIPTransportName.allCases)
    func aCallOverIPv6(transport: SIPTransportName) async throws {
        let address = try #require(IPAddress("::1"))
        let caller = try await EndpointPeer(transport, at: address)
        let callee = try await EndpointPeer(transport, at: address)
        let outgoing = try await caller.endpoint.invite(caller.call(to: callee.address, over: transport))
        let (incoming, first) = try #require(await callee.nextEvent())
        guard case .incoming(let invite) = first else { throw UnexpectedEvent(first) }
        #expect(invite.path.local == callee.address)
        let via = try invite.request.headers.topVia
        #expect(via.headerValue.text.contains(" [::1]:\(caller.address.port);"))
        #expect(via.received == address)
        #expect(via.rport == invite.path.remote.port)
        await callee.endpoint.answer(incoming, sdp: Array("v=1\r\n".utf8))
        guard case .answered? = await caller.nextDecisiveEvent() else { throw UnexpectedEvent(first) }
        guard case .confirmed? = await callee.nextEvent()?.event else { throw UnexpectedEvent(first) }
        await caller.endpoint.hangUp(outgoing)
        guard case .ended? = await callee.nextEvent()?.event else { throw UnexpectedEvent(first) }
        guard case .ended? = await caller.nextDecisiveEvent() else { throw UnexpectedEvent(first) }
        await caller.endpoint.shutdown()
        await callee.endpoint.shutdown()
    }

    /// The peer closes its idle connection in the middle of a call: it is dialled again before anybody needs it, and the
    /// BYE goes that way.
    @Test(arguments: [SIPTransportName.tcp, .tls])
    func aConnectionThatIsClosedUnderACall(transport: SIPTransportName) async throws {
        let caller = try await EndpointPeer(transport)
        let callee = try await EndpointPeer(transport)
        let outgoing = try await caller.endpoint.invite(caller.call(to: callee.address, over: transport))
        let (incoming, first) = try #require(await callee.nextEvent())
        guard case .incoming(let invite) = first else { throw UnexpectedEvent(first) }
        await callee.endpoint.answer(incoming, sdp: Array("v=1\r\n".utf8))
        _ = try #require(await caller.nextDecisiveEvent())
        let connection = try #require(invite.path.connection)
        _ = try #require(await callee.nextEvent())
        await callee.endpoint.transport.disconnect(connection)
        while await caller.endpoint.counts.transport.dialled != 0 { try await Task.sleep(for: .milliseconds(5)) }
        while await callee.endpoint.counts.transport.accepted != 1 { try await Task.sleep(for: .milliseconds(20)) }
        while await caller.endpoint.counts.transport.dialled != 1 { try await Task.sleep(for: .milliseconds(20)) }

        await caller.endpoint.hangUp(outgoing)
        let event = try #require(await callee.nextEvent()).event
        guard case .ended(let reason) = event else { throw UnexpectedEvent(event) }
        #expect(reason.cause == .hungUpByPeer)
        let last = try #require(await caller.nextDecisiveEvent())
        guard case .ended(let ours) = last else { throw UnexpectedEvent(last) }
        #expect(ours.cause == .hungUpByUs)
        try await self.close(caller, callee)
    }

    /// The source of a call is refused by its owner, and the caller learns the status.
    @Test func aRefusedCall() async throws {
        let caller = try await EndpointPeer(.tcp)
        let callee = try await EndpointPeer(.tcp)
        _ = try await caller.endpoint.invite(caller.call(to: callee.address, over: .tcp))
        let incoming = try #require(await callee.nextEvent()).id
        await callee.endpoint.reject(incoming, .forbidden)
        let event = try #require(await caller.nextDecisiveEvent())
        guard case .failed(let reason) = event else { throw UnexpectedEvent(event) }
        #expect(reason.cause == .rejectedByPeer && reason.status == .forbidden)
        try await self.close(caller, callee)
    }

    /// A peer that is not there fails the call at once, and the owner is told why in words.
    @Test func anUnreachablePeer() async throws {
        let caller = try await EndpointPeer(.tcp)
        let gone = try await EndpointPeer(.tcp)
        await gone.endpoint.shutdown()
        let outgoing = try await caller.endpoint.invite(caller.call(to: gone.address, over: .tcp))
        let (id, event) = try #require(await caller.nextEvent())
        guard case .failed(let reason) = event else { throw UnexpectedEvent(event) }
        #expect(id == outgoing && reason.cause == .transportFailed && reason.status == .serviceUnavailable)
        #expect(
            await caller.nextFault() == .connectFailed(gone.address, reason: "the connection was refused"))
        try await caller.waitUntilIdle()
        await caller.endpoint.shutdown()
    }

    /// A connection that ends before the INVITE has any answer fails the call at once, not after 64·T1.
    @Test func aConnectionLostBeforeTheAnswer() async throws {
        let caller = try await EndpointPeer(.tcp)
        let silent = await TransportPeer()
        let address = try await silent.listen(.tcp)
        _ = try await caller.endpoint.invite(caller.call(to: address, over: .tcp))
        let invite = try #require(await silent.nextMessage())
        await silent.layer.disconnect(try #require(invite.path.connection))
        let event = try #require(await caller.nextEvent()).event
        guard case .failed(let reason) = event else { throw UnexpectedEvent(event) }
        #expect(reason.cause == .transportFailed)
        #expect(await caller.nextFault() == .closedByPeer(address))
        await silent.layer.close()
        try await caller.waitUntilIdle()
        await caller.endpoint.shutdown()
    }

    /// A certificate that names nobody we asked for ends the call before any SIP is said.
    @Test func aCertificateForSomebodyElse() async throws {
        let caller = try await EndpointPeer(.tls)
        let impostor = await TransportPeer()
        let address = try await impostor.listen(.tls, names: "DNS:other.test")
        _ = try await caller.endpoint.invite(caller.call(to: address, over: .tls))
        let fault = try #require(await caller.nextFault())
        #expect(fault.sentence.hasSuffix("The certificate is for other.test, but 127.0.0.1 was wanted."))
        await caller.endpoint.shutdown()
        await impostor.layer.close()
    }

    /// In-dialog requests survive their connection: the BYE goes by a new one.
    @Test func aCallOutlivesItsConnection() async throws {
        let caller = try await EndpointPeer(.tcp)
        let callee = try await EndpointPeer(.tcp)
        let outgoing = try await caller.endpoint.invite(caller.call(to: callee.address, over: .tcp))
        let (incoming, event) = try #require(await callee.nextEvent())
        guard case .incoming(let invite) = event else { throw UnexpectedEvent(event) }
        await callee.endpoint.answer(incoming, sdp: [])
        _ = await callee.nextEvent()
        await callee.endpoint.transport.disconnect(try #require(invite.path.connection))
        while await caller.endpoint.counts.transport.dialled > 0 { try await Task.sleep(for: .milliseconds(5)) }
        await caller.endpoint.hangUp(outgoing)
        let last = try #require(await callee.nextEvent()).event
        guard case .ended(let reason) = last else { throw UnexpectedEvent(last) }
        #expect(reason.cause == .hungUpByPeer)
        try await self.close(caller, callee)
    }

    /// OPTIONS as a health check, and its failure.
    @Test(arguments: SIPTransportName.allCases)
    func options(transport: SIPTransportName) async throws {
        let asker = try await EndpointPeer(transport)
        let peer = try await EndpointPeer(transport)
        let call = asker.call(to: peer.address, over: transport)
        let options = OutgoingOptions(
            requestURI: call.requestURI, from: call.from, to: call.to, advertised: call.advertised,
            destination: call.destination)
        guard case .answered(let response) = try await asker.endpoint.options(options) else {
            Issue.record("the peer is there")
            return
        }
        #expect(response.status == .ok)
        await peer.endpoint.shutdown()
        switch (transport, try await asker.endpoint.options(options)) {
        case (.udp, .timedOut), (.tcp, .transportFailed), (.tls, .transportFailed): break
        case (_, let outcome): Issue.record("the peer is gone: \(outcome)")
        }
        await asker.endpoint.shutdown()
    }

    /// After `drain` nobody gets in and nobody gets out.
    @Test func draining() async throws {
        let caller = try await EndpointPeer(.tcp)
        let callee = try await EndpointPeer(.tcp)
        await callee.endpoint.drain()
        _ = try await caller.endpoint.invite(caller.call(to: callee.address, over: .tcp))
        let event = try #require(await caller.nextEvent()).event
        guard case .failed(let reason) = event else { throw UnexpectedEvent(event) }
        #expect(reason.status == .serviceUnavailable)
        await #expect(throws: UserAgentError.draining) {
            try await callee.endpoint.invite(callee.call(to: caller.address, over: .tcp))
        }
        try await self.close(caller, callee)
    }

    private func close(_ caller: EndpointPeer, _ callee: EndpointPeer) async throws {
        try await caller.waitUntilIdle()
        try await callee.waitUntilIdle()
        await caller.endpoint.shutdown()
        await callee.endpoint.shutdown()
        #expect(await caller.endpoint.counts.transport.dialled == 0)
        #expect(await callee.endpoint.counts.transport.listeners == 0)
    }
}

/// An event that the call's course has no place for.
struct UnexpectedEvent: Error {
    let event: SessionEvent

    init(_ event: SessionEvent) {
        self.event = event
    }
}
