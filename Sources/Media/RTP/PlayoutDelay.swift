import Timekeeping

/// How long packets have to be held so that all but the rarest come in time.
///
/// Each packet's transit is set against the quickest of the last five seconds, and the delay that would have been enough
/// for all of them but the slowest one is the target. It rises with the first packet that shows more, and falls when five
/// seconds have shown less. Clocks that drift move all transits alike and slowly, and so leave no trace here.
///
/// Needs `window` numbers of 8 octets, taken at the start; a packet that is no surprise costs one comparison, and every
/// tenth one a pass over the window.
package struct PlayoutDelay: Sendable {
    /// Transits in nanoseconds, against the first one: the newest `count` of them in a ring.
    private var transits: [Int64] = []
    private var next = 0
    private var unseen = 0
    private var reference: (arrival: Instant, timestamp: RTPTimestamp)?
    private var quickest: Int64 = 0
    private let clockRate: UInt32

    /// The delay that is wanted now.
    package private(set) var target: Duration

    /// Packets that are remembered: five seconds of 20 ms.
    package static let window = 250
    /// With fewer packets than these the slowest counts too.
    private static let outliersFrom = 50
    private static let updateEvery = 10
    /// What is held at least: a packet and the jitter of a quiet network, and of the slots that take packets out.
    package static let min = Duration.milliseconds(40)
    /// What is held at most; worse packets are lost.
    package static let max = Duration.milliseconds(300)
    /// Beyond the spread that was seen.
    private static let margin = Duration.milliseconds(10)

    package init(clockRate: UInt32 = 8_000) {
        precondition(clockRate > 0, "a stream has a clock")
        self.clockRate = clockRate
        self.target = Self.min
        self.transits.reserveCapacity(Self.window)
    }

    /// A packet of audio came, in order or not.
    package mutating func receive(timestamp: RTPTimestamp, at arrival: Instant) {
        guard let reference else {
            self.reference = (arrival, timestamp)
            self.note(0)
            return
        }
        let units = Int64(reference.timestamp.distance(to: timestamp))
        let sent = self.sent(timestamp, after: reference.timestamp)
        let transit = reference.arrival.duration(to: arrival).inNanoseconds - sent
        // A sender whose timestamps jump tells nothing of the network: begin anew.
        guard transit.magnitude < Self.jump else {
            self.restart()
            self.reference = (arrival, timestamp)
            self.note(0)
            return
        }
        // The reference follows, so that no timestamp is ever half a turn away from it.
        if units > Int64(self.clockRate) * 60 { self.rebase(to: timestamp, sent: sent, reference.arrival) }
        self.note(transit)
    }

    /// For how long a packet that begins to play at `now` would have been held if it had been as quick as the quickest of
    /// the same five seconds: what `target` is to be compared with. Nil before the first packet.
    ///
    /// A hold that is measured against any other packets than those of `target` is wrong by as much as the network's own
    /// delay has changed meanwhile.
    package func hold(of timestamp: RTPTimestamp, playedAt now: Instant) -> Duration? {
        guard let reference else { return nil }
        let sent = self.sent(timestamp, after: reference.timestamp)
        return reference.arrival.duration(to: now) - .nanoseconds(sent + self.quickest)
    }

    /// Another source, or one that restarted. What the network is like stays known; what is remembered goes.
    package mutating func restart() {
        self.transits.removeAll(keepingCapacity: true)
        self.next = 0
        self.unseen = 0
        self.reference = nil
    }

    /// Nanoseconds of the sender's clock.
    private func sent(_ timestamp: RTPTimestamp, after earlier: RTPTimestamp) -> Int64 {
        Int64(earlier.distance(to: timestamp)) * 1_000_000_000 / Int64(self.clockRate)
    }

    /// Moves the reference without moving transits.
    private mutating func rebase(to timestamp: RTPTimestamp, sent: Int64, _ arrival: Instant) {
        self.reference = (arrival + .nanoseconds(sent), timestamp)
    }

    private mutating func note(_ transit: Int64) {
        if self.transits.count < Self.window {
            self.transits.append(transit)
        } else {
            self.transits[self.next] = transit
            self.next = (self.next + 1) % Self.window
        }
        self.unseen += 1
        let isSurprise =
            transit < self.quickest || Duration.nanoseconds(transit - self.quickest) + Self.margin > self.target
        guard isSurprise || self.unseen >= Self.updateEvery || self.transits.count == 1 else { return }
        self.update()
    }

    private mutating func update() {
        self.unseen = 0
        var quickest = Int64.max
        var slowest = Int64.min
        var second = Int64.min
        for transit in self.transits {
            quickest = Swift.min(quickest, transit)
            if transit > slowest {
                second = slowest
                slowest = transit
            } else {
                second = Swift.max(second, transit)
            }
        }
        self.quickest = quickest
        let spread = (self.transits.count < Self.outliersFrom ? slowest : second) - quickest
        self.target = Swift.min(Self.max, Swift.max(Self.min, Duration.nanoseconds(spread) + Self.margin))
    }

    /// Ten seconds between two packets' transits are no jitter.
    private static let jump: UInt64 = 10_000_000_000
}
