/// The twelve octets before a payload that we send: version 2, no padding, extension or CSRC (RFC 3550 section 5.1).
package struct RTPHeader: Hashable, Sendable {
    package var marker: Bool
    package var payloadType: PayloadType
    package var sequenceNumber: SequenceNumber
    package var timestamp: RTPTimestamp
    package var ssrc: SSRC

    package static let lengthInBytes = RTPPacket.headerLengthInBytes

    @inlinable
    package init(
        marker: Bool, payloadType: PayloadType, sequenceNumber: SequenceNumber, timestamp: RTPTimestamp, ssrc: SSRC
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Writes the header to the first twelve octets of `packet`, which must have room for them.
    @inlinable
    package func write(into packet: inout MutableSpan<UInt8>) {
        precondition(packet.count >= Self.lengthInBytes, "a packet buffer holds at least the RTP header")
        packet[0] = 0x80
        packet[1] = (self.marker ? 0x80 : 0) | self.payloadType.rawValue
        packet[2] = UInt8(truncatingIfNeeded: self.sequenceNumber.rawValue >> 8)
        packet[3] = UInt8(truncatingIfNeeded: self.sequenceNumber.rawValue)
        Self.write(self.timestamp.rawValue, at: 4, into: &packet)
        Self.write(self.ssrc.rawValue, at: 8, into: &packet)
    }

    /// Writes the header to the first twelve octets of `packet`, which must have room for them.
    @inlinable
    package func write(into packet: inout [UInt8]) {
        var span = packet.mutableSpan
        self.write(into: &span)
    }

    @usableFromInline
    static func write(_ word: UInt32, at offset: Int, into packet: inout MutableSpan<UInt8>) {
        packet[offset] = UInt8(truncatingIfNeeded: word >> 24)
        packet[offset + 1] = UInt8(truncatingIfNeeded: word >> 16)
        packet[offset + 2] = UInt8(truncatingIfNeeded: word >> 8)
        packet[offset + 3] = UInt8(truncatingIfNeeded: word)
    }
}
