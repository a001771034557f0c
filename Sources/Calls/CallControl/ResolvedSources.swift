import Addressing
import Synchronization
import Trunks

/// The addresses that the names of trunks' points of presence have now: an INVITE from one of them is the carrier's.
package final class ResolvedSources: Sendable {
    private let addresses = Mutex<[TrunkName: Set<IPAddress>]>([:])

    package init() {}

    /// Replaces what is known of a trunk.
    package func set(_ addresses: Set<IPAddress>, of trunk: TrunkName) {
        self.addresses.withLock { $0[trunk] = addresses }
    }

    package func contains(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return self.addresses.withLock { $0.values.contains { $0.contains(address) } }
    }

    var current: [TrunkName: Set<IPAddress>] { self.addresses.withLock { $0 } }
}
