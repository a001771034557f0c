import Addressing
import NIOCore
import SIPSyntax
import Synchronization

/// Admits connections for the loops that accept: the ledger and the channels that it may push out, under one lock.
final class AdmissionDesk: Sendable {
    private struct State {
        var ledger: AdmissionLedger
        var channels: [ConnectionID: any Channel] = [:]
    }

    private let state: Mutex<State>

    init(_ limits: AdmissionPlaces) {
        self.state = Mutex(State(ledger: AdmissionLedger(limits)))
    }

    /// Takes a place for a connection until its channel closes, unless there is none.
    func admit(
        _ id: ConnectionID, _ channel: any Channel, from address: IPAddress, isKnown: Bool
    ) -> AdmissionLedger.Verdict {
        let (verdict, evicted) = self.state.withLock { state -> (AdmissionLedger.Verdict, (any Channel)?) in
            let verdict = state.ledger.admit(id, from: address, isKnown: isKnown)
            switch verdict {
            case .refused, .refusedToAddress:
                return (verdict, nil)
            case .admitted:
                state.channels[id] = isKnown ? nil : channel
                return (verdict, nil)
            case .admittedInPlaceOf(let other):
                state.channels[id] = channel
                return (verdict, state.channels.removeValue(forKey: other))
            }
        }
        switch verdict {
        case .refused, .refusedToAddress: break
        case .admitted, .admittedInPlaceOf:
            // Outside the lock: closing may end at once in `release`.
            evicted?.close(promise: nil)
            channel.closeFuture.whenComplete { _ in self.release(id) }
        }
        return verdict
    }

    /// A whole message came: the connection keeps its place.
    func prove(_ id: ConnectionID) {
        self.state.withLock { state in
            state.ledger.prove(id)
            state.channels[id] = nil
        }
    }

    /// Counts a connection that is closed unread for another reason than its place.
    func refuse() {
        self.state.withLock { $0.ledger.noteRefusal() }
    }

    private func release(_ id: ConnectionID) {
        self.state.withLock { state in
            state.ledger.release(id)
            state.channels[id] = nil
        }
    }

    var acceptedCount: Int { self.state.withLock { $0.ledger.count } }
    var refusedCount: UInt64 { self.state.withLock { $0.ledger.refusedCount } }
    var evictedCount: UInt64 { self.state.withLock { $0.ledger.evictedCount } }
}
