import Timekeeping

/// Finds what belongs to nobody: things that exist without an owner for longer than any hand-over takes. Sans-IO.
///
/// Whatever makes and frees things must leave nothing behind by itself; this watch exists for the day on which it does
/// not, and counts how often that was.
package struct OrphanWatch<Item: Hashable & Sendable>: Sendable {
    private var ownerlessSince: [Item: Instant] = [:]
    private let patience: Duration

    /// - Parameter patience: how long a thing may be without its owner: on its way to one, or being taken down.
    package init(patience: Duration) {
        self.patience = patience
    }

    /// How many are under suspicion.
    package var suspectCount: Int { self.ownerlessSince.count }

    /// Compares what exists with what is owned. Returns what has been without an owner for too long, each once: whoever
    /// asks ends it, and one that is still there after another `patience` is returned again.
    package mutating func sweep(_ present: Set<Item>, owned: Set<Item>, at now: Instant) -> Set<Item> {
        let ownerless = present.subtracting(owned)
        self.ownerlessSince = self.ownerlessSince.filter { ownerless.contains($0.key) }
        var orphans: Set<Item> = []
        for item in ownerless {
            guard let since = self.ownerlessSince[item] else {
                self.ownerlessSince[item] = now
                continue
            }
            if since.duration(to: now) >= self.patience {
                orphans.insert(item)
                self.ownerlessSince[item] = now
            }
        }
        return orphans
    }
}
