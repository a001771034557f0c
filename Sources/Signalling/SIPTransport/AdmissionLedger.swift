import Addressing
import SIPSyntax

/// How many connections are accepted at once.
package struct AdmissionPlaces: Hashable, Sendable {
    /// Of strangers, all together.
    package var strangersMax = 2_000
    /// Of one stranger's address.
    package var perAddressMax = 100
    /// Of known peers, all together.
    package var knownMax = 2_000

    package init() {}
}

/// Counts accepted connections, in total and by address, and says which are one too many.
///
/// A connection is unproven until its first whole message. When strangers' places are all taken, the unproven one that has
/// waited longest makes room: a peer that speaks at once is served whatever number of silent ones there are, and one that
/// has spoken is never pushed out. A value without I/O; `AdmissionDesk` shares it between loops.
package struct AdmissionLedger {
    package enum Verdict: Hashable, Sendable {
        case admitted
        /// Admitted in the place of a connection that is to be closed.
        case admittedInPlaceOf(ConnectionID)
        /// Its address has all the places that one may have.
        case refusedToAddress
        /// Every place is taken by peers that have proved themselves.
        case refused
    }

    private enum Holder {
        case known
        case unproven
        case proven
    }

    private let limits: AdmissionPlaces
    private var holders: [ConnectionID: (address: IPAddress, holder: Holder)] = [:]
    private var byAddress: [IPAddress: Int] = [:]
    private var strangerCount = 0
    /// Unproven connections in the order of their coming; some at its beginning and among them are gone or proven.
    private var waiting: [ConnectionID] = []
    private var waitingStart = 0
    package private(set) var refusedCount: UInt64 = 0
    package private(set) var evictedCount: UInt64 = 0

    package init(_ limits: AdmissionPlaces) {
        self.limits = limits
    }

    package var count: Int { self.holders.count }
    /// Connections in line to be pushed out, those included that left it since.
    package var waitingCount: Int { self.waiting.count }

    /// Takes a place, to be given back by `release`, which also frees that of an evicted connection once it is closed.
    package mutating func admit(_ id: ConnectionID, from address: IPAddress, isKnown: Bool) -> Verdict {
        let key = address.ofOneHolder
        let ofAddress = self.byAddress[key, default: 0]
        if isKnown {
            guard self.holders.count - self.strangerCount < self.limits.knownMax else { return self.refuse() }
            self.holders[id] = (key, .known)
            self.byAddress[key] = ofAddress + 1
            return .admitted
        }
        guard ofAddress < self.limits.perAddressMax else {
            self.refusedCount += 1
            return .refusedToAddress
        }
        var evicted: ConnectionID?
        if self.strangerCount >= self.limits.strangersMax {
            guard let oldest = self.takeOldest() else { return self.refuse() }
            self.release(oldest)
            self.evictedCount += 1
            evicted = oldest
        }
        self.holders[id] = (key, .unproven)
        self.byAddress[key] = self.byAddress[key, default: 0] + 1
        self.strangerCount += 1
        self.waiting.append(id)
        self.compact()
        return evicted.map { .admittedInPlaceOf($0) } ?? .admitted
    }

    /// A whole message came.
    package mutating func prove(_ id: ConnectionID) {
        guard let (address, holder) = self.holders[id], case .unproven = holder else { return }
        self.holders[id] = (address, .proven)
    }

    /// Gives a place back; nothing for one that was evicted already.
    package mutating func release(_ id: ConnectionID) {
        guard let (address, holder) = self.holders.removeValue(forKey: id) else { return }
        let left = self.byAddress[address, default: 0] - 1
        self.byAddress[address] = left > 0 ? left : nil
        switch holder {
        case .known: break
        case .unproven, .proven: self.strangerCount -= 1
        }
    }

    /// Counts a connection that is refused before it comes here.
    package mutating func noteRefusal() {
        self.refusedCount += 1
    }

    private mutating func refuse() -> Verdict {
        self.noteRefusal()
        return .refused
    }

    private mutating func takeOldest() -> ConnectionID? {
        while self.waitingStart < self.waiting.count {
            defer { self.waitingStart += 1 }
            let id = self.waiting[self.waitingStart]
            if self.isUnproven(id) { return id }
        }
        return nil
    }

    /// Keeps the line at no more than twice the places.
    private mutating func compact() {
        guard self.waiting.count > 2 * self.limits.strangersMax else { return }
        self.waiting = self.waiting[self.waitingStart...].filter { self.isUnproven($0) }
        self.waitingStart = 0
    }

    private func isUnproven(_ id: ConnectionID) -> Bool {
        if case .unproven = self.holders[id]?.holder { true } else { false }
    }
}
