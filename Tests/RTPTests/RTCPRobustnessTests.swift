import RTP
import Testing

/// What a hostile RTCP peer can send: every truncation and every substitution of one octet of good compounds.
@Suite struct RTCPRobustnessTests {
    private static let compounds: [[UInt8]] = [
        RTCPCompound([
            .senderReport(
                SenderReport(
                    ssrc: SSRC(1), ntpTimestamp: NTPTimestamp(rawValue: 0x0102_0304_0506_0708),
                    rtpTimestamp: RTPTimestamp(9), packetCount: 1, octetCount: 160,
                    blocks: [
                        ReportBlock(
                            ssrc: SSRC(2), fractionLost: 1, cumulativeLost: 2, highestSequenceNumber: 3, jitter: 4,
                            lastSenderReport: 5, delaySinceLastSenderReport: 6)
                    ])),
            .sourceDescription([
                SourceDescriptionChunk(ssrc: SSRC(1), cname: "user@host.example"),
                SourceDescriptionChunk(ssrc: SSRC(3), cname: nil),
            ]),
        ]).encoded(),
        RTCPCompound([
            .receiverReport(ReceiverReport(ssrc: SSRC(1), blocks: [])),
            .goodbye(Goodbye(sources: [SSRC(1), SSRC(2)], reason: "camera malfunction")),
        ]).encoded(),
    ]

    /// Read or refused; what is read is written back within the octets that there were.
    @Test(arguments: compounds) func everySubstitution(_ good: [UInt8]) throws {
        for index in good.indices {
            for value in UInt8.min...UInt8.max {
                var octets = good
                octets[index] = value
                guard let compound = try? RTCPCompound(octets.span) else { continue }
                #expect(compound.packets.count <= RTCPCompound.packetsMax)
            }
        }
    }

    @Test(arguments: compounds) func everyTruncation(_ good: [UInt8]) {
        let whole = [good.count, Self.firstPacketLength(good)]
        for count in good.indices {
            #expect((compoundRefusal(of: Array(good[..<count])) == nil) == whole.contains(count), "\(count) octets")
        }
    }

    private static func firstPacketLength(_ octets: [UInt8]) -> Int {
        4 * (1 + (Int(octets[2]) << 8 | Int(octets[3])))
    }

    /// Text that is no UTF-8 is shown with replacement characters and refuses nothing.
    @Test func textThatIsNoUTF8() throws {
        let octets = hexadecimalOctets("80c9000100000001") + hexadecimalOctets("81ca0003000000010102fffe00000000")
        let compound = try RTCPCompound(octets.span)
        #expect(
            compound.packets[1]
                == .sourceDescription([SourceDescriptionChunk(ssrc: SSRC(1), cname: "\u{FFFD}\u{FFFD}")]))
    }

    /// Negative losses, as duplicates make them, survive their 24 bits.
    @Test(arguments: [-0x80_0000, -1, 0, 1, 0x7F_FFFF] as [Int32]) func cumulativeLossHasASign(_ lost: Int32) throws {
        let block = ReportBlock(
            ssrc: SSRC(2), fractionLost: 255, cumulativeLost: lost, highestSequenceNumber: 3, jitter: 4,
            lastSenderReport: 5, delaySinceLastSenderReport: 6)
        let compound = RTCPCompound([.receiverReport(ReceiverReport(ssrc: SSRC(1), blocks: [block]))])
        #expect(try RTCPCompound(compound.encoded().span) == compound)
    }
}
