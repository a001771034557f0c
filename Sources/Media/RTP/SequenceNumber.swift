/// An RTP sequence number: 16 bits on a circle (RFC 3550 section 5.1).
///
/// There is no `<`: on a circle no number comes before another, so callers ask for a distance.
package struct SequenceNumber: Hashable, Sendable {
    package var rawValue: UInt16

    @inlinable
    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Steps from this number to `other` the shorter way round: negative when `other` lies behind.
    @inlinable
    package func distance(to other: SequenceNumber) -> Int16 {
        Int16(bitPattern: other.rawValue &- self.rawValue)
    }

    @inlinable
    package var next: SequenceNumber {
        SequenceNumber(self.rawValue &+ 1)
    }
}

/// A sequence number without its wrap: counts packets of one session, over roll-overs and over restarts of the source.
///
/// Never repeats within a session, so a larger one is always later.
package struct ExtendedSequenceNumber: Hashable, Comparable, Sendable {
    package var rawValue: Int64

    @inlinable
    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    @inlinable
    package static func < (left: ExtendedSequenceNumber, right: ExtendedSequenceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}
