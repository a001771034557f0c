/// The header of a received RTP packet and where its payload lies (RFC 3550 section 5.1).
///
/// A value without storage: the datagram stays with its owner, and parsing neither allocates nor copies.
package struct RTPPacket: Hashable, Sendable {
    package var marker: Bool
    package var payloadType: PayloadType
    package var sequenceNumber: SequenceNumber
    package var timestamp: RTPTimestamp
    package var ssrc: SSRC
    /// Where the payload lies in the datagram, without padding; empty for a keep-alive.
    package var payload: Range<Int>

    /// The fixed header.
    package static let headerLengthInBytes = 12

    /// Reads a whole datagram. CSRC entries and the header extension are stepped over; padding is taken off.
    @inlinable
    package init(_ datagram: Span<UInt8>) throws(RTPError) {
        let count = datagram.count
        guard count >= Self.headerLengthInBytes else { throw .tooShort }
        let first = datagram[0]
        guard first >> 6 == 2 else { throw .wrongVersion }
        self.marker = datagram[1] & 0x80 != 0
        self.payloadType = PayloadType(sevenBitsOf: datagram[1])
        guard !self.payloadType.looksLikeRTCP else { throw .rtcpPayloadType }
        self.sequenceNumber = SequenceNumber(UInt16(datagram[2]) << 8 | UInt16(datagram[3]))
        self.timestamp = RTPTimestamp(Self.word(datagram, at: 4))
        self.ssrc = SSRC(Self.word(datagram, at: 8))

        var start = Self.headerLengthInBytes + 4 * Int(first & 0x0F)
        guard start <= count else { throw .tooShort }
        if first & 0x10 != 0 {
            guard start + 4 <= count else { throw .extensionBeyondEnd }
            start += 4 + 4 * (Int(datagram[start + 2]) << 8 | Int(datagram[start + 3]))
            guard start <= count else { throw .extensionBeyondEnd }
        }
        var end = count
        if first & 0x20 != 0 {
            guard start < count else { throw .badPadding }
            let padding = Int(datagram[count - 1])
            guard padding > 0, padding <= count - start else { throw .badPadding }
            end -= padding
        }
        self.payload = start..<end
    }

    /// Reads the first `count` octets of `buffer`, which must hold as many.
    @inlinable
    package init(_ buffer: [UInt8], count: Int) throws(RTPError) {
        try self.init(buffer.span.extracting(first: count))
    }

    @usableFromInline
    static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt32 {
        UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8
            | UInt32(bytes[offset + 3])
    }
}
