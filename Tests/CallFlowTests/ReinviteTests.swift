import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// The peer's re-INVITE (RFC 3261 section 14.2), sent by a scripted callee once it has the ACK.
@Suite struct ReinviteTests {
    /// What the script needs to remember between messages.
    private final class Memory {
        var invite: Request?
    }

    private func flow(
        sdp: [UInt8], acknowledges: Bool = true,
        then extra: @escaping (ScriptedCallee, Request) -> [SIPMessage] = { _, _ in [] },
        reaction: @escaping TwoPartyDriver.Reaction
    ) throws -> TwoPartyDriver {
        let memory = Memory()
        let callee = ScriptedCallee()
        let script: TwoPartyDriver.Script = { message in
            switch message {
            case .request(let request) where request.method == .invite:
                memory.invite = request
                return [callee.response(.ok, to: request, sdp: CallFlow.answer)]
            case .request(let request) where request.method == .ack:
                guard let invite = memory.invite else { return [] }
                return [callee.request(.invite, after: invite, sequence: 7, sdp: sdp)] + extra(callee, invite)
            case .request(let request):
                return [callee.response(.ok, to: request)]
            case .response(let response):
                let isAnswer = message.isResponse(.ok, to: .invite)
                guard acknowledges, let invite = memory.invite, response.status.isFinal,
                    (try? response.headers.cSeq.method) == .invite
                else { return [] }
                return [
                    callee.request(
                        .ack, after: invite, sequence: 7, sdp: isAnswer && sdp.isEmpty ? CallFlow.answer : [])
                ]
            }
        }
        var driver = CallFlow.driver(over: .tcp, callee: .script(script))
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(60), reaction)
        try CallFlow.place(&driver, over: .tcp)
        driver.run(until: .origin + .seconds(200))
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        return driver
    }

    private func accepting(_ sdp: [UInt8]) -> TwoPartyDriver.Reaction {
        { driver, side, session, event in
            if case .offerReceived = event {
                driver.command(side) { core, now in core.acceptOffer(session, sdp: sdp, at: now) }
            }
        }
    }

    @Test func offerIsAnswered() throws {
        let driver = try self.flow(sdp: CallFlow.offer, reaction: self.accepting(CallFlow.answer))
        try GoldenLadder.expect(driver.ladder, "reinvite-answered")
    }

    /// Without an offer the 2xx has ours and the ACK the answer.
    @Test func missingOfferIsMade() throws {
        let driver = try self.flow(sdp: [], reaction: self.accepting(CallFlow.offer))
        try GoldenLadder.expect(driver.ladder, "reinvite-without-offer")
    }

    /// A refusal leaves the session as it was.
    @Test func offerIsRefused() throws {
        let driver = try self.flow(sdp: CallFlow.offer) { driver, side, session, event in
            if case .offerReceived = event {
                driver.command(side) { core, now in core.refuseOffer(session, .notAcceptableHere, at: now) }
            }
        }
        try GoldenLadder.expect(driver.ladder, "reinvite-refused")
    }

    /// A second re-INVITE while the first is open: 500 with Retry-After.
    @Test func secondOfferIsPutOff() throws {
        let driver = try self.flow(
            sdp: CallFlow.offer,
            then: { callee, invite in [callee.request(.invite, after: invite, sequence: 8, sdp: CallFlow.offer)] },
            reaction: { driver, side, session, event in
                guard case .offerReceived = event else { return }
                driver.schedule(after: .seconds(1)) { driver in
                    driver.command(side) { core, now in core.acceptOffer(session, sdp: CallFlow.answer, at: now) }
                }
            })
        try GoldenLadder.expect(driver.ladder, "reinvite-overlap")
    }

    /// The answer to a re-INVITE is never acknowledged: it is sent again for 64·T1, then the call is ended.
    @Test func missingACKEndsTheCall() throws {
        let driver = try self.flow(
            sdp: CallFlow.offer, acknowledges: false, reaction: self.accepting(CallFlow.answer))
        try GoldenLadder.expect(driver.ladder, "reinvite-missing-ack")
    }

    /// The peer takes its re-INVITE back: 200 to the CANCEL, 487 to the re-INVITE, and the session goes on.
    @Test func offerIsWithdrawn() throws {
        let driver = try self.flow(
            sdp: CallFlow.offer,
            then: { callee, invite in
                // A CANCEL has the branch of its INVITE (section 9.1).
                guard case .request(var cancel) = callee.request(.cancel, after: invite, sequence: 7),
                    case .request(let reinvite) = callee.request(.invite, after: invite, sequence: 7),
                    let via = reinvite.headers.first(.via)
                else { return [] }
                cancel.headers.replace(.via, via)
                return [.request(cancel)]
            },
            reaction: { _, _, _, _ in })
        try GoldenLadder.expect(driver.ladder, "reinvite-withdrawn")
    }

    /// The owner never answers: the re-INVITE is refused at 64·T1 and the session goes on.
    @Test func ownersSilenceIsRefused() throws {
        let driver = try self.flow(sdp: CallFlow.offer, reaction: { _, _, _, _ in })
        try GoldenLadder.expect(driver.ladder, "reinvite-unanswered")
    }
}
