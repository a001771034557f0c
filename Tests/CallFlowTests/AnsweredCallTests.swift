import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Calls that are answered and hung up, on links that lose nothing.
@Suite struct AnsweredCallTests {
    /// RFC 3261 section 24.2: INVITE, 180, 200, ACK, BYE, 200, from either side and on both kinds of transport. When
    /// all timers have run out nothing is left.
    @Test(arguments: [Ladder.Side.caller, .callee], CallFlow.transports)
    func isHungUpByEitherSide(side: Ladder.Side, transport: SIPTransportName) throws {
        var driver = CallFlow.driver(over: transport)
        driver.reaction = CallFlow.hangingUp(side, after: .seconds(3), CallFlow.answering(after: .seconds(2)))
        try CallFlow.place(&driver, over: transport)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "hung-up-by-\(side.rawValue)-\(transport.rawValue)")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// Nothing of ours ends a call of an hour, and without a session timer nothing is sent in it.
    @Test func lastsSixtyMinutes() throws {
        let core = CallFlow.core(seed: 1) { $0.session.timer.isOn = false }
        let callee = CallFlow.core(seed: 2) { $0.session.timer.isOn = false }
        var driver = TwoPartyDriver(caller: .agent(core), callee: .agent(callee), over: .udp)
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(3600), CallFlow.answering(after: .seconds(1)))
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(1800))
        #expect(driver.counts(of: .caller) == UserAgentCounts(transactions: 0, dialogs: 1, sessions: 1))
        driver.run(until: .origin + .seconds(4000))
        try GoldenLadder.expect(driver.ladder, "sixty-minutes-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }

    /// Both sides hang up at once: each BYE is answered and each side ends once (RFC 3261 section 15).
    @Test func byesCross() throws {
        var driver = CallFlow.driver(over: .tcp)
        let base = CallFlow.hangingUp(.callee, after: .milliseconds(990), CallFlow.answering(after: .seconds(1)))
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(1), base)
        try CallFlow.place(&driver, over: .tcp)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "byes-cross-tcp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// A busy callee: 486, its ACK, and one terminal event each side.
    @Test(arguments: CallFlow.transports)
    func isBusy(transport: SIPTransportName) throws {
        var driver = CallFlow.driver(over: transport)
        driver.reaction = { driver, side, session, event in
            if case .incoming = event {
                driver.command(side) { core, now in core.reject(session, .busyHere, at: now) }
            }
        }
        try CallFlow.place(&driver, over: transport)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "busy-\(transport.rawValue)")
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// An OPTIONS is answered 200 outside any call.
    @Test func optionsIsAnswered() throws {
        var driver = CallFlow.driver(over: .udp)
        let call = try CallFlow.call(over: .udp)
        let options = OutgoingOptions(
            requestURI: call.requestURI, from: call.from, to: call.to, advertised: call.advertised,
            destination: call.destination)
        _ = try driver.command(.caller) { core, now in try core.options(options, at: now) }
        driver.run(until: .origin + .seconds(60))
        try GoldenLadder.expect(driver.ladder, "options-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }
}
