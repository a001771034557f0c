import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// Session timers (RFC 4028) between two cores: calls of an hour with an interval of 1800 s.
@Suite struct SessionTimerTests {
    private static func core(seed: UInt64, _ refresher: SessionTimerSettings.Preference) -> UserAgentCore {
        CallFlow.core(seed: seed) { $0.session.timer.refresher = refresher }
    }

    /// Each side refreshes in turn, named by either side: UPDATE at half the interval, and the call lives.
    @Test(arguments: [
        (SessionTimerSettings.Preference.us, SessionTimerSettings.Preference.either, "caller-refreshes"),
        (.peer, .either, "callee-refreshes"), (.either, .us, "callee-chooses-itself"),
        (.either, .peer, "callee-chooses-the-caller"),
    ])
    func hourIsRefreshed(
        caller: SessionTimerSettings.Preference, callee: SessionTimerSettings.Preference, name: String
    ) throws {
        _ = try OfferTests.flow(
            over: .tcp, caller: Self.core(seed: 1, caller), callee: Self.core(seed: 2, callee),
            hangUpAfter: .seconds(3600), "sixty-minutes-\(name)-tcp")
    }

    /// A smaller interval than the callee takes: 422, and once more with its Min-SE.
    @Test func smallIntervalIsRaised() throws {
        let caller = CallFlow.core(seed: 1) { $0.session.timer.interval = .seconds(90) }
        let callee = CallFlow.core(seed: 2) { $0.session.timer.intervalMin = .seconds(200) }
        _ = try OfferTests.flow(caller: caller, callee: callee, hangUpAfter: .seconds(150), "interval-too-small-udp")
    }

    /// The refresher has vanished: the other side hangs up a third of the interval before its end.
    @Test func silenceEndsTheCall() throws {
        let caller = CallFlow.core(seed: 1) {
            $0.session.timer.interval = .seconds(90)
            $0.session.timer.refresher = .us
        }
        _ = try OfferTests.flow(
            caller: caller, hangUpAfter: .seconds(300), "session-expires-udp",
            losing: { driver in driver.lose(.max, from: .caller) { $0.isRequest(.update) || $0.isRequest(.bye) } })
    }

    /// The refresh is never answered: as good as 408, and the call ends for a cause of its own.
    @Test func lostRefreshEndsTheCall() throws {
        let caller = CallFlow.core(seed: 1) { $0.session.timer.refresher = .us }
        _ = try OfferTests.flow(
            caller: caller, hangUpAfter: .seconds(3600), "refresh-unanswered-udp",
            losing: { driver in driver.lose(.max, from: .callee) { $0.isResponse(.ok, to: .update) } })
    }

    /// An offer of ours stands in for the refresh that falls due meanwhile: it begins the interval anew.
    @Test func refreshDoesNotRaceAnOffer() throws {
        let caller = CallFlow.core(seed: 1) { $0.session.timer.refresher = .us }
        _ = try OfferTests.flow(
            caller: caller, hangUpAfter: .seconds(1200), "refresh-beside-offer-udp",
            [(.milliseconds(901_030), .caller, OfferTests.offering)])
    }

    /// One hour of ours with a peer that takes no UPDATE: re-INVITE at half the interval, each with the bytes of the first
    /// offer, and so the same version in `o=` (section 7.4).
    @Test func hourIsRefreshedByReinvite() throws {
        let callee = ScriptedCallee()
        let memory = ScriptMemory()
        let script: TwoPartyDriver.Script = { message in
            memory.note(message)
            guard case .request(let request) = message, request.method != .ack else { return [] }
            let isInvite = request.method == .invite
            guard case .response(var answer) = callee.response(.ok, to: request, sdp: isInvite ? CallFlow.answer : [])
            else { return [] }
            answer.headers.add(.allow, [Method.invite, .ack, .cancel, .bye])
            if isInvite {
                answer.headers.add(.sessionExpires, SessionExpires(interval: .seconds(1_800), refresher: .uac))
            }
            return [.response(answer)]
        }
        var driver = CallFlow.driver(over: .udp, callee: .script(script))
        driver.reaction = CallFlow.hangingUp(.caller, after: .seconds(3_700)) { _, _, _, _ in }
        try CallFlow.place(&driver, over: .udp)
        driver.run(until: .origin + .seconds(3_900))
        try GoldenLadder.expect(driver.ladder, "sixty-minutes-we-refresh-by-reinvite-udp")
        let invites = memory.requests.filter { $0.method == .invite }
        #expect(invites.count == 5 && invites.allSatisfy { $0.body == CallFlow.offer })
        #expect(invites.dropFirst().allSatisfy { $0.headers.first(.sessionExpires)?.text == "1800;refresher=uac" })
        #expect(driver.counts(of: .caller) == CallFlow.empty)
    }

    /// The peer is to refresh and forgets: BYE 32 s before the end of its half hour.
    @Test func forgottenRefreshEndsTheCall() throws {
        _ = try InboundCallTests.flow(
            invite: ["Supported: timer", "Session-Expires: 1800;refresher=uac"], until: .seconds(2_000),
            "session-expires-inbound-udp", reaction: CallFlow.answering(after: .seconds(1)),
            [(.milliseconds(1_100), InboundCallTests.ack)])
    }
}
