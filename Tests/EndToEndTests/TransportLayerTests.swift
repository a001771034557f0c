import Addressing
import SIPSyntax
import SIPTransport
import TLS
import Testing

/// Two transport layers on loopback: who is reached, over which connection, and what the errors say.
@Suite(.timeLimit(.minutes(5))) struct TransportLayerTests {
    /// A request goes out, and its answer comes back the way that it came; the connection is used again.
    @Test(arguments: SIPTransportName.allCases)
    func requestsAndAnswers(transport: SIPTransportName) async throws {
        let server = await TransportPeer()
        let address = try await server.listen(transport, names: transport == .tls ? "IP:127.0.0.1" : nil)
        let client = await TransportPeer(try self.trusting())
        if transport == .udp { _ = try await client.listen(.udp) }
        let destination = Destination(transport: transport, host: .ip(.loopback), port: address.port)

        let path = try await client.layer.send(options(1), to: destination)
        let request = try #require(await server.nextMessage())
        #expect(request.bytes == options(1))
        #expect(request.path.transport == transport)
        #expect(request.path.local == address)
        #expect(request.path.remote == path.local)
        #expect((request.path.connection == nil) == (transport == .udp))

        let answer = Response(status: .ok, headers: request.message.headers).encoded()
        _ = try await server.layer.send(answer, to: Destination(replyingOn: request.path))
        let response = try #require(await client.nextMessage())
        #expect(response.bytes == answer)
        #expect(response.path == path)

        #expect(try await client.layer.send(options(2), to: destination) == path)
        #expect(await server.nextMessage()?.path == request.path)
        await client.layer.close()
        try await server.wait { $0.accepted == 0 }
        await server.layer.close()
        #expect(await client.layer.counts == TransportCounts())
        #expect(await server.layer.counts == TransportCounts())
    }

    /// Messages that wait for a connection being made keep their order, and make one connection only.
    @Test func messagesWaitForTheirConnection() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tls, names: "DNS:edge.test")
        let client = await TransportPeer(try self.trusting(["edge.test"]))
        let destination = Destination(transport: .tls, host: .name(try HostName("edge.test")), port: address.port)
        await client.sendAll((1...20).map { options($0) }, to: destination)
        for number in 1...20 { #expect(await server.nextMessage()?.bytes == options(number)) }
        #expect(await client.layer.counts.dialled == 1)
        #expect(await server.layer.counts.accepted == 1)
        await client.layer.close()
        await server.layer.close()
    }

    /// Two names at one address are two connections, each proved by itself (CVE-2020-15260).
    @Test func aConnectionIsNotReusedForAnotherName() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tls, names: "DNS:one.test,DNS:two.test")
        let client = await TransportPeer(try self.trusting(["one.test", "two.test", "three.test"]))
        let destination = { (name: String) throws in
            Destination(transport: .tls, host: .name(try HostName(name)), port: address.port)
        }
        let first = try await client.layer.send(options(1), to: destination("one.test"))
        let second = try await client.layer.send(options(2), to: destination("two.test"))
        #expect(first.connection != second.connection)
        #expect(first.remote == second.remote)

        let fault = CertificateFault.nameMismatch(wanted: "three.test", found: ["one.test", "two.test"])
        await #expect(throws: TransportError.handshakeFailed(address, .certificateRefused(fault))) {
            try await client.layer.send(options(3), to: destination("three.test"))
        }
        #expect(await server.nextMessage()?.bytes == options(1))
        #expect(await server.nextMessage()?.bytes == options(2))
        #expect(await client.layer.counts.dialled == 2)
        await client.layer.close()
        await server.layer.close()
    }

    /// A dialog's route often gives the address alone: after a lost connection the name proved there before is asked for.
    @Test func theNameOfAnAddressIsRemembered() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tls, names: "DNS:edge.test")
        let client = await TransportPeer(try self.trusting(["edge.test"]))
        let byName = Destination(transport: .tls, host: .name(try HostName("edge.test")), port: address.port)
        let byAddress = Destination(transport: .tls, host: .ip(.loopback), port: address.port)
        await #expect(throws: TransportError.self) { try await client.layer.send(options(1), to: byAddress) }
        let first = try await client.layer.send(options(2), to: byName)
        await client.layer.disconnect(try #require(first.connection))
        #expect(await client.nextClose()?.error == nil)
        let second = try await client.layer.send(options(3), to: byAddress)
        #expect(second.connection != first.connection)
        await client.layer.close()
        await server.layer.close()
    }

    @Test func theServerNameMayDifferFromTheHost() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tls, names: "DNS:edge.test")
        let client = await TransportPeer(try self.trusting())
        var destination = Destination(transport: .tls, host: .ip(.loopback), port: address.port)
        destination.serverName = try HostName("edge.test")
        _ = try await client.layer.send(options(1), to: destination)
        #expect(await server.nextMessage()?.bytes == options(1))
        await client.layer.close()
        await server.layer.close()
    }

    /// The failures of a call record, each with its sentence.
    @Test func unreachablePeers() async throws {
        let server = await TransportPeer()
        let free = try await server.listen(.tcp)
        await server.layer.close()
        let client = await TransportPeer()
        let tcp = Destination(transport: .tcp, host: .ip(.loopback), port: free.port)
        let refused = TransportError.connectFailed(free, reason: "the connection was refused")
        #expect(refused.sentence == "No connection to \(free): the connection was refused.")
        await #expect(throws: refused) { try await client.layer.send(options(1), to: tcp) }
        let tls = Destination(transport: .tls, host: .ip(.loopback), port: free.port)
        await #expect(throws: TransportError.tlsNotConfigured(.ip(.loopback))) {
            try await client.layer.send(options(1), to: tls)
        }
        let udp = Destination(transport: .udp, host: .ip(.loopback), port: free.port)
        await #expect(throws: TransportError.noDatagramSocket(to: free)) {
            try await client.layer.send(options(1), to: udp)
        }
        #expect(await client.layer.counts == TransportCounts())
        await client.layer.close()
        await #expect(throws: TransportError.closed) { try await client.layer.send(options(1), to: tcp) }
    }

    /// The system's resolver may give several addresses; one that refuses is passed over for the next.
    @Test func namesAreLookedUp() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tcp)
        let client = await TransportPeer()
        let known = Destination(transport: .tcp, host: .name(try HostName("localhost")), port: address.port)
        let errors = await client.sendAll((1...3).map { options($0) }, to: known)
        #expect(errors == [nil, nil, nil])
        for number in 1...3 { #expect(await server.nextMessage()?.bytes == options(number)) }
        await client.layer.close()
        await server.layer.close()
    }

    /// RFC 6761 section 6.4: no name under `invalid` exists, however the resolver says so.
    @Test func namesWithoutAnAddress() async throws {
        var configuration = TransportConfiguration()
        configuration.lookupTimeout = .seconds(1)
        let client = await TransportPeer(configuration)
        let name = try HostName("no-such-carrier.invalid")
        do {
            _ = try await client.layer.send(options(1), to: Destination(transport: .tcp, host: .name(name), port: 5060))
            Issue.record("the name has no address")
        } catch .nameNotFound(let missing, _) {
            #expect(missing == name)
        } catch .lookupTimedOut(let missing) {
            #expect(missing == name)
        }
        await client.layer.close()
    }

    @Test func listenersThatCannotBe() async throws {
        let server = await TransportPeer()
        let taken = try await server.listen(.tcp)
        await #expect(throws: TransportError.bindFailed(.tcp, taken, reason: "the address is in use")) {
            try await server.layer.listen(ListenerConfiguration(transport: .tcp, address: taken))
        }
        await #expect(throws: TransportError.listenerWithoutCertificate(taken)) {
            try await server.layer.listen(ListenerConfiguration(transport: .tls, address: taken))
        }
        await server.layer.close()
    }

    /// Only so many messages wait for one connection, and only so many connections are made.
    @Test func outgoingLimits() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tcp)
        var configuration = TransportConfiguration()
        configuration.waitingPerConnectionMax = 3
        configuration.dialledMax = 1
        let client = await TransportPeer(configuration)
        let destination = Destination(transport: .tcp, host: .ip(.loopback), port: address.port)
        let errors = await client.sendAll((1...5).map { options($0) }, to: destination)
        #expect(errors == [nil, nil, nil, .tooManyWaiting(.ip(.loopback)), .tooManyWaiting(.ip(.loopback))])
        let other = Destination(transport: .tcp, host: .ip(.v4(0x7F00_0002)), port: address.port)
        await #expect(throws: TransportError.tooManyConnections) { try await client.layer.send(options(6), to: other) }
        await client.layer.close()
        await server.layer.close()
    }

    /// Line ends and NULs keep a NAT open and mean nothing; junk is told as malformed, and the socket lives on.
    @Test func datagramsThatAreNoMessages() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.udp)
        let client = await TransportPeer()
        _ = try await client.listen(.udp)
        let destination = Destination(transport: .udp, host: .ip(.loopback), port: address.port)
        for junk in ["\r\n\r\n", "\0\0\0\0", "\r\n", "x", "no SIP at all\r\n\r\n"] {
            _ = try await client.layer.send(Array(junk.utf8), to: destination)
        }
        _ = try await client.layer.send(options(1), to: destination)
        var seen: [[UInt8]] = []
        for await event in server.events {
            switch event {
            case .malformed(let fault, let bytes, _):
                #expect(fault.request?.via == nil)
                seen.append(bytes)
                continue
            case .received(let received):
                seen.append(received.bytes)
            case .opened, .closed:
                Issue.record("a datagram opens nothing")
            }
            break
        }
        #expect(seen == [Array("no SIP at all\r\n\r\n".utf8), options(1)])
        await client.layer.close()
        await server.layer.close()
    }

    /// A client that trusts the tests' authority and finds these names on loopback.
    private func trusting(_ names: [String] = []) throws -> TransportConfiguration {
        var configuration = TransportConfiguration()
        configuration.defaultProfile.tls = try TransportCertificates.shared.get().clientContext()
        for name in names { configuration.addressOverrides[try HostName(name)] = .loopback }
        return configuration
    }
}
