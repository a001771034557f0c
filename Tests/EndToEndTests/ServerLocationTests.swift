import Addressing
import DNS
import SIPSyntax
import SIPTransport
import TLS
import Testing

/// RFC 3263 against a name server on loopback, its lies and its silence included.
@Suite(.timeLimit(.minutes(1))) struct ServerLocationTests {
    @Test func aPortMeansAddressesOnly() async throws {
        let bench = try await Bench()
        bench.names.set("edge.test", .a("192.0.2.1"), .a("192.0.2.2"))
        #expect(try await bench.servers("edge.test", port: 443) == ["192.0.2.1:443", "192.0.2.2:443"])
        #expect(bench.names.count(.naptr, "edge.test") == 0)
        #expect(bench.names.count(.srv, "_sip._tcp.edge.test") == 0)
        await bench.close()
    }

    /// NAPTR of the trunk's transport decides the SRV name; SRV the order, port and hosts; the hosts their addresses.
    @Test func namingServicesAddresses() async throws {
        let bench = try await Bench()
        bench.names.set(
            "carrier.test", .naptr(10, 1, "SIPS+D2T", "_sips._tcp.secure.test"),
            .naptr(20, 1, "SIP+D2T", "_sip._tcp.plain.test"))
        bench.names.set(
            "_sip._tcp.plain.test", .srv(20, 1, 5070, "second.test"), .srv(10, 1, 5080, "first.test"))
        bench.names.set("first.test", .a("192.0.2.1"), .a("192.0.2.2"))
        bench.names.set("second.test", .a("192.0.2.3"))
        #expect(
            try await bench.services("carrier.test", over: .tcp)
                == ["192.0.2.1:5080", "192.0.2.2:5080", "192.0.2.3:5070"])
        await bench.close()
    }

    /// Without NAPTR the service name is made of the transport (RFC 3263 section 4.2).
    @Test(arguments: [
        (SIPTransportName.udp, "_sip._udp.carrier.test"), (.tcp, "_sip._tcp.carrier.test"),
        (.tls, "_sips._tcp.carrier.test"),
    ])
    func servicesWithoutNaming(transport: SIPTransportName, name: String) async throws {
        let bench = try await Bench()
        bench.names.set(name, .srv(1, 1, 5099, "host.test"))
        bench.names.set("host.test", .a("192.0.2.9"))
        #expect(try await bench.services("carrier.test", over: transport) == ["192.0.2.9:5099"])
        await bench.close()
    }

    /// No NAPTR, no SRV: the host's own addresses and the transport's port.
    @Test func withoutServicesTheHostItself() async throws {
        let bench = try await Bench()
        bench.names.set("carrier.test", .a("192.0.2.7"))
        #expect(try await bench.services("carrier.test", over: .tls) == ["192.0.2.7:5061"])
        await bench.close()
    }

    /// Name servers that fail at the records of SIP do not keep the host from being found.
    @Test func failuresOnTheWay() async throws {
        let bench = try await Bench()
        bench.names.set(.naptr, "carrier.test", .serverFailure)
        bench.names.set(.srv, "_sip._tcp.carrier.test", .serverFailure)
        bench.names.set("carrier.test", .a("192.0.2.7"))
        #expect(try await bench.services("carrier.test", over: .tcp) == ["192.0.2.7:5060"])
        await bench.close()
    }

    /// RFC 2782: a target of "." says that there is no such service; the host's own address is not tried then.
    @Test func aServiceThatIsNotOffered() async throws {
        let bench = try await Bench()
        bench.names.set("_sip._tcp.carrier.test", .srv(0, 0, 0, ""))
        bench.names.set("carrier.test", .a("192.0.2.7"))
        await #expect(throws: TransportError.self) { try await bench.services("carrier.test", over: .tcp) }
        await bench.close()
    }

    /// Answers live as long as their records say, bounded below; absence is remembered too.
    @Test func answersAreKept() async throws {
        let bench = try await Bench { $0.answers.lifetimeMin = .milliseconds(300) }
        bench.names.set("edge.test", .a("192.0.2.1", ttl: 0))
        for _ in 0..<5 { _ = try await bench.servers("edge.test", port: 5060) }
        #expect(bench.names.count(.a, "edge.test") == 1)
        for _ in 0..<3 {
            await #expect(throws: TransportError.self) { try await bench.servers("missing.test", port: 5060) }
        }
        #expect(bench.names.count(.a, "missing.test") == 1)
        bench.names.set("edge.test", .a("192.0.2.2", ttl: 60))
        while try await bench.servers("edge.test", port: 5060) != ["192.0.2.2:5060"] {
            try await Task.sleep(for: .milliseconds(20))
        }
        await bench.close()
    }

    /// Who asks for the same name at the same time shares one look-up.
    @Test func concurrentQuestionsAreOne() async throws {
        let bench = try await Bench()
        bench.names.set("edge.test", .a("192.0.2.1"))
        await withTaskGroup(of: [String]?.self) { group in
            for _ in 0..<100 { group.addTask { try? await bench.servers("edge.test", port: 5060) } }
            for await servers in group { #expect(servers == ["192.0.2.1:5060"]) }
        }
        #expect(bench.names.count(.a, "edge.test") == 1)
        await bench.close()
    }

    /// An answer that does not fit a datagram comes over TCP.
    @Test func truncatedAnswers() async throws {
        let bench = try await Bench()
        let records = (1...30).map { NameServer.Record.srv(UInt16($0), 1, 5060, "host\($0).test") }
        bench.names.set(.srv, "_sip._tcp.carrier.test", .truncated(records))
        for number in 1...30 { bench.names.set("host\(number).test", .a("192.0.2.\(number)")) }
        let servers = try await bench.services("carrier.test", over: .tcp)
        #expect(servers == (1...ServerSearch.serversMax).map { "192.0.2.\($0):5060" })
        #expect(bench.names.countOverTCP(.srv, "_sip._tcp.carrier.test") == 1)
        await bench.close()
    }

    /// A chain of names that ends where it began has no address, and no look-up runs for ever.
    @Test func namesInACircle() async throws {
        let bench = try await Bench()
        let circle = [NameServer.Record.cname("one.test", "two.test"), .cname("two.test", "one.test")]
        bench.names.set(.a, "one.test", .records(circle))
        bench.names.set(.aaaa, "one.test", .records(circle))
        await #expect(throws: TransportError.self) { try await bench.servers("one.test", port: 5060) }
        await bench.close()
    }

    /// Silence and junk end with the time for a look-up, and the next name is served.
    @Test(arguments: [NameServer.Reply.silence, .junk])
    func nameServersThatDoNotAnswer(reply: NameServer.Reply) async throws {
        let bench = try await Bench { $0.lookupTimeout = .milliseconds(400) }
        bench.names.set(.a, "hole.test", reply)
        bench.names.set(.aaaa, "hole.test", reply)
        bench.names.set("edge.test", .a("192.0.2.1"))
        do {
            _ = try await bench.servers("hole.test", port: 5060)
            Issue.record("nobody has answered")
        } catch .lookupTimedOut(let name) {
            #expect(name.text == "hole.test")
        } catch .lookupFailed(let name, _) {
            #expect(name.text == "hole.test")
        }
        #expect(try await bench.servers("edge.test", port: 5060) == ["192.0.2.1:5060"])
        await bench.close()
    }

    /// A name server that fails is said to have failed; it does not make the name one that does not exist.
    @Test func serverFailures() async throws {
        let bench = try await Bench()
        bench.names.set(.a, "broken.test", .serverFailure)
        bench.names.set(.aaaa, "broken.test", .serverFailure)
        do {
            _ = try await bench.servers("broken.test", port: 5060)
            Issue.record("the name server failed")
        } catch .lookupFailed(let name, _) {
            #expect(name.text == "broken.test")
        }
        await bench.close()
    }

    /// RFC 3263 section 4.3: the next server is tried when one refuses the connection.
    @Test func theNextServerIsTried() async throws {
        let bench = try await Bench()
        let gone = await TransportPeer()
        let closed = try await gone.listen(.tcp)
        await gone.layer.close()
        let server = await TransportPeer()
        let open = try await server.listen(.tcp)
        bench.names.set(
            "_sip._tcp.carrier.test", .srv(1, 1, closed.port, "edge.test"), .srv(2, 1, open.port, "edge.test"))
        bench.names.set("edge.test", .a("127.0.0.1"))
        var destination = Destination(transport: .tcp, host: .name(try HostName("carrier.test")), port: 5060)
        destination.lookup = .services
        _ = try await bench.client.layer.send(options(1), to: destination)
        #expect(await server.nextMessage()?.bytes == options(1))
        await bench.close()
        await server.layer.close()
    }

    /// The certificate must prove the domain, whatever host its SRV records name (RFC 5922 section 4).
    @Test func theCertificateProvesTheDomain() async throws {
        let certificates = try TransportCertificates.shared.get()
        let context = try certificates.clientContext()
        let bench = try await Bench { $0.defaultProfile.tls = context }
        let server = await TransportPeer()
        let address = try await server.listen(.tls, names: "DNS:carrier.test")
        bench.names.set("_sips._tcp.carrier.test", .srv(1, 1, address.port, "edge.test"))
        bench.names.set("_sips._tcp.other.test", .srv(1, 1, address.port, "edge.test"))
        bench.names.set("edge.test", .a("127.0.0.1"))
        var destination = Destination(transport: .tls, host: .name(try HostName("carrier.test")), port: 5061)
        destination.lookup = .services
        _ = try await bench.client.layer.send(options(1), to: destination)
        destination.host = .name(try HostName("other.test"))
        let fault = CertificateFault.nameMismatch(wanted: "other.test", found: ["carrier.test"])
        await #expect(throws: TransportError.handshakeFailed(address, .certificateRefused(fault))) {
            try await bench.client.layer.send(options(2), to: destination)
        }
        await bench.close()
        await server.layer.close()
    }
}

/// A client and its name server.
private struct Bench {
    let names: NameServer
    let client: TransportPeer

    init(_ change: (inout TransportConfiguration) -> Void = { _ in }) async throws {
        self.names = try await NameServer.start()
        var configuration = TransportConfiguration()
        configuration.resolver.servers = [self.names.address]
        configuration.resolver.tryTimeout = .milliseconds(300)
        change(&configuration)
        self.client = await TransportPeer(configuration)
    }

    func servers(_ name: String, port: UInt16) async throws(TransportError) -> [String] {
        guard let host = try? HostName(name) else { return [] }
        let destination = Destination(transport: .tcp, host: .name(host), port: port)
        return try await self.client.layer.servers(of: destination).map(\.description)
    }

    func services(_ name: String, over transport: SIPTransportName) async throws(TransportError) -> [String] {
        guard let host = try? HostName(name) else { return [] }
        var destination = Destination(transport: transport, host: .name(host), port: transport.defaultPort)
        destination.lookup = .services
        return try await self.client.layer.servers(of: destination).map(\.description)
    }

    func close() async {
        await self.client.layer.close()
        await self.names.stop()
    }
}
