import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Reliable provisional answers (RFC 3262) between two cores, and UPDATE before the answer (RFC 3311).
@Suite struct ReliableProvisionalTests {
    private static let callee = CallFlow.core(seed: 2) { $0.session.reliableProvisionals = .whenSupported }
    private static let required = Headers.Field(name: .require, value: HeaderValue(trusted: "100rel"))

    /// A callee that rings, sends early media, and answers a second after the INVITE.
    private static func progressing(
        answerAfter delay: Duration = .seconds(1), hangUpAfter: Duration = .seconds(5)
    ) -> TwoPartyDriver.Reaction {
        CallFlow.hangingUp(.caller, after: hangUpAfter) { driver, _, session, event in
            guard case .incoming = event else { return }
            driver.schedule(after: .milliseconds(100)) { driver in
                driver.command(.callee) { core, now in core.ring(session, at: now) }
                driver.command(.callee) { core, now in core.progress(session, sdp: CallFlow.answer, at: now) }
            }
            driver.schedule(after: delay) { driver in
                driver.command(.callee) { core, now in core.answer(session, sdp: CallFlow.answer, at: now) }
            }
        }
    }

    /// The caller requires it: 180 and 183 go out one after the other, and the 183 has the answer.
    @Test(arguments: CallFlow.transports)
    func requiredIsGiven(transport: SIPTransportName) throws {
        _ = try OfferTests.flow(
            over: transport, call: { $0.extraHeaders = [Self.required] }, "reliable-required-\(transport.rawValue)",
            reaction: Self.progressing())
    }

    /// The PRACK is lost: response and PRACK come again, each by its own timer, and the 200 waits for it.
    @Test func answerWaitsForThePrack() throws {
        _ = try OfferTests.flow(
            callee: Self.callee, "reliable-holds-answer-udp",
            losing: { driver in driver.lose(2, from: .caller) { $0.isRequest(.prack) } },
            reaction: Self.progressing(answerAfter: .milliseconds(200)))
    }

    /// No PRACK ever comes: 504 after 64·T1.
    @Test func missingPrackEndsTheCall() throws {
        _ = try OfferTests.flow(
            callee: Self.callee, "reliable-missing-prack-udp",
            losing: { driver in driver.lose(.max, from: .caller) { $0.isRequest(.prack) } },
            reaction: Self.progressing(answerAfter: .seconds(60)))
    }

    /// An INVITE without offer: the reliable 183 has it, the PRACK the answer, the 200 neither.
    @Test func delayedOfferGoesByPrack() throws {
        _ = try OfferTests.flow(
            callee: Self.callee, call: { $0.offer = nil }, "reliable-delayed-offer-udp", reaction: Self.progressing())
    }

    /// Before the answer either side offers by UPDATE, once the first exchange is done.
    @Test(arguments: [Ladder.Side.caller, .callee])
    func earlyOfferGoesByUpdate(side: Ladder.Side) throws {
        _ = try OfferTests.flow(
            callee: Self.callee, "early-update-by-\(side.rawValue)-udp",
            [(.milliseconds(600), side, OfferTests.offering)], reaction: Self.progressing(answerAfter: .seconds(3)))
    }

    /// A CANCEL while a reliable provisional waits for its PRACK: 487, and nothing is sent again.
    @Test func cancelEndsReliableRinging() throws {
        _ = try OfferTests.flow(
            callee: Self.callee, "reliable-cancelled-udp",
            [(.milliseconds(700), .caller, { core, session, now in core.hangUp(session, at: now) })],
            losing: { driver in driver.lose(.max, from: .caller) { $0.isRequest(.prack) } },
            reaction: Self.progressing(answerAfter: .seconds(60)))
    }
}
