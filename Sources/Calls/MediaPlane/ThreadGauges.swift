import Synchronization

/// One media thread's live figures, read from anywhere.
final class ThreadGauges: Sendable {
    /// Sessions given to the thread and not ended.
    let sessions = Atomic<Int>(0)
    let bots = Atomic<Int>(0)
    let lateTicks = Atomic<UInt64>(0)
    private let pacing = Mutex(PacingHistogram())

    init() {}

    var sessionCount: Int { self.sessions.load(ordering: .relaxed) }

    /// Adds what the thread has measured since it last did; about once a second.
    func publish(_ histogram: inout PacingHistogram) {
        let measured = histogram
        self.pacing.withLock { $0.add(measured) }
        histogram = PacingHistogram()
    }

    func addPacing(to histogram: inout PacingHistogram) {
        let measured = self.pacing.withLock { $0 }
        histogram.add(measured)
    }
}
