import CLinux
import Reactor
import Testing
import Timekeeping

/// The loop over real descriptors.
@Suite(.serialized) struct ReactorTests {
    private final class TestPipe {
        let read: Descriptor
        private(set) var write: Descriptor

        init() throws {
            var read: Int32 = -1
            var write: Int32 = -1
            // Safe: the callee writes two descriptors.
            try ReactorError.check(unsafe clinux_pipe(&read, &write), "pipe")
            self.read = Descriptor(owning: read)
            self.write = Descriptor(owning: write)
        }

        func closeWriteEnd() {
            self.write = Descriptor(owning: clinux_eventfd_create())
        }

        func send(_ count: Int) {
            let bytes = [UInt8](repeating: 1, count: count)
            // Safe: exactly the array's bytes are read.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe clinux_write(self.write.number, $0.baseAddress, Int64($0.count))
            }
            #expect(written == Int64(count))
        }
    }

    private func readiness(_ reactor: Reactor, within patience: Duration = .zero) throws -> [Reactor.Readiness] {
        var found: [Reactor.Readiness] = []
        try reactor.wait(until: Reactor.now() + patience) { found.append($0) }
        return found
    }

    @Test func readinessIsReportedUntilItIsGone() throws {
        let reactor = try Reactor()
        let pipe = try TestPipe()
        try reactor.add(pipe.read.number, token: 7, interest: .read)
        #expect(try self.readiness(reactor).isEmpty)
        pipe.send(1)
        for _ in 0..<2 {
            let found = try self.readiness(reactor, within: .seconds(10))
            let only = try #require(found.first)
            #expect(found.count == 1)
            #expect(only.token == 7 && only.readable && !only.writable && !only.hangup)
        }
        try reactor.remove(pipe.read.number)
        #expect(try self.readiness(reactor).isEmpty)
    }

    @Test func interestCanBeChanged() throws {
        let reactor = try Reactor()
        let pipe = try TestPipe()
        try reactor.add(pipe.write.number, token: 1, interest: .write)
        #expect(try self.readiness(reactor, within: .seconds(10)).map(\.writable) == [true])
        try reactor.modify(pipe.write.number, token: 2, interest: [])
        #expect(try self.readiness(reactor).isEmpty)
        try reactor.modify(pipe.write.number, token: 3, interest: .write)
        #expect(try self.readiness(reactor, within: .seconds(10)).map(\.token) == [3])
    }

    @Test func hangupIsAlwaysReported() throws {
        let reactor = try Reactor()
        let pipe = try TestPipe()
        try reactor.add(pipe.read.number, token: 9, interest: [])
        #expect(try self.readiness(reactor).isEmpty)
        pipe.closeWriteEnd()
        #expect(try self.readiness(reactor, within: .seconds(10)).map(\.hangup) == [true])
    }

    @Test func errorsNameTheCall() throws {
        let reactor = try Reactor()
        let pipe = try TestPipe()
        #expect(throws: ReactorError.systemCall("epoll_ctl remove", code: 2)) {
            try reactor.remove(pipe.read.number)
        }
        try reactor.add(pipe.read.number, token: 1, interest: .read)
        #expect(throws: ReactorError.systemCall("epoll_ctl add", code: 17)) {
            try reactor.add(pipe.read.number, token: 1, interest: .read)
        }
        #expect(ReactorError.systemCall("open", code: 2).description == "open: No such file or directory")
    }

    /// More descriptors than one wait reports: the rest follow in the next.
    @Test func batchesAreBounded() throws {
        let reactor = try Reactor(batch: 2)
        let (first, second, third) = (try TestPipe(), try TestPipe(), try TestPipe())
        try reactor.add(first.write.number, token: 1, interest: .write)
        try reactor.add(second.write.number, token: 2, interest: .write)
        try reactor.add(third.write.number, token: 3, interest: .write)
        var seen: Set<UInt64> = []
        for _ in 0..<6 {
            let found = try self.readiness(reactor, within: .seconds(1))
            #expect(found.count <= 2)
            seen.formUnion(found.map(\.token))
        }
        #expect(seen == [1, 2, 3])
    }

    @Test func waitEndsAtItsDeadlineAndNotBefore() throws {
        let reactor = try Reactor()
        let deadline = Reactor.now() + .milliseconds(30)
        try reactor.wait(until: deadline) { _ in }
        #expect(deadline <= Reactor.now())
    }

    @Test func wakerEndsAnEndlessWait() throws {
        let waker = try Waker()
        let reactor = try Reactor(waker: waker)
        waker.wake()
        waker.wake()
        try reactor.wait(until: nil) { _ in Issue.record("a wake-up has no readiness of its own") }
        // Consumed: the next wait is not ended by the same wake-up.
        let deadline = Reactor.now() + .milliseconds(5)
        try reactor.wait(until: deadline) { _ in Issue.record("nothing is ready") }
        #expect(deadline <= Reactor.now())
    }

    @Test func clocksGoForward() {
        let first = Reactor.now()
        let anchor = Reactor.wallClockAnchor()
        #expect(first <= anchor.instant)
        #expect(anchor.sinceEpoch > .seconds(1_700_000_000))
    }
}
