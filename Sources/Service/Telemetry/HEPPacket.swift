import Addressing
import SIPSyntax
import Timekeeping

/// One message in the Homer Encapsulation Protocol, version 3 (github.com/sipcapture/HEP, "HEP3 network protocol
/// specification", rev. 32).
struct HEPPacket {
    /// Its length is told in 16 bits.
    static let lengthInBytesMax = 65_507

    let from: TransportAddress
    let to: TransportAddress
    let transport: SIPTransportName
    let sinceEpoch: Duration
    let captureID: UInt32
    let password: String?
    let callID: String?
    let payload: [UInt8]

    /// Nil for a message that no datagram holds.
    var encoded: [UInt8]? {
        // TLS is TCP to Homer; the payload is decrypted.
        let packet = InternetPacket(from: self.from, to: self.to)
        let isV4 = packet.source.address.isV4
        var chunks = BigEndianBytes()
        Self.append(1, [isV4 ? 2 : 10], to: &chunks)
        Self.append(2, [self.transport == .udp ? 17 : 6], to: &chunks)
        Self.append(isV4 ? 3 : 5, packet.source.address, to: &chunks)
        Self.append(isV4 ? 4 : 6, packet.destination.address, to: &chunks)
        Self.append(7, packet.source.port, to: &chunks)
        Self.append(8, packet.destination.port, to: &chunks)
        let microseconds = max(0, self.sinceEpoch.inNanoseconds / 1_000)
        Self.append(9, UInt32(truncatingIfNeeded: microseconds / 1_000_000), to: &chunks)
        Self.append(10, UInt32(microseconds % 1_000_000), to: &chunks)
        // Protocol type 1 is SIP.
        Self.append(11, [1], to: &chunks)
        Self.append(12, self.captureID, to: &chunks)
        if let password { Self.append(14, Array(password.utf8), to: &chunks) }
        if let callID { Self.append(17, Array(callID.utf8), to: &chunks) }
        Self.append(15, self.payload, to: &chunks)
        guard chunks.bytes.count + 6 <= Self.lengthInBytesMax else { return nil }
        var whole = BigEndianBytes(bytes: Array("HEP3".utf8))
        whole.append(UInt16(chunks.bytes.count + 6))
        return whole.bytes + chunks.bytes
    }

    /// Vendor 0, type, length with these six bytes, value.
    private static func append(_ type: UInt16, _ value: [UInt8], to chunks: inout BigEndianBytes) {
        chunks.append(UInt16(0))
        chunks.append(type)
        chunks.append(UInt16(truncatingIfNeeded: value.count + 6))
        chunks.bytes += value
    }

    private static func append(_ type: UInt16, _ value: some FixedWidthInteger, to chunks: inout BigEndianBytes) {
        var bytes = BigEndianBytes()
        bytes.append(value)
        Self.append(type, bytes.bytes, to: &chunks)
    }

    private static func append(_ type: UInt16, _ address: IPAddress, to chunks: inout BigEndianBytes) {
        var bytes = BigEndianBytes()
        bytes.append(address)
        Self.append(type, bytes.bytes, to: &chunks)
    }
}
