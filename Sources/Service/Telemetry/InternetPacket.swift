import Addressing

/// Builds IP packets around messages, as they would have been on the wire, checksums included (RFC 791, 8200, 768, 9293).
struct InternetPacket {
    enum Payload {
        case datagram
        /// A piece of a stream: the numbers of its first byte, and of the byte that the other side sends next.
        case stream(sequence: UInt32, acknowledged: UInt32)
    }

    /// Bytes of payload that fit one packet of either kind and family.
    static let payloadLengthMax = 65_000

    let source: TransportAddress
    let destination: TransportAddress

    /// Addresses of two families cannot meet in a packet: an IPv4 one is then written as IPv6 would map it.
    init(from source: TransportAddress, to destination: TransportAddress) {
        let isV4 = source.address.unmapped.isV4 && destination.address.unmapped.isV4
        self.source = TransportAddress(Self.align(source.address, isV4: isV4), port: source.port)
        self.destination = TransportAddress(Self.align(destination.address, isV4: isV4), port: destination.port)
    }

    func encoded(_ payload: Payload, _ bytes: some Collection<UInt8>) -> [UInt8] {
        precondition(bytes.count <= Self.payloadLengthMax, "a packet has 16 bits for its length")
        var segment = BigEndianBytes()
        segment.append(self.source.port)
        segment.append(self.destination.port)
        let next: UInt8
        let checksumPlace: Int
        switch payload {
        case .datagram:
            next = 17
            segment.append(UInt16(8 + bytes.count))
            checksumPlace = segment.bytes.count
            segment.append(UInt16(0))
        case .stream(let sequence, let acknowledged):
            next = 6
            segment.append(sequence)
            segment.append(acknowledged)
            // Five words of header; PSH and ACK; the widest window.
            segment.append(UInt16(0x5018))
            segment.append(UInt16(0xFFFF))
            checksumPlace = segment.bytes.count
            segment.append(UInt32(0))
        }
        segment.bytes += bytes
        var pseudo = BigEndianBytes()
        pseudo.append(self.source.address)
        pseudo.append(self.destination.address)
        pseudo.append(UInt32(segment.bytes.count))
        pseudo.append(UInt32(next))
        var sum = Self.checksum(pseudo.bytes + segment.bytes)
        // In UDP zero means that there is none.
        if sum == 0, next == 17 { sum = 0xFFFF }
        segment.bytes[checksumPlace] = UInt8(sum >> 8)
        segment.bytes[checksumPlace + 1] = UInt8(sum & 0xFF)
        return self.header(next: next, length: segment.bytes.count) + segment.bytes
    }

    private func header(next: UInt8, length: Int) -> [UInt8] {
        var header = BigEndianBytes()
        guard self.source.address.isV4 else {
            header.append(UInt32(0x6000_0000))
            header.append(UInt16(length))
            header.bytes += [next, 64]
            header.append(self.source.address)
            header.append(self.destination.address)
            return header.bytes
        }
        header.append(UInt16(0x4500))
        header.append(UInt16(20 + length))
        // No identification, because it is not to be cut (RFC 6864 section 4.1).
        header.append(UInt16(0))
        header.append(UInt16(0x4000))
        header.bytes += [64, next, 0, 0]
        header.append(self.source.address)
        header.append(self.destination.address)
        let sum = Self.checksum(header.bytes)
        header.bytes[10] = UInt8(sum >> 8)
        header.bytes[11] = UInt8(sum & 0xFF)
        return header.bytes
    }

    /// RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt64 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let low = index + 1 < bytes.count ? bytes[index + 1] : 0
            sum += UInt64(bytes[index]) << 8 | UInt64(low)
        }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
        return ~UInt16(sum)
    }

    private static func align(_ address: IPAddress, isV4: Bool) -> IPAddress {
        guard !isV4 else { return address.unmapped }
        switch address {
        case .v4(let bits): return .v6(high: 0, low: 0xFFFF_0000_0000 | UInt64(bits))
        case .v6: return address
        }
    }
}

/// Bytes in network order.
struct BigEndianBytes {
    var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            self.bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(_ address: IPAddress) {
        switch address {
        case .v4(let bits): self.append(bits)
        case .v6(let high, let low):
            self.append(high)
            self.append(low)
        }
    }
}
