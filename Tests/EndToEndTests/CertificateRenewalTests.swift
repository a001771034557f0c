import Addressing
import SIPSyntax
import SIPTransport
import TLS
import Testing

/// A server's certificate is replaced while calls are up; and clients that must show one.
@Suite(.timeLimit(.minutes(1))) struct CertificateRenewalTests {
    /// The open connection lives on; the next one is shown the new certificate.
    @Test func aRenewedCertificate() async throws {
        let certificates = try TransportCertificates.shared.get()
        let server = await TransportPeer()
        let address = try await server.listen(.tls, names: "DNS:old.test")
        let client = await TransportPeer(try self.trusting(["old.test", "new.test"]))
        let old = Destination(transport: .tls, host: .name(try HostName("old.test")), port: address.port)
        let new = Destination(transport: .tls, host: .name(try HostName("new.test")), port: address.port)
        let first = try await client.layer.send(options(1), to: old)
        await #expect(throws: TransportError.self) { try await client.layer.send(options(2), to: new) }

        await server.layer.renew(try certificates.serverContext(names: "DNS:new.test"))
        #expect(try await client.layer.send(options(3), to: old) == first)
        _ = try await client.layer.send(options(4), to: new)
        #expect(await server.nextMessage()?.bytes == options(1))
        #expect(await server.nextMessage()?.bytes == options(3))
        #expect(await server.nextMessage()?.bytes == options(4))
        let again = await TransportPeer(try self.trusting(["old.test"]))
        await #expect(throws: TransportError.self) { try await again.layer.send(options(5), to: old) }
        await again.layer.close()
        await client.layer.close()
        await server.layer.close()
    }

    /// Mutual TLS on a listener: a known client is heard, one without a certificate is not.
    @Test func aListenerThatKnowsItsClients() async throws {
        let certificates = try TransportCertificates.shared.get()
        let server = await TransportPeer()
        let address = try await server.listen(
            .tls, context: certificates.serverContext(names: "DNS:edge.test", clients: ["client.test"]))
        var configuration = try self.trusting(["edge.test"])
        let destination = Destination(transport: .tls, host: .name(try HostName("edge.test")), port: address.port)
        let stranger = await TransportPeer(configuration)
        // In TLS 1.3 the client may have sent before the server has refused it; nothing of it is taken.
        _ = try? await stranger.layer.send(options(1), to: destination)
        configuration.defaultProfile.tls = try certificates.clientContext(names: "DNS:client.test")
        let known = await TransportPeer(configuration)
        _ = try await known.layer.send(options(2), to: destination)
        var opened: OpenedConnection?
        for await event in server.events {
            if case .opened(let connection) = event { opened = connection }
            guard case .received(let received) = event else { continue }
            #expect(received.bytes == options(2))
            break
        }
        #expect(opened?.verifiedName == .dns("client.test"))
        await stranger.layer.close()
        await known.layer.close()
        await server.layer.close()
    }

    private func trusting(_ names: [String]) throws -> TransportConfiguration {
        var configuration = TransportConfiguration()
        configuration.defaultProfile.tls = try TransportCertificates.shared.get().clientContext()
        for name in names { configuration.addressOverrides[try HostName(name)] = .loopback }
        return configuration
    }
}
