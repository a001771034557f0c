import Addressing
import DNS
import SIPSyntax
import SIPTransport
import Testing
import Timekeeping

/// The walk of RFC 3263 section 4 as questions and answers, without a name server. What real ones do is EndToEndTests'
/// business.
@Suite struct ServerSearchTests {
    /// Draws the lowest number always, so that weights decide nothing here.
    private struct Lowest: RandomNumberGenerator {
        mutating func next() -> UInt64 { 0 }
    }

    /// Answers a search's questions from a table, in the order of asking; what is missing does not exist.
    private struct Zone {
        var namingAuthorities: [String: [NamingAuthorityRecord]] = [:]
        var services: [String: [ServiceRecord]] = [:]
        var addresses: [String: [IPAddress]] = [:]
        var failing: Set<DNSQuestion> = []
        private(set) var asked: [DNSQuestion] = []

        mutating func answer(_ question: DNSQuestion) -> Result<DNSAnswer, DNSError> {
            self.asked.append(question)
            if self.failing.contains(question) { return .failure(.unavailable(reason: "SERVFAIL")) }
            let records: DNSAnswer.Records? =
                switch question.kind {
                case .namingAuthorities: self.namingAuthorities[question.name].map { .namingAuthorities($0) }
                case .services: self.services[question.name].map { .services($0) }
                case .addresses: self.addresses[question.name].map { .addresses($0) }
                }
            return records.map { .success(DNSAnswer($0, lifetime: .seconds(60))) }
                ?? .failure(.notFound(reason: "NXDOMAIN"))
        }

        mutating func find(_ name: String, over transport: SIPTransportName) throws -> ServerSearch.Step {
            var random = Lowest()
            guard case .name(let host) = try Host(name) else { throw SIPSyntaxError.missingHeader(.via) }
            var search = ServerSearch(host, over: transport)
            var step = search.start()
            // A search asks for NAPTR, four SRV names, sixteen targets and the host at most.
            for _ in 0..<32 {
                guard case .ask(let questions) = step else { return step }
                var next: ServerSearch.Step?
                for question in questions {
                    #expect(next == nil, "the search goes on before its answers are in")
                    next = search.receive(self.answer(question), to: question, using: &random)
                }
                step = try #require(next)
            }
            Issue.record("the search does not end")
            return step
        }
    }

    private static func address(_ number: UInt32) -> IPAddress { .v4(0xC000_0200 + number) }

    private static func naming(_ order: UInt16, _ service: String, _ name: String, flags: String = "s")
        -> NamingAuthorityRecord
    {
        NamingAuthorityRecord(order: order, preference: 1, flags: flags, service: service, replacement: name)
    }

    private static func service(_ priority: UInt16, _ port: UInt16, _ target: String) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: 0, port: port, target: target)
    }

    @Test func namingLeadsToServicesAndAddresses() throws {
        var zone = Zone()
        zone.namingAuthorities["carrier.test"] = [
            Self.naming(20, "SIP+D2T", "_sip._tcp.b.test"), Self.naming(10, "SIP+D2T", "_sip._tcp.a.test"),
            Self.naming(1, "SIPS+D2T", "_sips._tcp.a.test"), Self.naming(1, "SIP+D2T", "x.test", flags: "u"),
        ]
        zone.services["_sip._tcp.a.test"] = [Self.service(2, 5070, "two.test"), Self.service(1, 5080, "one.test")]
        zone.addresses = ["one.test": [Self.address(1), Self.address(2)], "two.test": [Self.address(3)]]
        let found = try zone.find("carrier.test", over: .tcp)
        #expect(
            found
                == .found([
                    TransportAddress(Self.address(1), port: 5080), TransportAddress(Self.address(2), port: 5080),
                    TransportAddress(Self.address(3), port: 5070),
                ]))
    }

    /// A NAPTR whose SRV name leads nowhere is passed over, at most four of them, and then the host itself is asked.
    @Test func deadNamesArePassedOver() throws {
        var zone = Zone()
        zone.namingAuthorities["carrier.test"] = (1...9).map {
            Self.naming($0, "SIPS+D2T", "_sips._tcp.dead\($0).test")
        }
        zone.addresses["carrier.test"] = [Self.address(9)]
        #expect(try zone.find("carrier.test", over: .tls) == .found([TransportAddress(Self.address(9), port: 5061)]))
        #expect(zone.asked.filter { $0.kind == .services }.map(\.name) == (1...4).map { "_sips._tcp.dead\($0).test" })
    }

    @Test(arguments: [
        (SIPTransportName.udp, "_sip._udp.carrier.test", 5060), (.tcp, "_sip._tcp.carrier.test", 5060),
        (.tls, "_sips._tcp.carrier.test", 5061),
    ])
    func withoutNaming(transport: SIPTransportName, service: String, port: UInt16) throws {
        var zone = Zone()
        zone.addresses["carrier.test"] = [Self.address(1)]
        #expect(
            try zone.find("carrier.test", over: transport) == .found([TransportAddress(Self.address(1), port: port)]))
        #expect(zone.asked.map(\.name) == ["carrier.test", service, "carrier.test"])
    }

    /// A name server that fails at the records of SIP does not hide the host; one that fails at the host does.
    @Test func failuresOnTheWay() throws {
        var zone = Zone()
        zone.failing = [
            DNSQuestion(.namingAuthorities, of: "carrier.test"), DNSQuestion(.services, of: "_sip._tcp.carrier.test"),
        ]
        zone.addresses["carrier.test"] = [Self.address(1)]
        #expect(try zone.find("carrier.test", over: .tcp) == .found([TransportAddress(Self.address(1), port: 5060)]))
        zone.failing.insert(DNSQuestion(.addresses, of: "carrier.test"))
        guard case .failed(.lookupFailed) = try zone.find("carrier.test", over: .tcp) else {
            Issue.record("a failed look-up is told as one")
            return
        }
        guard case .failed(.nameNotFound) = try zone.find("missing.test", over: .tcp) else {
            Issue.record("a name that does not exist is told as one")
            return
        }
    }

    /// RFC 2782: a target of "." says that there is no such service; the host is not asked then.
    @Test func serviceThatIsNotOffered() throws {
        var zone = Zone()
        zone.services["_sip._udp.carrier.test"] = [Self.service(0, 0, "")]
        zone.addresses["carrier.test"] = [Self.address(1)]
        guard case .failed(.nameNotFound) = try zone.find("carrier.test", over: .udp) else {
            Issue.record("a service that is not offered has no server")
            return
        }
        #expect(!zone.asked.contains(DNSQuestion(.addresses, of: "carrier.test")))
    }

    /// A target without an address is left out; when none has one, the search fails. A server named twice is one.
    @Test func targetsWithoutAddresses() throws {
        var zone = Zone()
        zone.services["_sip._tcp.carrier.test"] = [
            Self.service(1, 5060, "dead.test"), Self.service(2, 5060, "live.test"), Self.service(3, 5060, "live.test"),
        ]
        zone.addresses["live.test"] = [Self.address(4), Self.address(4)]
        #expect(try zone.find("carrier.test", over: .tcp) == .found([TransportAddress(Self.address(4), port: 5060)]))
        zone.addresses = [:]
        guard case .failed(.nameNotFound) = try zone.find("carrier.test", over: .tcp) else {
            Issue.record("no server has an address")
            return
        }
    }

    /// At most `serversMax` targets are asked for, and as many servers returned.
    @Test func serversAreBounded() throws {
        var zone = Zone()
        zone.services["_sip._tcp.carrier.test"] = (1...40).map { Self.service($0, 5060, "host\($0).test") }
        for number in 1...40 {
            zone.addresses["host\(number).test"] = [Self.address(UInt32(number)), Self.address(UInt32(100 + number))]
        }
        guard case .found(let servers) = try zone.find("carrier.test", over: .tcp) else {
            Issue.record("forty servers are enough")
            return
        }
        #expect(servers.count == ServerSearch.serversMax)
        #expect(zone.asked.filter { $0.kind == .addresses }.count == ServerSearch.serversMax)
    }

    /// An answer that nobody asked for, or that comes twice or too late, changes nothing.
    @Test func strayAnswersAreIgnored() throws {
        var random = Lowest()
        guard case .name(let host) = try Host("carrier.test") else { return }
        var search = ServerSearch(host, over: .tcp)
        let services = DNSAnswer(
            .services([Self.service(1, 5060, "a.test"), Self.service(2, 5060, "b.test")]), lifetime: .seconds(60))
        let one = DNSAnswer(.addresses([Self.address(1)]), lifetime: .seconds(60))
        let naming = DNSQuestion(.namingAuthorities, of: "carrier.test")
        _ = search.receive(.failure(.notFound(reason: "")), to: naming, using: &random)
        _ = search.receive(.success(services), to: DNSQuestion(.services, of: "_sip._tcp.carrier.test"), using: &random)
        for name in ["a.test", "a.test", "c.test"] {
            let step = search.receive(.success(one), to: DNSQuestion(.addresses, of: name), using: &random)
            #expect(step == nil)
        }
        let end = search.receive(
            .failure(.notFound(reason: "")), to: DNSQuestion(.addresses, of: "b.test"), using: &random)
        #expect(end == .found([TransportAddress(Self.address(1), port: 5060)]))
        let late = search.receive(.success(one), to: DNSQuestion(.addresses, of: "b.test"), using: &random)
        #expect(late == nil)
    }
}
