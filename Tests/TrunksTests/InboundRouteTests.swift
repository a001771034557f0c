import Addressing
import SIPSyntax
import Testing
import Trunks

/// Source and number decide; nothing that the request says of itself does.
@Suite struct InboundRouteTests {
    private func routing() throws -> InboundRouting {
        let exotel = try Samples.exotel(.flow)
        let pbx = try Samples.plain()
        return InboundRouting(
            trunks: [exotel, pbx],
            routes: [
                InboundRoute(trunk: exotel.name, number: try NumberPattern("+918000000001"), bot: "menu"),
                InboundRoute(trunk: exotel.name, number: try NumberPattern("+9180*"), bot: "other"),
                InboundRoute(trunk: pbx.name, number: .any, bot: "pbx-bot"),
            ])
    }

    private func decision(_ source: String, _ user: String?) throws -> InboundRouting.Decision {
        try self.routing().decide(source: try #require(IPAddress(source)), calledUser: user)
    }

    @Test(
        arguments: [
            ("182.76.143.61", "+918000000001", "menu"), ("61.246.82.75", "08000000001", "menu"),
            ("::ffff:182.76.143.61", "+918000000001", "menu"), ("182.76.143.61", "+918000000009", "other"),
            ("192.0.2.10", "alice", "pbx-bot"),
        ])
    func accepted(_ source: String, _ user: String, _ bot: String) throws {
        guard case .accept(let route) = try self.decision(source, user) else {
            Issue.record("\(source) \(user) was refused")
            return
        }
        #expect(route.bot == bot)
    }

    /// 403 for a source on no trunk, 404 for a number without a route.
    @Test(
        arguments: [
            ("203.0.113.66", "+918000000001", 403), ("127.0.0.1", "+918000000001", 403),
            ("182.76.143.61", "+917000000001", 404), ("182.76.143.61", "alice", 404),
        ])
    func refused(_ source: String, _ user: String, _ status: Int) throws {
        guard case .refuse(let code, _) = try self.decision(source, user) else {
            Issue.record("\(source) \(user) was accepted")
            return
        }
        #expect(code.number == status)
    }

    @Test func aRequestWithoutUserTakesTheRouteForAny() throws {
        let route = InboundRoute(trunk: try TrunkName("pbx"), number: .any, bot: "pbx-bot")
        #expect(try self.decision("192.0.2.10", nil) == .accept(route))
    }

    /// Addresses that names resolved to count, and so do overrides.
    @Test func resolvedAndOverriddenNames() throws {
        var routing = try self.routing()
        let address = try #require(IPAddress("198.51.100.7"))
        routing.resolved[try TrunkName("exotel")] = [address]
        #expect(routing.decide(source: address, calledUser: Samples.exophone) == .accept(routing.routes[0]))
        var trunk = try Samples.exotel(.flow)
        #expect(!trunk.isSource(.loopback))
        trunk.nameOverrides = [try HostName("pstn.in2.exotel.com"): .loopback]
        #expect(trunk.isSource(.loopback))
    }

    @Test(
        arguments: [
            ("203.0.113.0/24", "203.0.113.255", true), ("203.0.113.0/24", "203.0.114.0", false),
            ("0.0.0.0/0", "8.8.8.8", true), ("203.0.113.7", "203.0.113.7", true), ("203.0.113.7", "203.0.113.8", false),
            ("2001:db8::/32", "2001:db8:1::9", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::/65", "2001:db8::1", true), ("::/0", "203.0.113.7", false),
        ])
    func ranges(_ range: String, _ address: String, _ isInside: Bool) throws {
        #expect(try AddressRange(range).contains(try #require(IPAddress(address))) == isInside)
        #expect("\(try AddressRange(range))" == range)
    }

    @Test(arguments: [
        "", "203.0.113.7/24", "203.0.113.0/33", "203.0.113.0/", "a/8", "203.0.113.0/2 4", "10.0.0.0/8/8", "10.0.0.0/+8",
    ])
    func badRanges(_ text: String) {
        #expect(throws: TrunkError.badAddressRange) { try AddressRange(text) }
    }

    @Test(arguments: ["", "91", "+91**", "9180*", "+*", "alice", "*1"]) func badPatterns(_ text: String) {
        #expect(throws: TrunkError.badNumberPattern) { try NumberPattern(text) }
    }
}
