import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Calls that come in from a caller that does what it likes.
@Suite struct InboundCallTests {
    typealias Act = (inout TwoPartyDriver, ScriptedCaller, ScriptMemory) throws -> Void

    /// Sends an INVITE to a core that behaves as `reaction` says. `acts` are the caller's, at their times from the INVITE
    /// on; it answers whatever it is asked 200.
    static func flow(
        over transport: SIPTransportName = .udp, core: UserAgentCore = CallFlow.core(seed: 2),
        invite lines: [String] = [],
        sdp: [UInt8] = CallFlow.offer, until end: Duration = .seconds(200), _ name: String,
        reaction: @escaping TwoPartyDriver.Reaction, _ acts: [(Duration, Act)]
    ) throws -> ScriptMemory {
        var caller = ScriptedCaller()
        caller.transport = transport
        let memory = ScriptMemory()
        let script: TwoPartyDriver.Script = { message in
            memory.note(message)
            guard case .request(let request) = message, request.method != .ack else { return [] }
            return [caller.response(.ok, to: request)]
        }
        var driver = TwoPartyDriver(caller: .script(script), callee: .agent(core), over: transport)
        driver.reaction = reaction
        driver.send(try caller.invite(sdp: sdp, lines), from: .caller)
        for (time, act) in acts {
            driver.schedule(after: time) { driver in
                do {
                    try act(&driver, caller, memory)
                } catch {
                    Issue.record(error)
                }
            }
        }
        driver.run(until: .origin + end)
        try GoldenLadder.expect(driver.ladder, name)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
        return memory
    }

    /// A request of the caller's; ACK and BYE with the tag that the callee has shown.
    static func sending(
        _ method: String, _ branch: String, _ sequence: Int, sdp: [UInt8] = [], _ lines: [String] = []
    ) -> Act {
        { driver, caller, memory in
            let tag = method == "CANCEL" ? nil : memory.toTag
            let message = try caller.request(
                method, branch: branch, sequence: sequence, toTag: tag, sdp: sdp, lines)
            driver.send(message, from: .caller)
        }
    }

    static var repeating: Act { { driver, caller, _ in driver.send(try caller.invite(), from: .caller) } }
    static var ack: Act { Self.sending("ACK", "z9hG4bKack", 1) }
    static var bye: Act { Self.sending("BYE", "z9hG4bKbye", 2) }

    /// The INVITE comes again while it rings, and each time brings the last response again.
    @Test func repeatedInviteRepeatsTheRinging() throws {
        _ = try Self.flow(
            "inbound-invite-repeated-udp", reaction: CallFlow.answering(after: .seconds(2)),
            [
                (.milliseconds(50), Self.repeating), (.milliseconds(500), Self.repeating),
                (.milliseconds(2_100), Self.ack), (.seconds(5), Self.bye),
            ])
    }

    /// The same INVITE by another way through the network: 482, and one call only (RFC 3261 section 8.2.2.2).
    @Test func mergedInviteIsRefused() throws {
        _ = try Self.flow(
            "inbound-merged-udp", reaction: CallFlow.answering(after: .seconds(1)),
            [
                (
                    .milliseconds(5),
                    { driver, caller, _ in driver.send(try caller.invite(branch: "z9hG4bKother"), from: .caller) }
                ),
                (.milliseconds(50), Self.sending("ACK", "z9hG4bKother", 1)), (.milliseconds(1_100), Self.ack),
                (.seconds(3), Self.bye),
            ])
    }

    /// A CANCEL after the 200 changes nothing (section 9.2): 200 to it, and the call goes on.
    @Test func lateCancelChangesNothing() throws {
        _ = try Self.flow(
            over: .tcp, "inbound-late-cancel-tcp", reaction: CallFlow.answering(after: .seconds(1)),
            [
                (.milliseconds(1_010), Self.sending("CANCEL", "z9hG4bKinvite", 1)), (.milliseconds(1_100), Self.ack),
                (.seconds(4), Self.bye),
            ])
    }

    /// A caller may give up by BYE in the early dialog (section 15): 200 to it, 487 to the INVITE.
    @Test func earlyByeEndsTheRinging() throws {
        _ = try Self.flow(
            "inbound-early-bye-udp", reaction: CallFlow.answering(after: .seconds(60)),
            [
                (.seconds(2), Self.bye), (.milliseconds(2_100), Self.sending("ACK", "z9hG4bKinvite", 1)),
            ])
    }

    /// Nobody answers for the owner: 480 when the core's own limit is met.
    @Test func silentOwnerIsAnsweredFor() throws {
        let core = CallFlow.core(seed: 2) { $0.setupDurationMax = .seconds(100) }
        _ = try Self.flow(
            core: core, "inbound-silent-owner-udp", reaction: { _, _, _, _ in },
            [(.milliseconds(100_100), Self.sending("ACK", "z9hG4bKinvite", 1))])
    }

    /// The caller's BYE overtakes its own ACK: the call ends, and the ACK that comes late does no harm.
    @Test func byeOvertakesTheACK() throws {
        _ = try Self.flow(
            "inbound-bye-before-ack-udp", reaction: CallFlow.answering(after: .seconds(1)),
            [(.milliseconds(1_050), Self.bye), (.milliseconds(1_080), Self.ack)])
    }

    /// Early media, reliably, and the caller's new offer in its PRACK (RFC 3262 section 5): the 200 to it has the answer.
    @Test func prackBringsAnOffer() throws {
        let base = CallFlow.answering(after: .seconds(3))
        let reaction: TwoPartyDriver.Reaction = { driver, side, session, event in
            base(&driver, side, session, event)
            switch event {
            case .incoming:
                driver.schedule(after: .milliseconds(50)) { driver in
                    driver.command(side) { core, now in core.progress(session, sdp: CallFlow.answer, at: now) }
                }
            case .offerReceived:
                driver.command(side) { core, now in core.acceptOffer(session, sdp: CallFlow.answer, at: now) }
            default: break
            }
        }
        func prack(_ sequence: Int, sdp: [UInt8]) -> Act {
            { driver, caller, memory in
                guard let number = try memory.responses.last?.headers.rSeq else { return }
                try Self.sending("PRACK", "z9hG4bKp\(sequence)", sequence, sdp: sdp, ["RAck: \(number) 1 INVITE"])(
                    &driver, caller, memory)
            }
        }
        _ = try Self.flow(
            invite: ["Require: 100rel"], "inbound-prack-with-offer-udp", reaction: reaction,
            [
                (.milliseconds(150), prack(2, sdp: OfferTests.second)), (.milliseconds(300), prack(3, sdp: [])),
                (.milliseconds(3_100), Self.ack), (.seconds(5), Self.sending("BYE", "z9hG4bKbye", 4)),
            ])
    }

    /// An INVITE without offer whose ACK has no answer either: confirmed all the same, and the owner decides.
    @Test func delayedOfferIsNeverAnswered() throws {
        _ = try Self.flow(
            sdp: [], "inbound-delayed-offer-unanswered-udp",
            reaction: CallFlow.hangingUp(.callee, after: .seconds(1), CallFlow.answering(after: .seconds(1))),
            [(.milliseconds(1_100), Self.ack)])
    }

    /// One hour: the peer refreshes by re-INVITE with the same description each 900 s, and the interval begins anew.
    @Test func hourIsRefreshedByThePeersReinvite() throws {
        let base = CallFlow.answering(after: .seconds(1))
        let timer = ["Supported: timer", "Session-Expires: 1800;refresher=uac"]
        var acts: [(Duration, Act)] = [(.milliseconds(1_100), Self.ack)]
        for (number, minute) in [15, 30, 45, 60].enumerated() {
            acts.append(
                (
                    .seconds(minute * 60),
                    Self.sending("INVITE", "z9hG4bKr\(number)", 2 + number, sdp: CallFlow.offer, timer)
                ))
            acts.append((.milliseconds(minute * 60_000 + 100), Self.sending("ACK", "z9hG4bKa\(number)", 2 + number)))
        }
        acts.append((.seconds(3_700), Self.sending("BYE", "z9hG4bKbye", 6)))
        let memory = try Self.flow(
            invite: timer, until: .seconds(3_900), "sixty-minutes-peer-refreshes-by-reinvite-udp",
            reaction: { driver, side, session, event in
                base(&driver, side, session, event)
                guard case .offerReceived = event else { return }
                driver.command(side) { core, now in core.acceptOffer(session, sdp: CallFlow.answer, at: now) }
            }, acts)
        // Each 200 gives the same interval and leaves the refresh with the caller.
        let answers = memory.responses.filter { $0.status == .ok && (try? $0.headers.cSeq.method) == .invite }
        #expect(answers.count == 5)
        #expect(answers.allSatisfy { $0.headers.first(.sessionExpires)?.text == "1800;refresher=uac" })
    }
}
