import Timekeeping

/// How long after their deadlines packets left: counts in steps that grow by a fifth, from 10 µs to beyond 10 s.
package struct PacingHistogram: Sendable {
    private var counts = [UInt64](repeating: 0, count: Self.bounds.count + 1)
    private var total: UInt64 = 0

    /// Upper bounds of the steps in nanoseconds.
    private static let bounds: [Int64] = {
        var bounds: [Int64] = []
        var bound: Int64 = 10_000
        while bound < 12_000_000_000 {
            bounds.append(bound)
            bound += bound / 5
        }
        return bounds
    }()

    package init() {}

    package mutating func add(_ deviation: Duration) {
        let nanoseconds = deviation.inNanoseconds
        var low = 0
        var high = Self.bounds.count
        while low < high {
            let middle = (low + high) / 2
            if Self.bounds[middle] < nanoseconds { low = middle + 1 } else { high = middle }
        }
        self.counts[low] += 1
        self.total += 1
    }

    package mutating func add(_ other: PacingHistogram) {
        for index in self.counts.indices { self.counts[index] += other.counts[index] }
        self.total += other.total
    }

    /// The deviation that `share` (0 to 1) of all packets did not exceed, rounded up to its step; zero without packets.
    package func quantile(_ share: Double) -> Duration {
        guard self.total > 0 else { return .zero }
        let wanted = max(1, UInt64((Double(self.total) * share).rounded(.up)))
        var seen: UInt64 = 0
        for (index, count) in self.counts.enumerated() {
            seen += count
            if seen >= wanted { return .nanoseconds(Self.bounds[min(index, Self.bounds.count - 1)]) }
        }
        return .nanoseconds(Self.bounds[Self.bounds.count - 1])
    }
}
