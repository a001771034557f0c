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
}
