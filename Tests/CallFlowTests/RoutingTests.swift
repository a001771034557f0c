import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Where a dialog's requests go (RFC 3261 section 12.2.1.1), and forked answers (section 13.2.2.4).
@Suite struct RoutingTests {
    /// Runs a call to a scripted callee that the caller hangs up after a second.
    private func flow(over transport: SIPTransportName, _ script: @escaping TwoPartyDriver.Script) throws -> Ladder {
        var driver = CallFlow.driver(over: transport, callee: .script(script))
        driver.ladder.showsRouting = true
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(1)) { _, _, _, _ in }
        try CallFlow.place(&driver, over: transport)
        driver.run(until: .origin + .seconds(120))
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        return driver.ladder
    }

    private func answering(as callee: ScriptedCallee) -> TwoPartyDriver.Script {
        { message in
            guard case .request(let request) = message, request.method != .ack else { return [] }
            return [callee.response(.ok, to: request, sdp: request.method == .invite ? CallFlow.answer : [])]
        }
    }

    /// A carrier's 200 has Record-Route with TCP and a Contact with TLS: ACK and BYE go to the Route on the connection
    /// that stands, with the Contact as Request-URI.
    @Test func contactWithAnotherTransportIsNotDialled() throws {
        var callee = ScriptedCallee(contact: "<sip:bob@198.51.100.2:5070;transport=tls>")
        callee.recordRoutes = ["<sip:198.51.100.2:5060;transport=tcp;lr>"]
        let ladder = try self.flow(over: .tcp, self.answering(as: callee))
        try GoldenLadder.expect(ladder, "record-route-tcp-contact-tls")
    }

    /// Two proxies: the caller's route set is the Record-Route in reverse.
    @Test func recordRouteIsReversed() throws {
        var callee = ScriptedCallee()
        callee.recordRoutes = ["<sip:far.example.com;lr>", "<sip:198.51.100.7;lr>"]
        let ladder = try self.flow(over: .udp, self.answering(as: callee))
        try GoldenLadder.expect(ladder, "record-route-reversed")
    }

    /// A strict router takes the Request-URI for itself; the target is the last Route.
    @Test func strictRouterIsObeyed() throws {
        var callee = ScriptedCallee()
        callee.recordRoutes = ["<sip:far.example.com;lr>", "<sip:198.51.100.7>"]
        let ladder = try self.flow(over: .udp, self.answering(as: callee))
        try GoldenLadder.expect(ladder, "strict-router")
    }

    /// Two forks answer: the second gets its ACK and a BYE of its own, and the call goes on with the first.
    @Test func surplusForkIsEnded() throws {
        let first = ScriptedCallee(contact: "<sip:one@198.51.100.2:5060>")
        var second = ScriptedCallee(contact: "<sip:two@198.51.100.2:5060>")
        second.tag = "second"
        let ladder = try self.flow(over: .udp) { message in
            guard case .request(let request) = message, request.method != .ack else { return [] }
            if request.method == .bye { return [first.response(.ok, to: request)] }
            return [
                first.response(.ringing, to: request), second.response(.ringing, to: request),
                first.response(.ok, to: request, sdp: CallFlow.answer),
                second.response(.ok, to: request, sdp: CallFlow.answer),
                second.response(.ok, to: request, sdp: CallFlow.answer),
            ]
        }
        try GoldenLadder.expect(ladder, "forked-answer")
    }
}
