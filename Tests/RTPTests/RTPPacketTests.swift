import RTP
import Testing
import Timekeeping

/// Reading and writing headers: Resources/rtp.json and RFC 3550 section 5.1.
@Suite struct RTPPacketTests {
    /// Every packet of the file against its verdict; a verdict that is not understood fails.
    @Test func vectors() throws {
        let vectors = try Vectors.load("rtp", as: [PacketVector].self)
        #expect(vectors.count == 29)
        for vector in vectors { try Self.check(vector) }
    }

    private static func check(_ vector: PacketVector) throws {
        let octets = vector.octets
        switch vector.expect {
        case "accept":
            let packet = try RTPPacket(octets.span)
            #expect(packet.payload == 12..<octets.count, "\(vector.name)")
            #expect(packet.payloadType == .pcma && packet.ssrc == SSRC(0x1122_3344), "\(vector.name)")
        case "accept, 160 samples", "accept, payload 160":
            #expect(try RTPPacket(octets.span).payload.count == 160, "\(vector.name)")
        case "accept, payload 156":
            #expect(try RTPPacket(octets.span).payload.count == 156, "\(vector.name)")
        case "accept, empty payload":
            #expect(try RTPPacket(octets.span).payload.isEmpty, "\(vector.name)")
        case "drop", "drop, no read beyond end":
            #expect(refusal(of: octets) != nil, "\(vector.name)")
        case "accept as keep-alive (no audio) or drop; no crash":
            #expect(try RTPPacket(octets.span).payload.isEmpty)
            #expect(Self.inserted(octets) == .refused, "a keep-alive is no audio")
        case "drop, count, do not switch codec":
            // 77 lies where RTCP could be meant; a payload type that is merely unknown is told by its number.
            #expect(refusal(of: octets) == .rtcpPayloadType)
        case "drop as RTP (RTCP demux range 64-95)":
            #expect(refusal(of: octets) == .rtcpPayloadType)
            #expect(DatagramKind(octets.span) == .rtcp)
        case "accept only if negotiated; never decode as PCMA":
            #expect(try RTPPacket(octets.span).payloadType == .comfortNoise)
        case "drop or accept bounded; no truncation read":
            #expect(try RTPPacket(octets.span).payload.count == octets.count - 12)
            #expect(Self.inserted(octets) == .refused, "longer than a jitter buffer stores")
        case "accept 161 samples or drop":
            #expect(try RTPPacket(octets.span).payload.count == 161)
        default:
            throw UnknownVector(name: vector.name)
        }
    }

    private static func inserted(_ octets: [UInt8]) -> JitterBuffer.Insertion? {
        guard let packet = try? RTPPacket(octets.span) else { return nil }
        var buffer = JitterBuffer()
        return buffer.insert(
            packet, of: octets.span, sequence: ExtendedSequenceNumber(0), samples: UInt32(packet.payload.count),
            at: .origin)
    }

    /// No truncation of any vector reads beyond its end, and none is accepted with more payload than it has.
    @Test func everyTruncation() throws {
        for vector in try Vectors.load("rtp", as: [PacketVector].self) {
            let octets = vector.octets
            for count in 0..<min(octets.count, 400) {
                guard let packet = try? RTPPacket(octets, count: count) else { continue }
                #expect(packet.payload.upperBound <= count)
            }
        }
    }

    /// The first `count` octets of a larger buffer are the whole datagram.
    @Test func readsOnlyTheCount() throws {
        let buffer = hexadecimalOctets("80080001000000a011223344d5d5d5d5") + Array(repeating: 0xFF, count: 100)
        #expect(try RTPPacket(buffer, count: 16).payload == 12..<16)
    }

    @Test func headerWritesWhatThePacketReads() throws {
        let header = RTPHeader(
            marker: true, payloadType: .telephoneEvent, sequenceNumber: SequenceNumber(0xFEDC),
            timestamp: RTPTimestamp(0x8765_4321), ssrc: SSRC(0xA1B2_C3D4))
        var octets = [UInt8](repeating: 0x55, count: 16)
        header.write(into: &octets)
        #expect(octets == hexadecimalOctets("80e5fedc87654321a1b2c3d455555555"))
        let packet = try RTPPacket(octets.span)
        #expect(packet.marker && packet.payloadType == header.payloadType && packet.ssrc == header.ssrc)
        #expect(packet.sequenceNumber == header.sequenceNumber && packet.timestamp == header.timestamp)
    }

    /// RFC 7983 section 7 by the first octet, RFC 5761 section 4 by the second.
    @Test(
        arguments: [
            ([0x80, 8], DatagramKind.rtp), ([0x80, 0xE5], .rtp), ([0x80, 200], .rtcp), ([0x81, 203], .rtcp),
            ([0xBF, 223], .rtcp), ([0x80, 191], .rtp), ([0x80, 224], .rtp), ([0, 1], .stun), ([3, 0], .stun),
            ([20, 254], .dtls), ([63, 254], .dtls), ([64, 0], .unknown), ([192, 0], .unknown), ([0x80], .unknown),
            ([], .unknown),
        ] as [([UInt8], DatagramKind)])
    func kinds(_ octets: [UInt8], _ kind: DatagramKind) {
        #expect(DatagramKind(octets.span) == kind)
    }

    @Test func distancesOnTheCircle() {
        #expect(SequenceNumber(65_535).distance(to: SequenceNumber(1)) == 2)
        #expect(SequenceNumber(1).distance(to: SequenceNumber(65_535)) == -2)
        #expect(SequenceNumber(65_535).next == SequenceNumber(0))
        #expect(RTPTimestamp(UInt32.max).distance(to: RTPTimestamp(159)) == 160)
        #expect(RTPTimestamp(UInt32.max).advanced(by: 160) == RTPTimestamp(159))
        #expect(PayloadType(127) != nil && PayloadType(128) == nil)
    }
}
