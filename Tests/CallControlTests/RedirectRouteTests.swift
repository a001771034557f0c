import Addressing
import CallControl
import SIPSyntax
import Testing

/// The servers of a redirect's host, one attempt each, a few at most.
@Suite struct RedirectRouteTests {
    private static func route(to host: Host) throws -> RedirectRoute {
        RedirectRoute(
            to: try SIPURI(user: "+918000000001", host: host, parameters: Parameters()),
            over: Destination(transport: .tcp, host: host, port: 5_060))
    }

    @Test func aNamesServersAreTriedInOrder() throws {
        var route = try Self.route(to: try Host("away.test"))
        #expect(route.wantsServers)
        let servers = (1...UInt16(CallRoutes.serversMax + 2)).map { TransportAddress(.loopback, port: 5_000 + $0) }
        route.found(servers)
        var tried = [route.destination.port]
        while route.takeNext() { tried.append(route.destination.port) }
        #expect(tried == servers.prefix(CallRoutes.serversMax).map(\.port))
        #expect(!route.wantsServers && route.destination.address == .loopback)
    }

    @Test func anAddressIsItsOwnServer() throws {
        var route = try Self.route(to: .ip(.loopback))
        #expect(!route.wantsServers)
        let more = route.takeNext()
        #expect(!more && route.destination.port == 5_060)
    }
}
