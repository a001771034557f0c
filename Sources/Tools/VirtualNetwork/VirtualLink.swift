import Timekeeping

/// How a link treats what is sent over it. Ratios are 0 to 1.
package struct LinkConditions: Hashable, Sendable {
    /// From one end to the other.
    package var delay: Duration
    package var lossRatio: Double
    /// A reordered datagram takes `reorderDelay` longer than the others.
    package var reorderRatio: Double
    package var reorderDelay: Duration
    package var duplicateRatio: Double

    package init(
        delay: Duration = .milliseconds(20), lossRatio: Double = 0, reorderRatio: Double = 0,
        reorderDelay: Duration = .milliseconds(60), duplicateRatio: Double = 0
    ) {
        precondition([lossRatio, reorderRatio, duplicateRatio].allSatisfy((0...1).contains), "ratios are 0 to 1")
        self.delay = delay
        self.lossRatio = lossRatio
        self.reorderRatio = reorderRatio
        self.reorderDelay = reorderDelay
        self.duplicateRatio = duplicateRatio
    }

    package static let clean = LinkConditions()
}

/// One direction of a network in virtual time. What it does with the n-th datagram depends on the seed alone.
package struct VirtualLink: Sendable {
    private let conditions: LinkConditions
    private var random: SeededGenerator

    package init(conditions: LinkConditions, seed: UInt64) {
        self.conditions = conditions
        self.random = SeededGenerator(seed: seed)
    }

    /// When a datagram sent now arrives: never, once, or twice.
    package mutating func carryDatagram(sentAt now: Instant) -> [Instant] {
        // All three draws are made for each datagram, so that one ratio does not shift the fates of another.
        let isLost = self.draw(self.conditions.lossRatio)
        let isLate = self.draw(self.conditions.reorderRatio)
        let isDouble = self.draw(self.conditions.duplicateRatio)
        if isLost { return [] }
        let arrival = now + self.conditions.delay + (isLate ? self.conditions.reorderDelay : .zero)
        return isDouble ? [arrival, arrival + .milliseconds(1)] : [arrival]
    }

    /// When bytes written to a stream now arrive: always, and in order.
    package func carryStream(sentAt now: Instant) -> Instant {
        now + self.conditions.delay
    }

    private mutating func draw(_ ratio: Double) -> Bool {
        Double.random(in: 0..<1, using: &self.random) < ratio
    }
}
