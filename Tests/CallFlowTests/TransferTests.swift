import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// REFER both ways between two cores (RFC 3515), and INVITE with Replaces (RFC 3891).
@Suite struct TransferTests {
    private static var target: URI {
        get throws { .sip(try SIPURI(user: "carol", host: try Host("example.com"))) }
    }

    /// The caller refers the callee, whose owner does as `outcome` says: nil refuses.
    private func referred(_ name: String, outcome: StatusCode?) throws {
        var driver = CallFlow.driver(over: .tcp)
        let refer = OutgoingRefer(target: .uri(try Self.target))
        let base = CallFlow.hangingUp(.caller, after: .seconds(5), CallFlow.answering(after: .seconds(1)))
        driver.reaction = { driver, side, session, event in
            base(&driver, side, session, event)
            if case .answered = event {
                driver.schedule(after: .seconds(1)) { driver in
                    driver.command(side) { core, now in core.refer(session, refer, at: now) }
                }
            } else if case .referReceived = event {
                guard let outcome else {
                    driver.command(side) { core, now in core.refuseRefer(session, at: now) }
                    return
                }
                driver.command(side) { core, now in core.acceptRefer(session, at: now) }
                driver.schedule(after: .milliseconds(500)) { driver in
                    let fragment = SIPFragment(status: .ringing)
                    driver.command(side) { core, now in core.notifyRefer(session, fragment, at: now) }
                }
                driver.schedule(after: .seconds(2)) { driver in
                    let fragment = SIPFragment(status: outcome)
                    driver.command(side) { core, now in core.notifyRefer(session, fragment, at: now) }
                }
            }
        }
        try CallFlow.place(&driver, over: .tcp)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, name)
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    @Test func blindTransferSucceeds() throws {
        try self.referred("refer-succeeds", outcome: .ok)
    }

    @Test func blindTransferFails() throws {
        try self.referred("refer-fails", outcome: .busyHere)
    }

    @Test func transferIsRefused() throws {
        try self.referred("refer-refused", outcome: nil)
    }

    /// A second call takes the first one's place at the callee: its answer ends the first by BYE.
    @Test func replacesTakesTheCallsPlace() throws {
        var driver = CallFlow.driver(over: .tcp)
        var call = try CallFlow.call(over: .tcp)
        let base = CallFlow.answering(after: .seconds(1))
        driver.reaction = { driver, side, session, event in
            if side == .callee { base(&driver, side, session, event) }
            switch event {
            case .answered(let response, _) where side == .caller && session.number == 1:
                guard let to = try? response.headers.to.tag, let from = try? response.headers.from.tag,
                    let callID = try? response.headers.callID,
                    let replaces = try? Replaces(callID: callID, toTag: to, fromTag: from)
                else { return }
                call.extraHeaders = [Headers.Field(name: .replaces, value: replaces.headerValue)]
                let second = call
                driver.schedule(after: .seconds(1)) { driver in
                    _ = try? driver.command(side) { core, now in try core.invite(second, at: now) }
                }
            case .replacementReceived(let replacement):
                driver.command(side) { core, now in
                    core.answer(replacement.session, sdp: CallFlow.answer, at: now)
                }
            case .answered where side == .caller:
                driver.schedule(after: .seconds(2)) { driver in
                    driver.command(side) { core, now in core.hangUp(session, at: now) }
                }
            default:
                break
            }
        }
        try CallFlow.place(&driver, over: .tcp)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "replaces-takes-place")
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }

    /// Digits by INFO, in their order.
    @Test func digitsByInfo() throws {
        var driver = CallFlow.driver(over: .udp)
        let base = CallFlow.hangingUp(.caller, after: .seconds(3), CallFlow.answering(after: .seconds(1)))
        driver.reaction = { driver, side, session, event in
            base(&driver, side, session, event)
            guard case .answered = event else { return }
            for digit in "12#" {
                guard let body = try? DTMFBody(digit: digit) else { continue }
                driver.command(side) { core, now in core.sendInfo(session, OutgoingInfo(body), at: now) }
            }
        }
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(120))
        try GoldenLadder.expect(driver.ladder, "digits-by-info")
        #expect(driver.counts(of: .callee) == CallFlow.empty)
    }
}
