/// An RTP timestamp: 32 bits of the media clock on a circle (RFC 3550 section 5.1).
package struct RTPTimestamp: Hashable, Sendable {
    package var rawValue: UInt32

    @inlinable
    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Clock units from this timestamp to `other` the shorter way round: negative when `other` lies behind.
    @inlinable
    package func distance(to other: RTPTimestamp) -> Int32 {
        Int32(bitPattern: other.rawValue &- self.rawValue)
    }

    @inlinable
    package func advanced(by units: UInt32) -> RTPTimestamp {
        RTPTimestamp(self.rawValue &+ units)
    }
}
