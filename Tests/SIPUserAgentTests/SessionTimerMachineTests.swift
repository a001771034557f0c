import SIPUserAgent
import Testing
import Timekeeping

/// The session timer by itself (RFC 4028 section 10), in virtual time.
@Suite struct SessionTimerMachineTests {
    private static func timer(_ seconds: Int, weRefresh: Bool) -> SessionTimer {
        var timer = SessionTimer()
        timer.begin(.seconds(seconds), weRefresh: weRefresh, at: .origin)
        return timer
    }

    private static func second(_ count: Int) -> Instant { Instant.origin + .seconds(count) }

    @Test func withoutAnIntervalNothingRuns() {
        var timer = SessionTimer()
        #expect(timer.deadline == nil && timer.interval == nil && timer.isRefresher == nil)
        #expect(timer.handleTimeout(at: Self.second(100_000)) == [])
        timer = Self.timer(1_800, weRefresh: true)
        timer.begin(nil, weRefresh: true, at: Self.second(5))
        #expect(timer.state == .off && timer.deadline == nil)
        timer.refreshRefused(at: .origin)
        #expect(timer.state == .off)
    }

    /// The refresher asks at half the interval, each time anew.
    @Test(arguments: [90, 1_800, 86_400])
    func refreshComesAtHalfTheInterval(seconds: Int) {
        var timer = Self.timer(seconds, weRefresh: true)
        var now = Instant.origin
        for _ in 0..<4 {
            #expect(timer.deadline == now + .milliseconds(seconds * 500) && timer.isRefresher == true)
            now = timer.deadline ?? now
            #expect(timer.handleTimeout(at: now.advanced(by: .milliseconds(-1))) == [])
            #expect(timer.handleTimeout(at: now) == [.refresh])
            #expect(timer.handleTimeout(at: now) == [])
            #expect(timer.interval == .seconds(seconds))
            timer.begin(.seconds(seconds), weRefresh: true, at: now)
        }
    }

    /// Who hears nothing hangs up 32 s before the end, or a third of the interval where that is less, in either role.
    @Test(arguments: [(90, 60), (93, 62), (96, 64), (100, 68), (1_800, 1_768)], [false, true])
    func silenceExpires(times: (interval: Int, end: Int), weRefresh: Bool) {
        var timer = Self.timer(times.interval, weRefresh: weRefresh)
        var fired: [SessionTimer.Action] = []
        var last = Instant.origin
        while let deadline = timer.deadline {
            last = deadline
            fired += timer.handleTimeout(at: deadline)
        }
        #expect(fired == (weRefresh ? [.refresh, .expire] : [.expire]))
        #expect(last == Self.second(times.end))
        #expect(timer.state == .expired && timer.interval == nil && timer.isRefresher == nil)
    }

    /// A refusal that leaves the session alive: again 10 s later, and not beyond the end.
    @Test func refusedRefreshComesAgain() {
        var timer = Self.timer(90, weRefresh: true)
        #expect(timer.handleTimeout(at: Self.second(45)) == [.refresh])
        timer.refreshRefused(at: Self.second(46))
        #expect(timer.deadline == Self.second(56))
        #expect(timer.handleTimeout(at: Self.second(56)) == [.refresh])
        timer.refreshRefused(at: Self.second(57))
        #expect(timer.deadline == Self.second(60))
        #expect(timer.handleTimeout(at: Self.second(60)) == [.expire])
    }

    /// A 2xx may change who refreshes, and for how long.
    @Test func rolesMayChange() {
        var timer = Self.timer(1_800, weRefresh: true)
        timer.begin(.seconds(600), weRefresh: false, at: Self.second(900))
        #expect(timer.isRefresher == false && timer.interval == .seconds(600))
        #expect(timer.deadline == Self.second(900 + 568))
        timer.refreshRefused(at: Self.second(901))
        #expect(timer.isRefresher == false)
    }

    /// A driver that wakes too late, past the end, ends the session instead of refreshing it.
    @Test func lateWakeExpires() {
        var timer = Self.timer(90, weRefresh: true)
        #expect(timer.handleTimeout(at: Self.second(61)) == [.expire])
    }
}
