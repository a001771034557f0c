import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Every timer of RFC 3261 table 4 and RFC 6026 in a flow: how often a message comes again, and to the millisecond how
/// long its transaction stays.
///
/// | timer | flow |
/// |---|---|
/// | A, B | `no-answer-udp`, `no-answer-tcp` |
/// | C | a proxy's; a caller's limit stands in for it: `rings-for-ever-udp` |
/// | D, G | `refusal-lost-ack-udp` |
/// | H | `refusal-missing-ack-udp`, `refusal-missing-ack-tcp` |
/// | I | `refusal-acknowledged-twice-udp` |
/// | E, F | `bye-times-out-udp`, `options-proceeding-udp` |
/// | J | `bye-answer-lost-udp` |
/// | K | `options-answered-twice-udp` |
/// | L | `inbound-invite-after-answer-udp`, `inbound-invite-after-answer-tcp` |
/// | M | `forked-late-answers-udp`, `forked-late-answers-tcp` |
@Suite struct TransactionTimerTests {
    /// How many transactions a side has at some moments.
    private func expect(
        _ counts: [(Duration, Int)], of side: Ladder.Side, in driver: inout TwoPartyDriver,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (time, count) in counts {
            driver.run(until: .origin + time)
            let found = driver.counts(of: side)?.transactions
            #expect(found == count, "after \(time)", sourceLocation: sourceLocation)
        }
    }

    private static func busy(
        _ driver: inout TwoPartyDriver, _ side: Ladder.Side, _ session: SessionID, _ event: SessionEvent
    ) {
        guard case .incoming = event else { return }
        driver.command(side) { core, now in core.reject(session, .busyHere, at: now) }
    }

    /// Timers A and B: nobody answers. The INVITE goes out seven times on UDP, once on TCP, and fails at 64·T1.
    @Test(arguments: CallFlow.transports)
    func inviteLivesUntilTimerB(transport: SIPTransportName) throws {
        var driver = CallFlow.driver(over: transport, callee: .script { _ in [] })
        try CallFlow.place(&driver, over: transport)
        self.expect([(.milliseconds(31_999), 1), (.milliseconds(32_000), 0)], of: .caller, in: &driver)
        try GoldenLadder.expect(driver.ladder, "no-answer-\(transport.rawValue)")
    }

    /// Who only ever rings: CANCEL at the core's limit, which stands in for a proxy's timer C.
    @Test func ringingForEverIsCancelled() throws {
        var driver = TwoPartyDriver(
            caller: .agent(CallFlow.core(seed: 1) { $0.setupDurationMax = .seconds(180) }),
            callee: .agent(CallFlow.core(seed: 2)), over: .udp)
        driver.reaction = { driver, side, session, event in
            guard case .incoming = event else { return }
            driver.command(side) { core, now in core.ring(session, at: now) }
        }
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(300))
        try GoldenLadder.expect(driver.ladder, "rings-for-ever-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// Timers G and D: a lost ACK brings the 486 again, which brings the ACK again; the caller's transaction stays 32 s to
    /// do so, the callee's T4 after the ACK.
    @Test func lostACKOfARefusal() throws {
        var driver = CallFlow.driver(over: .udp)
        driver.reaction = Self.busy
        driver.lose(3, from: .caller) { $0.isRequest(.ack) }
        try CallFlow.place(&driver, over: .udp)
        self.expect([(.milliseconds(3_560 + 4_999), 1), (.milliseconds(3_560 + 5_000), 0)], of: .callee, in: &driver)
        self.expect([(.milliseconds(32_039), 1), (.milliseconds(32_040), 0)], of: .caller, in: &driver)
        try GoldenLadder.expect(driver.ladder, "refusal-lost-ack-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// Timer H: a refusal that is never acknowledged is given up after 64·T1; on a stream it goes out once.
    @Test(arguments: CallFlow.transports)
    func refusalWithoutACK(transport: SIPTransportName) throws {
        var driver = CallFlow.driver(over: transport)
        driver.reaction = Self.busy
        driver.lose(.max, from: .caller) { $0.isRequest(.ack) }
        try CallFlow.place(&driver, over: transport)
        self.expect([(.milliseconds(32_019), 1), (.milliseconds(32_020), 0)], of: .callee, in: &driver)
        driver.run(until: .origin + .seconds(80))
        try GoldenLadder.expect(driver.ladder, "refusal-missing-ack-\(transport.rawValue)")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }

    /// Timer I: the ACK of a refusal comes twice, as datagrams may; the second is absorbed for T4.
    @Test func secondACKIsAbsorbed() throws {
        let ack = InboundCallTests.sending("ACK", "z9hG4bKinvite", 1)
        _ = try InboundCallTests.flow(
            "refusal-acknowledged-twice-udp", reaction: Self.busy,
            [
                (.milliseconds(100), ack), (.milliseconds(150), ack),
                (
                    .milliseconds(5_119),
                    { driver, _, _ in #expect(driver.counts(of: .callee)?.transactions == 1) }
                ),
                (
                    .milliseconds(5_121),
                    { driver, _, _ in #expect(driver.counts(of: .callee)?.transactions == 0) }
                ),
            ])
    }

    /// An OPTIONS of ours to a script, and its outcome.
    private func options(_ name: String, _ script: @escaping TwoPartyDriver.Script, counts: [(Duration, Int)]) throws {
        var driver = CallFlow.driver(over: .udp, callee: .script(script))
        let call = try CallFlow.call(over: .udp)
        let options = OutgoingOptions(
            requestURI: call.requestURI, from: call.from, to: call.to, advertised: call.advertised,
            destination: call.destination)
        _ = try driver.command(.caller) { core, now in try core.options(options, at: now) }
        self.expect(counts, of: .caller, in: &driver)
        try GoldenLadder.expect(driver.ladder, name)
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }

    /// Timers E and F once a provisional has come: again each T2, until 64·T1.
    @Test func optionsProceedsUntilTimerF() throws {
        let callee = ScriptedCallee()
        try self.options(
            "options-proceeding-udp",
            { message in
                guard case .request(let request) = message else { return [] }
                return [callee.response(.trying, to: request)]
            }, counts: [(.milliseconds(31_999), 1), (.milliseconds(32_000), 0)])
    }

    /// Timer K: the answer comes twice; the second is absorbed for T4, and the owner hears of one.
    @Test func secondAnswerIsAbsorbedUntilTimerK() throws {
        let callee = ScriptedCallee()
        try self.options(
            "options-answered-twice-udp",
            { message in
                guard case .request(let request) = message else { return [] }
                return [callee.response(.ok, to: request), callee.response(.ok, to: request)]
            }, counts: [(.milliseconds(5_039), 1), (.milliseconds(5_040), 0)])
    }

    /// Timer J: the answer to a BYE is lost; the BYE comes again and brings it again, for 64·T1.
    @Test func answerToAByeComesAgain() throws {
        var driver = CallFlow.driver(over: .udp)
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(40), CallFlow.answering(after: .seconds(1)))
        driver.lose(2, from: .callee) { $0.isResponse(.ok, to: .bye) }
        try CallFlow.place(&driver, over: .udp)
        self.expect([(.milliseconds(73_059), 1), (.milliseconds(73_060), 0)], of: .callee, in: &driver)
        try GoldenLadder.expect(driver.ladder, "bye-answer-lost-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// Timer L: the INVITE comes again after its 200, and is absorbed for 64·T1; it begins no second call.
    @Test(arguments: CallFlow.transports)
    func inviteIsAbsorbedUntilTimerL(transport: SIPTransportName) throws {
        let again = InboundCallTests.repeating
        _ = try InboundCallTests.flow(
            over: transport, "inbound-invite-after-answer-\(transport.rawValue)",
            reaction: CallFlow.answering(after: .seconds(1)),
            [
                (.milliseconds(1_010), again), (.milliseconds(1_100), InboundCallTests.ack), (.seconds(20), again),
                (
                    .milliseconds(33_019),
                    { driver, _, _ in #expect(driver.counts(of: .callee)?.transactions == 1) }
                ),
                (
                    .milliseconds(33_021),
                    { driver, _, _ in #expect(driver.counts(of: .callee)?.transactions == 0) }
                ), (.seconds(40), InboundCallTests.bye),
            ])
    }
}
