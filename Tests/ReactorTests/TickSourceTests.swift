import Reactor
import Synchronization
import Testing
import Timekeeping

/// The beat: absolute, and honest about what it missed.
@Suite(.serialized) struct TickSourceTests {
    @Test func ticksComeAtTheirDeadlines() throws {
        let reactor = try Reactor()
        let start = Reactor.now() + .milliseconds(10)
        var source = try TickSource(period: .milliseconds(5), startingAt: start)
        try reactor.add(source.descriptor, token: 1, interest: .read)
        #expect(try source.take().isEmpty)
        var taken: [UInt64] = []
        while taken.count < 10 {
            try reactor.wait(until: Reactor.now() + .seconds(10)) { _ in }
            let due = try source.take()
            for tick in due {
                #expect(source.deadline(ofTick: tick) <= Reactor.now())
                taken.append(tick)
            }
        }
        #expect(taken.prefix(10) == (0..<10).map { UInt64($0) }[...])
        #expect(source.deadline(ofTick: 200) == start + .seconds(1))
    }

    /// A thread that was away gets all ticks at once and knows how many it missed.
    @Test func missedTicksAreCounted() throws {
        let reactor = try Reactor()
        let start = Reactor.now() + .milliseconds(1)
        var source = try TickSource(period: .milliseconds(5), startingAt: start)
        try reactor.wait(until: start + .milliseconds(52)) { _ in }
        let due = try source.take()
        #expect(due.count >= 11)
        #expect(due.lowerBound == 0)
        #expect(source.missedCount == UInt64(due.count - 1))
        #expect(source.count == due.upperBound)
    }

    /// No drift: after 40 ticks the phase is that of the start.
    @Test func phaseIsKept() throws {
        let reactor = try Reactor()
        let start = Reactor.now()
        var source = try TickSource(period: .milliseconds(5), startingAt: start)
        try reactor.add(source.descriptor, token: 1, interest: .read)
        while source.count < 40 {
            try reactor.wait(until: nil) { _ in }
            let due = try source.take()
            guard let last = due.last else { continue }
            let now = Reactor.now()
            #expect(source.deadline(ofTick: last) <= now)
        }
        #expect(start + .milliseconds(5 * 39) <= Reactor.now())
    }
}

/// Threads of our own.
struct LoopThreadTests {
    @Test func bodyRunsAndJoinWaits() throws {
        let value = Mutex(0)
        let thread = try LoopThread.start(name: "a-name-that-is-too-long-to-show") { outcome in
            #expect(outcome == .normal)
            value.withLock { $0 = 42 }
        }
        thread.join()
        #expect(value.withLock { $0 } == 42)
    }

    /// Whether realtime is granted depends on the machine; what was granted is told.
    @Test func realtimeIsAskedFor() throws {
        let granted = Mutex<SchedulingOutcome?>(nil)
        let thread = try LoopThread.start(name: "media", scheduling: .realtime(priority: 10)) { outcome in
            granted.withLock { $0 = outcome }
        }
        thread.join()
        let outcome = try #require(granted.withLock { $0 })
        #expect([.normal, .nice(-10), .realtime(priority: 10)].contains(outcome))
        #expect(!outcome.description.isEmpty)
    }

    @Test func processors() {
        #expect(ProcessSettings.processorCount >= 1)
        ProcessSettings.ignoreBrokenPipes()
    }
}
