import Addressing
import SIPSyntax
import Testing
import Trunks

/// Where a 3xx may lead: the number is the carrier's to say, the host is the trunk's (decision 0013).
@Suite struct TrunkRedirectTests {
    private static func trunk(
        _ transport: SIPTransportName = .tcp, hosts: [String] = ["away.test"]
    ) throws -> Trunk {
        var own = PointOfPresence(host: try Host("own.test"), port: 5_080)
        own.lookup = .services
        var trunk = try Trunk(
            name: try TrunkName("pbx"),
            pointsOfPresence: [own, PointOfPresence(host: .ip(.loopback), port: 5_090)], transport: transport,
            numberMode: .pstn)
        trunk.allowedPrefixes = [try NumberPrefix("+91")]
        trunk.redirects = .follow(targetsMax: 5, depthMax: 2, hosts: try hosts.map { try Host($0) })
        return trunk
    }

    private static func target(_ text: String) throws -> SIPURI { try #require(try URI(text).sip) }

    /// One of the trunk's addresses is reached as its calls are; a port in the URI has addresses only.
    @Test(arguments: [
        ("sip:+918000000001@own.test", UInt16(5_080), ServerLookup.services),
        ("sip:+918000000001@own.test:5080", 5_080, .services), ("sip:+918000000001@OWN.test:6000", 6_000, .addresses),
        ("sip:+918000000001@127.0.0.1", 5_090, .addresses),
        ("sip:+918000000001@own.test;transport=tcp", 5_080, .services),
    ])
    func itsOwnAddresses(uri: String, port: UInt16, lookup: ServerLookup) throws {
        let destination = try #require(try Self.trunk().redirectDestination(of: try Self.target(uri)))
        #expect(destination.transport == .tcp && destination.port == port && destination.lookup == lookup)
    }

    /// RFC 3263 section 4.2: a host that the trunk names is looked up by its services unless the URI has a port.
    @Test(arguments: [
        ("sip:+918000000001@away.test", SIPTransportName.tcp, UInt16(5_060), ServerLookup.services),
        ("sip:+918000000001@away.test:7000", .tcp, 7_000, .addresses),
        ("sips:+918000000001@away.test", .tls, 5_061, .services),
    ])
    func hostsThatItNames(uri: String, transport: SIPTransportName, port: UInt16, lookup: ServerLookup) throws {
        let trunk = try Self.trunk(transport)
        let destination = try #require(trunk.redirectDestination(of: try Self.target(uri)))
        #expect(destination.host == (try Host("away.test")) && destination.transport == transport)
        #expect(destination.port == port && destination.lookup == lookup && destination.serverName == nil)
        #expect(trunk.peerHosts.count == 3)
    }

    @Test(arguments: [
        "sip:+918000000001@elsewhere.test", "sip:+918000000001@127.0.0.2", "sip:+15550100@own.test",
        "sip:operator@own.test", "sip:own.test", "sips:+918000000001@own.test",
        "sip:+918000000001@own.test;transport=udp", "sip:+918000000001@own.test;maddr=192.0.2.1",
    ])
    func nowhereElse(uri: String) throws {
        #expect(try Self.trunk().redirectDestination(of: try Self.target(uri)) == nil)
    }

    @Test func withoutHostsItsOwnAddressesOnly() throws {
        let trunk = try Self.trunk(hosts: [])
        #expect(trunk.redirectDestination(of: try Self.target("sip:+918000000001@away.test")) == nil)
        #expect(trunk.redirectDestination(of: try Self.target("sip:+918000000001@own.test")) != nil)
        #expect(RedirectPolicy.refuse.hosts.isEmpty)
    }
}
