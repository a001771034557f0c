import Logging
import Reactor
import Synchronization
import Timekeeping

/// One media thread as the rest of the process sees it: an inbox, figures, and its end.
final class MediaThread: Sendable {
    let inbox: Inbox<ThreadMessage>
    let gauges: ThreadGauges
    private let thread: LoopThread
    private let end: ThreadEnd

    private struct Parts: ~Copyable {
        let loop: MediaLoop
        var ticks: TickSource
    }

    /// Sessions that may be opened within one tick; more are refused.
    private static let opensMax = 256
    /// Above the kernel's own threads of default priority, below what guards the machine.
    private static let priority: Int32 = 20

    init(index: Int, configuration: MediaPlaneConfiguration, ports: PortPool, logger: Logger) throws(ReactorError) {
        let reactor = try Reactor()
        let inbox = Inbox<ThreadMessage>(
            capacity: Self.opensMax, reservedCapacity: 1 + configuration.sessionsMax * SessionMailbox.reserve,
            waker: reactor.waker)
        let gauges = ThreadGauges()
        let end = ThreadEnd()
        let ticks = try TickSource(startingAt: Reactor.now() + .milliseconds(5))
        let loop = MediaLoop(reactor: reactor, inbox: inbox, gauges: gauges, ports: ports, logger: logger)
        let parcel = Parcel(Parts(loop: loop, ticks: ticks))
        let scheduling: SchedulingClass
        switch configuration.scheduling {
        case .realtimeWherePermitted: scheduling = .realtime(priority: Self.priority)
        case .inherited: scheduling = .normal
        }
        self.inbox = inbox
        self.gauges = gauges
        self.end = end
        self.thread = try LoopThread.start(name: "media-\(index)", scheduling: scheduling) { outcome in
            logger.info("media thread \(index) runs under \(outcome)")
            if var parts = parcel.take() { parts.loop.run(&parts.ticks) }
            end.signal()
        }
    }

    /// Ends every session of the thread, then the thread; returns when it is gone. Call it once.
    func shutdown() async {
        // The reserve has a place for it; a thread that has ended by itself needs none.
        _ = self.inbox.postReserved(.shutdown)
        await self.end.wait()
        self.thread.join()
    }
}

/// The end of a thread, which tasks can wait for without holding a thread up.
private final class ThreadEnd: Sendable {
    private enum State {
        case running([CheckedContinuation<Void, Never>])
        case ended
    }

    private let state = Mutex(State.running([]))

    func signal() {
        let waiting = self.state.withLock { state in
            defer { state = .ended }
            guard case .running(let waiting) = state else { return [CheckedContinuation<Void, Never>]() }
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasEnded = self.state.withLock { state in
                guard case .running(let waiting) = state else { return true }
                state = .running(waiting + [continuation])
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }
}
