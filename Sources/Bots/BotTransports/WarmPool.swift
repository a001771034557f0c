import Timekeeping

/// When the processes of one bot's pool are started: a stated number waits for calls, and is made whole again.
///
/// It knows numbers, not processes: whoever drives it starts one when `begins` says so and tells what became of it.
///
///     filling ─ started, whole ─▶ whole ─ taken, or died after a while ─▶ filling
///        │ died young, or not started                                       ▲
///        ▼                                                                  │
///     backing off ─ probe started ─▶ probing ─ lived for `proof` ───────────┘
///        ▲  twice as long               │ died
///        └──────────────────────────────┘
package struct WarmPool: Sendable {
    package enum Pace: Hashable, Sendable {
        case whole
        case filling(next: Instant)
        case backingOff(next: Instant, pause: Duration)
        /// One was started after a back-off; the others follow when it has lived until `next`.
        case probing(UInt64, next: Instant, pause: Duration)
    }

    private struct Waiting: Sendable {
        let id: UInt64
        let since: Instant
    }

    package let countMax: Int
    package private(set) var pace: Pace
    private var waiting: [Waiting] = []

    package init(countMax: Int, at now: Instant) {
        precondition(Self.countRange.contains(countMax), "a pool has from 1 to 64 processes")
        self.countMax = countMax
        self.pace = .filling(next: now)
    }

    /// Processes that wait for a call.
    package var count: Int { self.waiting.count }

    /// When `begins` is to be asked again; nil while the pool is whole.
    package var deadline: Instant? {
        switch self.pace {
        case .whole: nil
        case .filling(let next), .backingOff(let next, _), .probing(_, let next, _): next
        }
    }

    /// Whether one is to be started now; `started` or `notStarted` must follow.
    package mutating func begins(at now: Instant) -> Bool {
        switch self.pace {
        case .whole:
            return false
        case .filling(let next), .backingOff(let next, _):
            return next <= now
        case .probing(_, let next, _):
            guard next <= now else { return false }
            self.settle(next: now)
            return self.count < self.countMax
        }
    }

    package mutating func started(_ id: UInt64, at now: Instant) {
        self.waiting.append(Waiting(id: id, since: now))
        switch self.pace {
        case .backingOff(_, let pause), .probing(_, _, let pause):
            self.pace = .probing(id, next: now + Self.proof, pause: pause)
        case .whole, .filling:
            self.settle(next: now + Self.interval)
        }
    }

    package mutating func notStarted(at now: Instant) {
        self.backOff(at: now)
    }

    /// The one that has waited longest, for a call.
    package mutating func take(at now: Instant) -> UInt64? {
        guard !self.waiting.isEmpty else { return nil }
        let taken = self.waiting.removeFirst()
        if case .whole = self.pace { self.pace = .filling(next: now + Self.interval) }
        return taken.id
    }

    /// False when it did not wait here.
    package mutating func died(_ id: UInt64, at now: Instant) -> Bool {
        guard let index = self.waiting.firstIndex(where: { $0.id == id }) else { return false }
        let age = self.waiting.remove(at: index).since.duration(to: now)
        switch self.pace {
        case .probing(let probe, _, _):
            if probe == id { self.backOff(at: now) }
        case .backingOff:
            // It was started before the back-off began.
            break
        case .whole, .filling:
            if age < Self.proof {
                self.backOff(at: now)
            } else {
                self.settle(next: now + Self.interval)
            }
        }
        return true
    }

    private mutating func settle(next: Instant) {
        self.pace = self.count < self.countMax ? .filling(next: next) : .whole
    }

    private mutating func backOff(at now: Instant) {
        let pause: Duration
        switch self.pace {
        case .whole, .filling: pause = Self.pauseMin
        case .backingOff(_, let last), .probing(_, _, let last): pause = min(last * 2, Self.pauseMax)
        }
        self.pace = .backingOff(next: now + pause, pause: pause)
    }

    package static let countRange = 1...64
    /// Between two starts, so that calls that are being connected wait for one at most.
    package static let interval: Duration = .milliseconds(20)
    /// What lives so long did not fail at its start.
    package static let proof: Duration = .seconds(2)
    package static let pauseMin: Duration = .milliseconds(250)
    package static let pauseMax: Duration = .seconds(30)
}
