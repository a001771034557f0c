import Testing
import Timekeeping
import Trunks

/// Exact over every window, in order, nothing lost: in virtual time.
@Suite struct PacerTests {
    /// Asks for permits whenever the pacer says that one is due, until nothing waits.
    private func drain(_ pacer: inout Pacer<Int>, from start: Instant) -> [(job: Int, at: Instant)] {
        var now = start
        var permits: [(Int, Instant)] = []
        while let deadline = pacer.deadline {
            now = max(now, deadline)
            while let job = pacer.nextPermit(at: now) { permits.append((job, now)) }
        }
        return permits
    }

    /// The most permits in any closed interval of a length.
    private func most(_ permits: [Instant], in window: Duration) -> Int {
        var most = 0
        var first = 0
        for (index, permit) in permits.enumerated() {
            while permits[first].duration(to: permit) > window { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    @Test func twoHundredAndFiftyAtOnce() {
        var pacer = Pacer<Int>(limit: 200, window: .seconds(60), waitingMax: 1_000)
        for job in 0..<250 { #expect(pacer.request(job) == .waiting(position: job)) }
        let permits = self.drain(&pacer, from: .origin)
        #expect(permits.map(\.job) == Array(0..<250))
        #expect(permits.filter { $0.at == .origin }.count == 200)
        #expect(permits[200].at == .origin + .seconds(60) + .nanoseconds(1), "the window is closed at both ends")
        #expect(self.most(permits.map(\.at), in: .seconds(60)) == 200)
        #expect(pacer.deadline == nil && pacer.waitingCount == 0)
    }

    /// Bursts just before and just after the edge of a window: a fixed window would let 400 through.
    @Test func burstsAroundTheEdge() {
        var pacer = Pacer<Int>(limit: 200, window: .seconds(60), waitingMax: 1_000)
        var permits: [Instant] = []
        for (burst, at) in [Duration.seconds(59), .milliseconds(60_001), .milliseconds(119_999)].enumerated() {
            for job in 0..<200 { _ = pacer.request(burst * 200 + job) }
            let now = Instant.origin + at
            while pacer.nextPermit(at: now) != nil { permits.append(now) }
        }
        #expect(permits.count == 400, "the second burst waits until the third")
        permits += self.drain(&pacer, from: .origin + .seconds(120)).map(\.at)
        #expect(permits.count == 600)
        #expect(self.most(permits, in: .seconds(60)) == 200)
    }

    /// Random demand for an hour: never more than the limit in any window, first come first served, all served.
    @Test(arguments: [(1, 10), (3, 1), (50, 60), (200, 60)]) func anyWindow(_ limit: Int, _ seconds: Int) {
        var random = SeededGenerator(seed: 61)
        let window = Duration.seconds(seconds)
        var pacer = Pacer<Int>(limit: limit, window: window, waitingMax: 100_000)
        var now = Instant.origin
        var requested = 0
        var permits: [(job: Int, at: Instant)] = []
        for _ in 0..<2_000 {
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                _ = pacer.request(requested)
                requested += 1
            }
            now += .milliseconds(Int.random(in: 0...1_800, using: &random))
            while let job = pacer.nextPermit(at: now) { permits.append((job, now)) }
        }
        permits += self.drain(&pacer, from: now)
        #expect(permits.map(\.job) == Array(0..<requested))
        #expect(self.most(permits.map(\.at), in: window) <= limit)
    }

    /// No permit is held back longer than the rule asks: the deadline is exact.
    @Test func noLaterThanNeeded() {
        var pacer = Pacer<Int>(limit: 2, window: .seconds(10), waitingMax: 10)
        for job in 0..<3 { _ = pacer.request(job) }
        #expect(pacer.nextPermit(at: .origin) == 0)
        #expect(pacer.nextPermit(at: .origin + .seconds(4)) == 1)
        #expect(pacer.nextPermit(at: .origin + .seconds(10)) == nil)
        #expect(pacer.deadline == .origin + .seconds(10) + .nanoseconds(1))
        #expect(pacer.nextPermit(at: .origin + .seconds(10) + .nanoseconds(1)) == 2)
    }

    @Test func theLineIsBounded() {
        var pacer = Pacer<Int>(limit: 1, window: .seconds(1), waitingMax: 3)
        #expect(
            (0..<5).map { pacer.request($0) } == [
                .waiting(position: 0), .waiting(position: 1), .waiting(position: 2), .refused, .refused,
            ])
        #expect(pacer.nextPermit(at: .origin) == 0)
        #expect(pacer.request(9) == .waiting(position: 2))
    }

    /// Retry-After: nothing goes out before it, a shorter one does not shorten a longer one, and all go out after it.
    @Test func pauses() {
        var pacer = Pacer<Int>(limit: 200, window: .seconds(60), waitingMax: 100)
        for job in 0..<10 { _ = pacer.request(job) }
        #expect(pacer.nextPermit(at: .origin) == 0)
        pacer.pause(until: .origin + .seconds(30))
        pacer.pause(until: .origin + .seconds(10))
        #expect(pacer.deadline == .origin + .seconds(30))
        #expect(pacer.nextPermit(at: .origin + .milliseconds(29_999)) == nil)
        #expect(self.drain(&pacer, from: .origin + .seconds(30)).map(\.job) == Array(1..<10))
        #expect(pacer.request(10) == .waiting(position: 0))
        #expect(pacer.nextPermit(at: .origin + .seconds(31)) == 10, "the pause is over")
    }

    @Test func withdrawnJobsLeaveTheOthersInOrder() {
        var pacer = Pacer<Int>(limit: 1, window: .seconds(1), waitingMax: 10)
        for job in 0..<5 { _ = pacer.request(job) }
        #expect(pacer.nextPermit(at: .origin) == 0)
        let withdrawn = [pacer.withdraw(2), pacer.withdraw(2), pacer.withdraw(0)]
        #expect(withdrawn == [true, false, false])
        #expect(self.drain(&pacer, from: .origin).map(\.job) == [1, 3, 4])
    }

    /// A long line costs no more memory than it needs, and order survives the tidying of its front.
    @Test func longLines() {
        var pacer = Pacer<Int>(limit: 10_000, window: .seconds(1), waitingMax: 10_000)
        var served: [Int] = []
        for round in 0..<10 {
            for job in 0..<3_000 { _ = pacer.request(round * 3_000 + job) }
            let now = Instant.origin + .seconds(2 * round)
            for _ in 0..<2_500 { if let job = pacer.nextPermit(at: now) { served.append(job) } }
        }
        #expect(served == Array(0..<25_000) && pacer.waitingCount == 5_000)
    }

    /// A trunk's margin widens the window, for INVITEs that leave late.
    @Test func marginOfATrunk() {
        let pacer = Pacer<Int>(Pace())
        #expect(pacer.limit == 200 && pacer.window == .seconds(61) && pacer.waitingMax == 10_000)
    }
}
