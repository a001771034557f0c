import RTP
import Testing

/// Resources/rtcp.json, and compounds written and read back: RFC 3550 section 6 and appendix A.2.
@Suite struct RTCPTests {
    /// Every compound of the file against its verdict; a verdict that is not understood fails.
    @Test func vectors() throws {
        let vectors = try Vectors.load("rtcp", as: [PacketVector].self)
        #expect(vectors.count == 16)
        for vector in vectors { try Self.check(vector) }
    }

    private static func check(_ vector: PacketVector) throws {
        let octets = vector.octets
        switch vector.expect {
        case "accept":
            let compound = try RTCPCompound(octets.span)
            #expect(compound.encoded() == octets, "\(vector.name) is written as it was read")
        case "accept; SIP dialog must not end because of RTCP BYE alone":
            // It is one packet among others here; nothing in this room ends anything.
            #expect(
                try RTCPCompound(octets.span).packets == [
                    .receiverReport(ReceiverReport(ssrc: SSRC(1), blocks: [])),
                    .goodbye(Goodbye(sources: [SSRC(1)])),
                ])
        case "drop", "drop or accept; no over-read", "drop (CVE class: RTCP XR over-read)",
            "RFC 3550 A.2: drop (reduced-size only if RFC 5506 negotiated)":
            #expect(compoundRefusal(of: octets) != nil, "\(vector.name)")
        case "no super-linear time":
            #expect(compoundRefusal(of: octets) == .notACompound)
            let behindReport = hexadecimalOctets("80c9000100000001") + octets
            #expect(compoundRefusal(of: behindReport) == .tooManyPackets)
            #expect(compoundRefusal(of: Array(behindReport.dropLast(12))) == nil, "32 packets are the most")
        default:
            throw UnknownVector(name: vector.name)
        }
    }

    @Test func whatTheSenderReportSays() throws {
        let vector = try #require(
            try Vectors.load("rtcp", as: [PacketVector].self).first { $0.name == "SR+SDES" })
        let compound = try RTCPCompound(vector.octets.span)
        guard case .senderReport(let report) = compound.packets[0] else {
            Issue.record("the first is a sender report")
            return
        }
        #expect(report.ssrc == SSRC(1) && report.packetCount == 50 && report.octetCount == 8_000)
        #expect(report.blocks.map(\.ssrc) == [SSRC(2)] && report.blocks[0].cumulativeLost == 3)
        #expect(compound.packets[1] == .sourceDescription([SourceDescriptionChunk(ssrc: SSRC(1), cname: "user@hos")]))
    }

    /// The faults of the files behind a valid report, where appendix A.2's first check does not hide them.
    @Test(
        arguments: [
            ("SDES item beyond chunk", "81ca00020000000101ff6162"),
            ("BYE reason beyond end", "81cb000200000001ff616263"),
            ("BYE with SC=31", "9fcb000100000001"), ("XR block 0xffff", "80cf0002000000010400ffff"),
            ("SDES without terminator", "81ca00020000000101026162"), ("RC=31", "9fc9000100000001"),
            ("length beyond end", "80c900c800000001"), ("version 1", "40c9000100000001"), ("3 octets", "80c800"),
        ])
    func faultsBehindAReport(_ name: String, _ hexadecimal: String) {
        let octets = hexadecimalOctets("80c9000100000001") + hexadecimalOctets(hexadecimal)
        #expect(compoundRefusal(of: octets) != nil, "\(name)")
    }

    /// Padding is allowed on the last packet only, and has to fit (section 6.4.1).
    @Test func padding() {
        let report = hexadecimalOctets("80c9000100000001")
        let padded = hexadecimalOctets("a1cb00020000000100000004")
        #expect(compoundRefusal(of: report + padded) == nil)
        #expect(compoundRefusal(of: report + padded + report) == .badPadding)
        for wrong in [0, 1, 5, 9, 12, 255] as [UInt8] {
            #expect(compoundRefusal(of: report + padded.dropLast() + [wrong]) == .badPadding, "\(wrong)")
        }
    }

    @Test func writtenCompoundsAreReadBack() throws {
        let block = ReportBlock(
            ssrc: SSRC(9), fractionLost: 12, cumulativeLost: -3, highestSequenceNumber: 0x0001_FFFF, jitter: 77,
            lastSenderReport: 0x1234_5678, delaySinceLastSenderReport: 65_536)
        let report = SenderReport(
            ssrc: SSRC(5), ntpTimestamp: NTPTimestamp(sinceEpoch: .milliseconds(1_700_000_000_250)),
            rtpTimestamp: RTPTimestamp(99), packetCount: 1, octetCount: 160, blocks: [block, block])
        for cname in ["a", "ab", "abc", "abcd", "user@host", String(repeating: "x", count: 255)] {
            for reason in [nil, "", "bye", "a long reason"] {
                let compound = RTCPCompound([
                    .senderReport(report), .sourceDescription([SourceDescriptionChunk(ssrc: SSRC(5), cname: cname)]),
                    .goodbye(Goodbye(sources: [SSRC(5)], reason: reason)),
                ])
                let octets = compound.encoded()
                #expect(octets.count.isMultiple(of: 4))
                #expect(try RTCPCompound(octets.span) == compound)
                for count in octets.indices.dropFirst() where !count.isMultiple(of: 4) {
                    #expect(compoundRefusal(of: Array(octets[..<count])) != nil)
                }
            }
        }
    }

    /// RFC 3550 section 4: 1900 is the beginning, and the middle 32 bits are what a block names.
    @Test func ntpTime() {
        let stamp = NTPTimestamp(sinceEpoch: .milliseconds(500))
        #expect(stamp.rawValue == UInt64(2_208_988_800) << 32 | 0x8000_0000)
        #expect(stamp.middle == UInt32(truncatingIfNeeded: UInt64(2_208_988_800) << 16) | 0x8000)
    }

    @Test func garbageIsRefusedOrRead() {
        var random = SeededGenerator(seed: 3_550)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...120, using: &random)
            var octets = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            if length >= 4 { octets.replaceSubrange(0..<2, with: [0x80 | octets[0] & 0x1F, 200 + octets[1] % 8]) }
            _ = compoundRefusal(of: octets)
        }
    }
}
