import Synchronization
import Trunks

/// Which points of presence are out of use now: health checks write it, calls read it.
package final class TrunkHealth: Sendable {
    private let down = Mutex<[TrunkName: Set<Int>]>([:])

    package init() {}

    /// - Parameter index: into the trunk's `pointsOfPresence`.
    package func set(_ index: Int, of trunk: TrunkName, isUp: Bool) {
        self.down.withLock { down in
            if isUp {
                down[trunk]?.remove(index)
            } else {
                down[trunk, default: []].insert(index)
            }
        }
    }

    /// The points of presence that a call may try, in the trunk's order: those in use, or all where none is, as a check
    /// may be wrong and a refused call is no better than a failed one.
    package func order(of trunk: Trunk) -> [Int] {
        let down = self.down.withLock { $0[trunk.name] ?? [] }
        let all = Array(trunk.pointsOfPresence.indices)
        let up = all.filter { !down.contains($0) }
        return up.isEmpty ? all : up
    }

    /// How many are out of use, over all trunks.
    package var downCount: Int { self.down.withLock { $0.values.reduce(0) { $0 + $1.count } } }
}
