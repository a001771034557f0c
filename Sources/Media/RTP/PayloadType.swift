/// The seven bits that name a payload's format (RFC 3551 section 6).
package struct PayloadType: Hashable, Sendable {
    package let rawValue: UInt8

    /// Nil beyond 127.
    @inlinable
    package init?(_ rawValue: UInt8) {
        guard rawValue < 128 else { return nil }
        self.rawValue = rawValue
    }

    @usableFromInline
    init(sevenBitsOf octet: UInt8) {
        self.rawValue = octet & 0x7F
    }

    package static let pcmu = PayloadType(sevenBitsOf: 0)
    package static let pcma = PayloadType(sevenBitsOf: 8)
    /// RFC 3389.
    package static let comfortNoise = PayloadType(sevenBitsOf: 13)
    /// What this gateway offers for RFC 4733; the other side's description may name another.
    package static let telephoneEvent = PayloadType(sevenBitsOf: 101)

    /// With the marker bit these look like RTCP packet types 192...223 (RFC 5761 section 4).
    @inlinable
    package var looksLikeRTCP: Bool {
        (64...95).contains(self.rawValue)
    }
}
