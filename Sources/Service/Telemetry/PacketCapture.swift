import Addressing
import SIPSyntax
import Timekeeping

/// A call's messages as a capture file (pcapng, draft-ietf-opsawg-pcapng) that Wireshark and tshark read as SIP.
///
/// Each message is in an IP packet of its own, made for it: from and to the addresses that it really had, UDP as UDP and
/// streams as TCP with numbers that fit together. What came over TLS is there decrypted, as TCP. The ports 443 and 5061 of
/// a TLS peer are written as 5060, because readers would take them for TLS; a comment at each packet tells the real way.
package struct PacketCapture {
    private let anchor: WallClockAnchor
    /// What stands for the unspecified address that a socket is bound to.
    private let localAddress: IPAddress
    private var file = LittleEndianBytes()
    /// The number of the next byte of each direction of each stream.
    private var sequences: [StreamDirection: UInt32] = [:]

    private struct StreamDirection: Hashable {
        let from: TransportAddress
        let to: TransportAddress
    }

    /// Writes a whole file.
    package static func file(
        of messages: [TracedMessage], anchor: WallClockAnchor, localAddress: IPAddress
    ) -> [UInt8] {
        var capture = PacketCapture(anchor: anchor, localAddress: localAddress)
        for message in messages where message.arrow != .notSent { capture.append(message) }
        return capture.file.bytes
    }

    private init(anchor: WallClockAnchor, localAddress: IPAddress) {
        self.anchor = anchor
        self.localAddress = localAddress
        // Section header: version 1.0, of unknown length.
        self.appendBlock(0x0A0D_0D0A) { body in
            body.append(UInt32(0x1A2B_3C4D))
            body.append(UInt16(1))
            body.append(UInt16(0))
            body.append(UInt64.max)
        }
        // One interface of raw IP packets, LINKTYPE_RAW, of any length; times in microseconds.
        self.appendBlock(1) { body in
            body.append(UInt16(101))
            body.append(UInt16(0))
            body.append(UInt32(0))
        }
    }

    private mutating func append(_ message: TracedMessage) {
        let path = message.path
        let isUnspecified = path.local.address.isUnspecified
        let local = TransportAddress(isUnspecified ? self.localAddress : path.local.address, port: path.local.port)
        let (from, to) = message.arrow == .received ? (path.remote, local) : (local, path.remote)
        let packet = InternetPacket(from: Self.readable(from, path.transport), to: Self.readable(to, path.transport))
        let comment = "\(path.transport.rawValue) \(from) to \(to)\(path.transport == .tls ? ", decrypted" : "")"
        var rest = message.bytes[...]
        repeat {
            let piece = rest.prefix(InternetPacket.payloadLengthMax)
            rest = rest.dropFirst(piece.count)
            switch path.transport {
            case .udp:
                self.appendPacket(packet.encoded(.datagram, piece), at: message.instant, comment: comment)
            case .tcp, .tls:
                let here = StreamDirection(from: from, to: to)
                let there = StreamDirection(from: to, to: from)
                let sequence = self.sequences[here, default: 1]
                self.sequences[here] = sequence &+ UInt32(piece.count)
                let payload = InternetPacket.Payload.stream(
                    sequence: sequence, acknowledged: self.sequences[there, default: 1])
                self.appendPacket(packet.encoded(payload, piece), at: message.instant, comment: comment)
            }
        } while !rest.isEmpty
    }

    private static func readable(_ address: TransportAddress, _ transport: SIPTransportName) -> TransportAddress {
        guard transport == .tls, address.port == 443 || address.port == 5061 else { return address }
        return TransportAddress(address.address, port: 5060)
    }

    /// An enhanced packet block with a comment.
    private mutating func appendPacket(_ packet: [UInt8], at instant: Instant, comment: String) {
        let microseconds = UInt64(clamping: self.anchor.sinceEpoch(at: instant).inNanoseconds / 1_000)
        self.appendBlock(6) { body in
            body.append(UInt32(0))
            body.append(UInt32(truncatingIfNeeded: microseconds >> 32))
            body.append(UInt32(truncatingIfNeeded: microseconds))
            body.append(UInt32(packet.count))
            body.append(UInt32(packet.count))
            body.append(padded: packet)
            let text = Array(comment.utf8)
            body.append(UInt16(1))
            body.append(UInt16(text.count))
            body.append(padded: text)
            body.append(UInt32(0))
        }
    }

    /// Type, length, body, length again.
    private mutating func appendBlock(_ type: UInt32, _ fill: (inout LittleEndianBytes) -> Void) {
        var body = LittleEndianBytes()
        fill(&body)
        let length = UInt32(body.bytes.count + 12)
        self.file.append(type)
        self.file.append(length)
        self.file.bytes += body.bytes
        self.file.append(length)
    }
}

/// Bytes with the lowest first, in groups of four.
private struct LittleEndianBytes {
    var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            self.bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(padded octets: [UInt8]) {
        self.bytes += octets
        while !self.bytes.count.isMultiple(of: 4) { self.bytes.append(0) }
    }
}
