import BotTransports
import Testing
import Timekeeping

/// When processes are started ahead of their calls, in virtual time.
@Suite struct WarmPoolTests {
    private static let origin = Instant(nanosecondsSinceOrigin: 1_000_000_000)

    /// Starts whatever is due from `now` on until the pool is whole; returns when each was started.
    private func fill(_ pool: inout WarmPool, from now: inout Instant, firstID: UInt64 = 1) -> [Instant] {
        var starts: [Instant] = []
        while let deadline = pool.deadline {
            now = max(now, deadline)
            guard pool.begins(at: now) else { continue }
            pool.started(firstID + UInt64(starts.count), at: now)
            starts.append(now)
        }
        return starts
    }

    /// The pool never has more than it may, and its starts leave room for calls between them.
    @Test(arguments: [1, 3, 64]) func fillsToItsMaximum(countMax: Int) {
        var now = Self.origin
        var pool = WarmPool(countMax: countMax, at: now)
        let starts = self.fill(&pool, from: &now)
        #expect(starts == (0..<countMax).map { Self.origin + WarmPool.interval * $0 })
        #expect(pool.count == countMax)
        #expect(pool.pace == .whole)
        #expect(pool.begins(at: now + .seconds(3_600)) == false)
    }

    /// The oldest goes first, and its place is filled after the call has had its moment.
    @Test func takenAndFilledAgain() {
        var now = Self.origin
        var pool = WarmPool(countMax: 2, at: now)
        _ = self.fill(&pool, from: &now)
        now = now + .seconds(10)
        #expect(pool.take(at: now) == 1)
        #expect(pool.deadline == now + WarmPool.interval)
        #expect(pool.take(at: now) == 2)
        #expect(pool.take(at: now) == nil)
        #expect(self.fill(&pool, from: &now, firstID: 3).count == 2)
        #expect(pool.take(at: now) == 3)
    }

    /// One that has lived is replaced at once; one that died young makes the pool wait, longer each time, up to a limit.
    @Test func backsOffFromProgramsThatDieYoung() {
        var now = Self.origin
        var pool = WarmPool(countMax: 1, at: now)
        var pauses: [Int64] = []
        for id in UInt64(1)...10 {
            while !pool.begins(at: now) { now = pool.deadline ?? now }
            pool.started(id, at: now)
            now = now + .milliseconds(5)
            #expect(pool.died(id, at: now) == true)
            pauses.append(now.duration(to: pool.deadline ?? now).inMilliseconds)
        }
        #expect(pauses == [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    }

    /// A whole pool that dies at once is one failure, not as many as it had processes.
    @Test func deathsTogetherAreOneBackOff() {
        var now = Self.origin
        var pool = WarmPool(countMax: 8, at: now)
        _ = self.fill(&pool, from: &now)
        for id in UInt64(1)...8 { #expect(pool.died(id, at: now) == true) }
        #expect(pool.pace == .backingOff(next: now + WarmPool.pauseMin, pause: WarmPool.pauseMin))
        #expect(pool.count == 0)
    }

    /// After a back-off one goes first; the others follow when it has lived.
    @Test func oneProbeBeforeTheRest() {
        var now = Self.origin
        var pool = WarmPool(countMax: 3, at: now)
        #expect(pool.begins(at: now) == true)
        pool.notStarted(at: now)
        #expect(pool.begins(at: now) == false)
        now = now + WarmPool.pauseMin
        let starts = self.fill(&pool, from: &now)
        #expect(
            starts.map { Self.origin.duration(to: $0).inMilliseconds }
                == [250, 2_250, 2_270])
        #expect(pool.pace == .whole)
        // What has proved itself once starts from the shortest pause again.
        now = now + .milliseconds(1)
        #expect(pool.died(3, at: now) == true)
        #expect(pool.deadline == now + WarmPool.pauseMin)
    }

    @Test func replacesOneThatHasLived() {
        var now = Self.origin
        var pool = WarmPool(countMax: 1, at: now)
        _ = self.fill(&pool, from: &now)
        now = now + .seconds(60)
        #expect(pool.died(1, at: now) == true)
        #expect(pool.pace == .filling(next: now + WarmPool.interval))
        // A call's process is no concern of the pool any more.
        #expect(pool.died(1, at: now) == false)
    }
}
