import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Offers within a call, and delayed ones, between two cores (RFC 3261 section 14, RFC 3311, RFC 6337).
@Suite struct OfferTests {
    static let second = Array("v=0\r\ns=second\r\n".utf8)

    /// A call that is answered after a second and hung up by the caller ten seconds later. Offers are taken, and
    /// `commands` are carried out at their time from the INVITE on.
    static func flow(
        over transport: SIPTransportName = .udp, caller: UserAgentCore = CallFlow.core(seed: 1),
        callee: UserAgentCore = CallFlow.core(seed: 2), call change: (inout OutgoingInvite) -> Void = { _ in },
        hangUpAfter: Duration = .seconds(10), _ name: String, _ commands: [(Duration, Ladder.Side, Command)] = [],
        losing prepare: (inout TwoPartyDriver) -> Void = { _ in }, reaction: TwoPartyDriver.Reaction? = nil
    ) throws -> TwoPartyDriver {
        var driver = TwoPartyDriver(caller: .agent(caller), callee: .agent(callee), over: transport)
        prepare(&driver)
        let sessions = Sessions()
        let base = CallFlow.hangingUp(.caller, after: hangUpAfter, CallFlow.answering(after: .seconds(1)))
        driver.reaction = { driver, side, session, event in
            sessions[side] = session
            if let reaction { reaction(&driver, side, session, event) } else { base(&driver, side, session, event) }
            switch event {
            case .offerReceived:
                driver.command(side) { core, now in core.acceptOffer(session, sdp: CallFlow.answer, at: now) }
            case .answerOwed(let owed):
                driver.command(side) { core, now in core.acknowledge(session, sdp: CallFlow.answer, at: now) }
                guard owed.occasion == .call, side == .caller else { return }
                driver.schedule(after: hangUpAfter) { driver in
                    driver.command(side) { core, now in core.hangUp(session, at: now) }
                }
            default:
                break
            }
        }
        for (time, side, command) in commands {
            driver.schedule(after: time) { driver in
                guard let session = sessions[side] else { return }
                driver.command(side) { core, now in command(&core, session, now) }
            }
        }
        var order = try CallFlow.call(over: transport)
        change(&order)
        let placed = try driver.command(.caller) { core, now in try core.invite(order, at: now) }
        sessions[.caller] = placed
        driver.run(until: .origin + hangUpAfter + .seconds(200))
        try GoldenLadder.expect(driver.ladder, name)
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        #expect(driver.counts(of: .callee) == CallFlow.empty)
        return driver
    }

    typealias Command = @Sendable (inout UserAgentCore, SessionID, Instant) -> [UserAgentAction]

    /// The session of each side, once there is one.
    final class Sessions {
        private var ids: [Ladder.Side: SessionID] = [:]

        subscript(side: Ladder.Side) -> SessionID? {
            get { self.ids[side] }
            set { self.ids[side] = newValue }
        }
    }

    static let offering: Command = { core, session, now in core.offer(session, sdp: Self.second, at: now) }
    static let asking: Command = { core, session, now in core.offer(session, sdp: nil, at: now) }

    @Test(arguments: [Ladder.Side.caller, .callee])
    func offerIsAccepted(side: Ladder.Side) throws {
        _ = try Self.flow("offer-by-\(side.rawValue)-udp", [(.seconds(3), side, Self.offering)])
    }

    /// A re-INVITE without offer: the 2xx has the peer's, and the ACK the answer.
    @Test func peerIsAskedForItsOffer() throws {
        _ = try Self.flow("offer-requested-udp", [(.seconds(3), .caller, Self.asking)])
    }

    /// Both offer at once: 491 each way; the callee, who does not own the Call-ID, comes first, and the caller follows.
    @Test func glareIsResolved() throws {
        _ = try Self.flow(
            "offer-glare-udp", [(.seconds(3), .caller, Self.offering), (.seconds(3), .callee, Self.offering)])
    }

    /// A 2xx whose ACK is lost comes again, and brings the same ACK again, re-INVITEs included.
    @Test(arguments: CallFlow.transports)
    func offersACKIsSentAgain(transport: SIPTransportName) throws {
        _ = try Self.flow(
            over: transport, "offer-lost-ack-\(transport.rawValue)", [(.seconds(3), .caller, Self.offering)],
            losing: { driver in
                driver.lose(2, from: .caller) { message in
                    message.isRequest(.ack) && (try? message.headers.cSeq.number) == 2
                }
            })
    }

    /// An INVITE without offer: the 2xx has it, and the owner's answer goes with the ACK.
    @Test func delayedOfferIsAnsweredInTheACK() throws {
        _ = try Self.flow(call: { $0.offer = nil }, "delayed-offer-udp")
    }

    /// Glares of every kind: the later request gets 491, or 500 with Retry-After where the first waits for its owner, and
    /// both offers are settled in the end, one after the other.
    @Test func lateOfferMeetsAnOpenOne() throws {
        _ = try Self.flow(
            "offer-glare-late-udp",
            [(.seconds(3), .caller, Self.offering), (.milliseconds(3_010), .callee, Self.asking)])
    }

    /// Both sides offer by UPDATE before the answer (RFC 3311 section 5.2).
    @Test func earlyUpdatesMeet() throws {
        let progressing = CallFlow.core(seed: 2) { $0.session.reliableProvisionals = .whenSupported }
        let base = CallFlow.hangingUp(.caller, after: .seconds(10), CallFlow.answering(after: .seconds(8)))
        _ = try Self.flow(
            callee: progressing, "early-update-glare-udp",
            [(.seconds(1), .caller, Self.offering), (.seconds(1), .callee, Self.offering)],
            reaction: { driver, side, session, event in
                base(&driver, side, session, event)
                guard case .incoming = event else { return }
                driver.schedule(after: .milliseconds(200)) { driver in
                    driver.command(side) { core, now in core.progress(session, sdp: CallFlow.answer, at: now) }
                }
            })
    }

    /// A hang-up in the pause after a 491: BYE at once, and the offer is never sent again.
    @Test func hangUpInThePause() throws {
        _ = try Self.flow(
            "offer-glare-hang-up-udp",
            [
                (.seconds(3), .caller, Self.offering), (.seconds(3), .callee, Self.offering),
                (.milliseconds(3_100), .caller, { core, session, now in core.hangUp(session, at: now) }),
            ])
    }

    /// Another offer is wanted in the pause after a 491: it goes when the pause is over, in the place of the first one
    /// (RFC 3261 section 14.1).
    @Test func newOfferKeepsThePause() throws {
        _ = try Self.flow(
            "offer-glare-new-wish-udp",
            [
                (.seconds(3), .caller, Self.offering), (.seconds(3), .callee, Self.offering),
                (.milliseconds(3_100), .caller, Self.asking), (.milliseconds(3_100), .callee, Self.asking),
            ])
    }

    /// A session refresh by UPDATE crosses the peer's re-INVITE: without SDP it offers nothing, so both go through.
    @Test func refreshCrossesAnOffer() throws {
        let caller = CallFlow.core(seed: 1) {
            $0.session.timer.refresher = .us
            $0.session.timer.interval = .seconds(90)
        }
        _ = try Self.flow(
            caller: caller, hangUpAfter: .seconds(60), "refresh-crosses-offer-udp",
            [(.milliseconds(46_035), .callee, Self.offering)])
    }
}
