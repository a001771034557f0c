import Timekeeping

/// Lets new-dialog INVITEs out, never more than a limit in any window, in the order in which they were asked for.
///
/// Sans-IO and exact: a permit is given when fewer than `limit` permits lie within the closed window that ends now, so no
/// interval of that length, wherever it begins, holds more. A token bucket would let through more (200 a minute with a
/// burst of 10 gives 210 in one minute). The last `limit` permits are kept in a ring.
package struct Pacer<Job: Hashable & Sendable>: Sendable {
    /// The answer to a request.
    package enum Answer: Hashable, Sendable {
        /// In line; `nextPermit` will name it. `position` 0 is the head of the line.
        case waiting(position: Int)
        /// `waitingMax` jobs wait already. Nothing was queued.
        case refused
    }

    /// Jobs that went before and go again, ahead of the others.
    private var returning: [Job] = []
    private var waiting: [Job] = []
    /// Jobs before this index of `waiting` have left; the front is cut off now and then.
    private var head = 0
    /// The permits of the last window, the oldest at `oldest`, at most `limit`.
    private var permits: [Instant] = []
    private var oldest = 0
    private var pausedUntil: Instant?

    package let limit: Int
    package let window: Duration
    package let waitingMax: Int

    /// - Parameters:
    ///   - limit: permits in any window; at least 1.
    ///   - window: its length, both ends included.
    ///   - waitingMax: jobs that may wait.
    package init(limit: Int, window: Duration, waitingMax: Int) {
        precondition(limit >= 1 && window > .zero && waitingMax >= 0, "a pacer has a limit and a window")
        self.limit = limit
        self.window = window
        self.waitingMax = waitingMax
    }

    package init(_ pace: Pace) {
        self.init(limit: pace.limit, window: pace.window + pace.margin, waitingMax: pace.waitingMax)
    }

    package var waitingCount: Int { self.returning.count + self.waiting.count - self.head }

    /// When the job at the head of the line may go; nil when none waits. It may lie in the past.
    package var deadline: Instant? {
        guard self.waitingCount > 0 else { return nil }
        let byWindow = self.permits.count < self.limit ? nil : self.permits[self.oldest] + self.window + Self.tick
        switch (byWindow, self.pausedUntil) {
        case (let window?, let pause?): return max(window, pause)
        case (let window?, nil): return window
        case (nil, let pause?): return pause
        case (nil, nil): return .origin
        }
    }

    /// Puts a job in line. Then call `nextPermit`.
    ///
    /// - Parameter isReturning: it has gone before, and its retry or fail-over comes before those that have not.
    package mutating func request(_ job: Job, isReturning: Bool = false) -> Answer {
        guard self.waitingCount < self.waitingMax else { return .refused }
        guard !isReturning else {
            self.returning.append(job)
            return .waiting(position: self.returning.count - 1)
        }
        self.waiting.append(job)
        return .waiting(position: self.waitingCount - 1)
    }

    /// The next job that may send its INVITE now; call until it returns nil. The permit counts from `now`.
    ///
    /// - Parameter admits: whether there is room for the job at the head; while there is none the line stands.
    package mutating func nextPermit(at now: Instant, where admits: (Job) -> Bool = { _ in true }) -> Job? {
        guard let deadline, deadline <= now else { return nil }
        guard let first = self.returning.first ?? self.waiting[self.head...].first, admits(first) else { return nil }
        if self.pausedUntil != nil { self.pausedUntil = nil }
        self.note(now)
        guard self.returning.isEmpty else { return self.returning.removeFirst() }
        self.head += 1
        if self.head > 1_024, self.head * 2 > self.waiting.count {
            self.waiting.removeFirst(self.head)
            self.head = 0
        }
        return first
    }

    /// Takes a job out of the line; false when it does not wait.
    package mutating func withdraw(_ job: Job) -> Bool {
        if let index = self.returning.firstIndex(of: job) {
            self.returning.remove(at: index)
            return true
        }
        guard let index = self.waiting[self.head...].firstIndex(of: job) else { return false }
        self.waiting.remove(at: index)
        return true
    }

    /// The carrier asked for patience (Retry-After): nothing goes out before `until`. A later moment wins.
    package mutating func pause(until: Instant) {
        self.pausedUntil = self.pausedUntil.map { max($0, until) } ?? until
    }

    private mutating func note(_ now: Instant) {
        guard self.permits.count == self.limit else {
            self.permits.append(now)
            return
        }
        self.permits[self.oldest] = now
        self.oldest = (self.oldest + 1) % self.limit
    }

    /// Just outside a closed window.
    private static var tick: Duration { .nanoseconds(1) }
}
