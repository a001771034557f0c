import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// What is done about messages that do not arrive.
@Suite struct LostMessageTests {
    /// RFC 3261 section 13.3.1.4: a lost ACK brings the 2xx again, on streams too, and each 2xx brings the ACK again.
    @Test(arguments: CallFlow.transports)
    func lostACKIsSentAgain(transport: SIPTransportName) throws {
        var driver = CallFlow.driver(over: transport)
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(10), CallFlow.answering(after: .seconds(1)))
        driver.lose(2, from: .caller) { $0.isRequest(.ack) }
        try CallFlow.place(&driver, over: transport)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "lost-ack-\(transport.rawValue)")
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// No ACK ever comes: the callee gives up after 64·T1 and hangs up.
    @Test(arguments: CallFlow.transports)
    func missingACKEndsTheCall(transport: SIPTransportName) throws {
        var driver = CallFlow.driver(over: transport)
        driver.reaction = CallFlow.answering(after: .seconds(1))
        driver.lose(.max, from: .caller) { $0.isRequest(.ack) }
        try CallFlow.place(&driver, over: transport)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "missing-ack-\(transport.rawValue)")
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// The callee hangs up before the ACK: its BYE waits for it (RFC 3261 section 15).
    @Test func byeWaitsForTheACK() throws {
        var driver = CallFlow.driver(over: .udp)
        let answering = CallFlow.answering(after: .seconds(1))
        driver.reaction = { driver, side, session, event in
            answering(&driver, side, session, event)
            if case .incoming = event {
                driver.schedule(after: .milliseconds(1100)) { driver in
                    driver.command(side) { core, now in core.hangUp(session, at: now) }
                }
            }
        }
        driver.lose(1, from: .caller) { $0.isRequest(.ack) }
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "bye-waits-for-ack-udp")
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// A BYE that is never answered ends the call all the same, at 64·T1.
    @Test func byeTimesOut() throws {
        var driver = CallFlow.driver(over: .udp)
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(1), CallFlow.answering(after: .seconds(1)))
        driver.lose(.max, from: .caller) { $0.isRequest(.bye) }
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "bye-times-out-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee)?.sessions == 1)
    }

    /// A link that loses a third of everything, reorders and doubles: the call comes to its end for both.
    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func badLinkIsSurvived(seed: UInt64) throws {
        let conditions = LinkConditions(lossRatio: 0.3, reorderRatio: 0.2, duplicateRatio: 0.2)
        var driver = CallFlow.driver(over: .udp, conditions: conditions, seed: seed)
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(5), CallFlow.answering(after: .seconds(2)))
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(300))
        try GoldenLadder.expect(driver.ladder, "bad-link-\(seed)-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }
}
