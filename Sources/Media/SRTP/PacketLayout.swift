/// Where the parts of a packet lie that protection treats differently.
enum PacketLayout {
    /// The length of an RTP header with CSRC entries and extension, which stays in the clear (RFC 3711 section 3.1).
    ///
    /// - Parameter end: where the packet, without a tag, ends.
    static func rtpHeaderLength(_ packet: borrowing MutableSpan<UInt8>, end: Int) throws(SRTPError) -> Int {
        guard end >= 12, packet[0] >> 6 == 2 else { throw .malformed }
        var length = 12 + 4 * Int(packet[0] & 0x0F)
        guard packet[0] & 0x10 != 0 else {
            guard length <= end else { throw .malformed }
            return length
        }
        guard length + 4 <= end else { throw .malformed }
        length += 4 + 4 * (Int(packet[length + 2]) << 8 | Int(packet[length + 3]))
        guard length <= end else { throw .malformed }
        return length
    }

    static func sequenceNumber(_ packet: borrowing MutableSpan<UInt8>) -> UInt16 {
        UInt16(packet[2]) << 8 | UInt16(packet[3])
    }

    static func word(_ packet: borrowing MutableSpan<UInt8>, at offset: Int) -> UInt32 {
        UInt32(packet[offset]) << 24 | UInt32(packet[offset + 1]) << 16 | UInt32(packet[offset + 2]) << 8
            | UInt32(packet[offset + 3])
    }

    static func write(_ word: UInt32, to packet: inout MutableSpan<UInt8>, at offset: Int) {
        packet[offset] = UInt8(truncatingIfNeeded: word >> 24)
        packet[offset + 1] = UInt8(truncatingIfNeeded: word >> 16)
        packet[offset + 2] = UInt8(truncatingIfNeeded: word >> 8)
        packet[offset + 3] = UInt8(truncatingIfNeeded: word)
    }

    static let rtpSSRCOffset = 8
    static let rtcpSSRCOffset = 4
    /// The header and the sender's SSRC, which stay in the clear (RFC 3711 section 3.4).
    static let rtcpHeaderLength = 8
    /// The bit of SRTCP's index word that says that the compound is encrypted.
    static let encryptedFlag: UInt32 = 0x8000_0000
}
