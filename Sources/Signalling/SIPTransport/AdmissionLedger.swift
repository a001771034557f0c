import Addressing
import Synchronization

/// Counts accepted connections, in total and by address, and says which are one too many.
///
/// The loops that accept ask it, so it is shared under a lock that is held for a few dictionary steps.
final class AdmissionLedger: Sendable {
    private struct State {
        var total = 0
        var byAddress: [IPAddress: Int] = [:]
        var refused: UInt64 = 0
    }

    private let acceptedMax: Int
    private let acceptedPerAddressMax: Int
    private let knownPeers: Set<IPAddress>
    private let state = Mutex(State())

    init(_ configuration: TransportConfiguration) {
        self.acceptedMax = configuration.acceptedMax
        self.acceptedPerAddressMax = configuration.acceptedPerAddressMax
        self.knownPeers = configuration.knownPeers
    }

    /// Takes a place for a connection from this address, to be given back by `release`; false when there is none.
    func admit(_ address: IPAddress) -> Bool {
        self.state.withLock { state in
            let ofAddress = state.byAddress[address, default: 0]
            let hasPlace = state.total < self.acceptedMax && ofAddress < self.acceptedPerAddressMax
            guard hasPlace || self.knownPeers.contains(address) else {
                state.refused += 1
                return false
            }
            state.total += 1
            state.byAddress[address] = ofAddress + 1
            return true
        }
    }

    func release(_ address: IPAddress) {
        self.state.withLock { state in
            state.total -= 1
            let ofAddress = state.byAddress[address, default: 0] - 1
            state.byAddress[address] = ofAddress > 0 ? ofAddress : nil
        }
    }

    var acceptedCount: Int { self.state.withLock { $0.total } }
    var refusedCount: UInt64 { self.state.withLock { $0.refused } }
}
