/// The 48-bit index of an SRTP packet: roll-over counter and sequence number (RFC 3711 section 3.3.1).
struct PacketIndex: Hashable, Sendable {
    var rawValue: UInt64

    init(rollOverCounter: UInt32, sequenceNumber: UInt16) {
        self.rawValue = UInt64(rollOverCounter) << 16 | UInt64(sequenceNumber)
    }

    /// The index nearest to `reference` that ends in `sequenceNumber`; never below zero.
    init(nearest reference: UInt64, sequenceNumber: UInt16) {
        let distance = Int16(bitPattern: sequenceNumber &- UInt16(truncatingIfNeeded: reference))
        let candidate = Int64(reference) + Int64(distance)
        self.rawValue = candidate < 0 ? UInt64(sequenceNumber) : UInt64(candidate)
    }

    var rollOverCounter: UInt32 { UInt32(truncatingIfNeeded: self.rawValue >> 16) }
}
