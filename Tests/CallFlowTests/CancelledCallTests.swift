import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// CANCEL in its races (RFC 3261 section 9).
@Suite struct CancelledCallTests {
    private func flow(
        over transport: SIPTransportName, hangUpAfter delay: Duration, answerAfter answer: Duration?,
        _ change: (inout TwoPartyDriver) -> Void = { _ in }
    ) throws -> TwoPartyDriver {
        var driver = CallFlow.driver(over: transport)
        driver.reaction = { driver, side, session, event in
            guard case .incoming = event else { return }
            driver.schedule(after: .milliseconds(100)) { driver in
                driver.command(side) { core, now in core.ring(session, at: now) }
            }
            guard let answer else { return }
            driver.schedule(after: answer) { driver in
                driver.command(side) { core, now in core.answer(session, sdp: CallFlow.answer, at: now) }
            }
        }
        change(&driver)
        let session = try #require(try CallFlow.place(&driver, over: transport))
        driver.schedule(after: delay) { driver in
            driver.command(.caller) { core, now in core.hangUp(session, at: now) }
        }
        driver.run(until: .origin + .seconds(120))
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
        return driver
    }

    /// After the 180: CANCEL, 200 to it, 487 to the INVITE, ACK.
    @Test(arguments: CallFlow.transports)
    func cancelsWhileRinging(transport: SIPTransportName) throws {
        let driver = try self.flow(over: transport, hangUpAfter: .seconds(2), answerAfter: nil)
        try GoldenLadder.expect(driver.ladder, "cancel-while-ringing-\(transport.rawValue)")
    }

    /// Before any response: the CANCEL is kept until the 100 arrives.
    @Test func cancelWaitsForAProvisional() throws {
        let driver = try self.flow(over: .tcp, hangUpAfter: .milliseconds(5), answerAfter: nil)
        try GoldenLadder.expect(driver.ladder, "cancel-before-provisional-tcp")
    }

    /// The 2xx crosses the CANCEL: it is acknowledged and ended by BYE.
    @Test(arguments: CallFlow.transports)
    func answerCrossesTheCancel(transport: SIPTransportName) throws {
        let driver = try self.flow(
            over: transport, hangUpAfter: .milliseconds(1030), answerAfter: .milliseconds(1020))
        try GoldenLadder.expect(driver.ladder, "cancel-crosses-answer-\(transport.rawValue)")
    }

    /// The CANCEL is lost for good: without a final answer the call ends 64·T1 later.
    @Test func lostCancelEndsTheCall() throws {
        var driver = CallFlow.driver(over: .udp)
        driver.reaction = { driver, side, session, event in
            guard case .incoming = event else { return }
            driver.command(side) { core, now in core.ring(session, at: now) }
        }
        driver.lose(.max, from: .caller) { $0.isRequest(.cancel) }
        let session = try #require(try CallFlow.place(&driver, over: .udp))
        driver.schedule(after: .seconds(1)) { driver in
            driver.command(.caller) { core, now in core.hangUp(session, at: now) }
        }
        driver.run(until: .origin + .seconds(100))
        try GoldenLadder.expect(driver.ladder, "lost-cancel-udp")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }
}
