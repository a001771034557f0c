import Addressing
import CallControl
import SIPSyntax
import Testing
import Trunks

/// In which order a call's attempts go out.
@Suite struct CallRoutesTests {
    private static func server(_ number: UInt32) -> TransportAddress {
        TransportAddress(.v4(0xC000_0200 + number), port: 5060)
    }

    /// Every server of a name before the next point of presence.
    @Test func serversOfANameComeBeforeTheNextName() {
        var routes = CallRoutes(pointsOfPresence: [0, 2])
        #expect(routes.count == 2)
        #expect(routes.resolve(0, to: [Self.server(1), Self.server(2)]) == 1)
        #expect((0..<3).map { routes[$0].pointOfPresence } == [0, 0, 2])
        #expect((0..<3).map { routes[$0].server } == [Self.server(1), Self.server(2), nil])
        #expect(routes.resolve(2, to: [Self.server(3)]) == 0)
        #expect(routes[2].server == Self.server(3))
    }

    @Test func aNameHasOnlySoManyServers() {
        var routes = CallRoutes(pointsOfPresence: [0])
        #expect(routes.resolve(0, to: (1...20).map { Self.server($0) }) == CallRoutes.serversMax - 1)
        #expect(routes.count == CallRoutes.serversMax)
    }

    /// What is down is skipped; where all are down all are tried.
    @Test func pointsOfPresenceThatAreDownAreSkipped() throws {
        let points = [1, 2, 3].map { PointOfPresence(host: .ip(Self.server($0).address), port: 5060) }
        let trunk = try Trunk(
            name: TrunkName("carrier"), pointsOfPresence: points, transport: .tcp, numberMode: .pstn)
        let health = TrunkHealth()
        #expect(health.order(of: trunk) == [0, 1, 2])
        health.set(0, of: trunk.name, isUp: false)
        #expect(health.order(of: trunk) == [1, 2])
        #expect(health.downCount == 1)
        health.set(1, of: trunk.name, isUp: false)
        health.set(2, of: trunk.name, isUp: false)
        #expect(health.order(of: trunk) == [0, 1, 2])
        health.set(1, of: trunk.name, isUp: true)
        #expect(health.order(of: trunk) == [1])
        #expect(health.downCount == 2)
    }
}
