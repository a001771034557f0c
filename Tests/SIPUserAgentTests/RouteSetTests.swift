import SIPSyntax
import SIPUserAgent
import Testing

/// RFC 3261 sections 12.1 and 12.2.1.1.
@Suite struct RouteSetTests {
    private func uri(_ text: String) throws -> SIPURI {
        try #require(try URI(text).sip)
    }

    private func routes(_ texts: [String]) throws -> [NameAddress] {
        try texts.map { NameAddress(uri: try self.uri($0)) }
    }

    @Test func withoutRoutesTheTargetIsTheNextHop() throws {
        let plan = RouteSet.empty.plan(to: try self.uri("sip:bob@host;method=BYE;x=1?Route=evil"))
        #expect("\(plan.requestURI)" == "sip:bob@host;x=1")
        #expect(plan.routes.isEmpty)
        #expect(plan.nextHop == plan.requestURI)
    }

    @Test func looseRoutersKeepTheTarget() throws {
        let set = RouteSet.ofCallee(recordRoutes: try self.routes(["sip:one;lr", "sip:two;lr"]))
        let plan = set.plan(to: try self.uri("sip:bob@host"))
        #expect("\(plan.requestURI)" == "sip:bob@host")
        #expect(plan.routes.map { "\($0.uri)" } == ["sip:one;lr", "sip:two;lr"])
        #expect("\(plan.nextHop)" == "sip:one;lr")
    }

    @Test func callerReversesTheOrder() throws {
        let set = RouteSet.ofCaller(recordRoutes: try self.routes(["sip:one;lr", "sip:two;lr"]))
        #expect(set.routes.map { "\($0.uri)" } == ["sip:two;lr", "sip:one;lr"])
    }

    /// The example of section 12.2.1.1: <sip:proxy1>, <sip:proxy2>, <sip:proxy3;lr> to sip:user@remoteua.
    @Test func strictRouterTakesTheRequestURI() throws {
        let set = RouteSet.ofCallee(recordRoutes: try self.routes(["sip:proxy1", "sip:proxy2", "sip:proxy3;lr"]))
        let plan = set.plan(to: try self.uri("sip:user@remoteua"))
        #expect("\(plan.requestURI)" == "sip:proxy1")
        #expect(plan.routes.map { "\($0.uri)" } == ["sip:proxy2", "sip:proxy3;lr", "sip:user@remoteua"])
        #expect("\(plan.nextHop)" == "sip:proxy1")
    }
}
