import RTP
import Testing

/// Extended reports (RFC 3611), and the loss pattern that they tell.
@Suite struct ExtendedReportTests {
    private static var metrics: VoIPMetrics {
        var metrics = VoIPMetrics(source: SSRC(0x0102_0304))
        metrics.lossRate = 5
        metrics.discardRate = 6
        metrics.burstDensity = 7
        metrics.gapDensity = 8
        metrics.burstDuration = 0x1122
        metrics.gapDuration = 0x3344
        metrics.roundTripDelay = 0x5566
        metrics.endSystemDelay = 0x7788
        metrics.rating = 93
        metrics.listeningScore = 41
        metrics.conversationScore = 40
        metrics.receiverConfiguration = VoIPMetrics.enhancedAndAdaptive
        metrics.bufferNominal = 40
        metrics.bufferMax = 120
        metrics.bufferAbsoluteMax = 300
        return metrics
    }

    private static let head = RTCPPacket.receiverReport(ReceiverReport(ssrc: SSRC(9), blocks: []))

    /// Each octet where the figure of section 4.7 has it.
    @Test func octets() {
        let report = ExtendedReport(ssrc: SSRC(0xAABB_CCDD), metrics: [Self.metrics])
        let octets = RTCPCompound([Self.head, .extendedReport(report)]).encoded()
        #expect(
            octets.dropFirst(8) == [
                0x80, 207, 0, 10, 0xAA, 0xBB, 0xCC, 0xDD, 7, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x22, 0x33, 0x44,
                0x55, 0x66, 0x77, 0x88, 127, 127, 127, 16, 93, 127, 41, 40, 0xF0, 0, 0, 40, 0, 120, 1, 44,
            ])
    }

    @Test func writtenReportsAreReadBack() throws {
        var second = Self.metrics
        second.source = SSRC(77)
        let report = ExtendedReport(ssrc: SSRC(0xAABB_CCDD), metrics: [Self.metrics, second])
        let octets = RTCPCompound([Self.head, .extendedReport(report)]).encoded()
        #expect(try RTCPCompound(octets.span).packets.last == .extendedReport(report))
    }

    /// Blocks of other kinds and of lengths that a metrics block does not have are passed over; truncations are refused.
    @Test func otherBlocks() throws {
        let other: [UInt8] = [0x80, 207, 0, 6, 0, 0, 0, 1, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 7, 0, 0, 1, 9, 9, 9, 9]
        let octets = RTCPCompound([Self.head]).encoded() + other
        #expect(
            try RTCPCompound(octets.span).packets.last == .extendedReport(ExtendedReport(ssrc: SSRC(1), metrics: [])))
        var lying = octets
        lying[lying.count - 5] = 2
        #expect(throws: RTPError.badRTCPLength) { try RTCPCompound(lying.span) }
        let whole = RTCPCompound([
            Self.head, .extendedReport(ExtendedReport(ssrc: SSRC(1), metrics: [Self.metrics])),
        ]).encoded()
        for count in 9..<whole.count {
            let cut = Array(whole[..<count])
            #expect(throws: RTPError.self) { try RTCPCompound(cut.span) }
        }
    }

    private static func pattern(_ packets: String) -> LossPattern {
        var pattern = LossPattern()
        for packet in packets.utf8 {
            if packet == UInt8(ascii: "x") { pattern.noteMissed() } else { pattern.notePlayed() }
        }
        return pattern
    }

    @Test func nothingLost() {
        let pattern = Self.pattern(String(repeating: ".", count: 500))
        #expect(pattern.loss == 0 && pattern.burstRatio == 1)
        #expect(pattern.bursts.length == 0 && pattern.gaps.density == 0 && pattern.gaps.length == 500)
        #expect(LossPattern().loss == 0 && LossPattern().burstRatio == 1)
    }

    /// Losses at least 16 packets apart make no burst; closer ones do, with what lies between them.
    @Test func burstsAndGaps() {
        let quiet = String(repeating: ".", count: 100)
        let alone = Self.pattern(quiet + "x" + quiet + "x" + quiet)
        #expect(alone.bursts.density == 0 && alone.bursts.length == 0)
        #expect(abs(alone.gaps.density - 2.0 / 302) < 1e-9)
        let burst = Self.pattern(quiet + "xx..x.x" + quiet)
        #expect(abs(burst.bursts.density - 4.0 / 7) < 1e-9 && burst.bursts.length == 7)
        #expect(burst.gaps.density == 0)
        #expect(abs(burst.loss - 4.0 / 207) < 1e-9)
        // Four losses in three runs.
        #expect(abs(burst.burstRatio - 4.0 / 3 * (203.0 / 207)) < 1e-9)
    }

    /// Random loss has a ratio of about 1, and runs of four one of about 4.
    @Test func ratio() {
        var random = SeededGenerator(seed: 3_611)
        var pattern = LossPattern()
        for _ in 0..<200_000 {
            if Int.random(in: 0..<10, using: &random) == 0 { pattern.noteMissed() } else { pattern.notePlayed() }
        }
        #expect(pattern.burstRatio < 1.05)
        pattern = LossPattern()
        for number in 0..<20_000 {
            if number % 200 < 4 { pattern.noteMissed() } else { pattern.notePlayed() }
        }
        #expect(abs(pattern.burstRatio - 4 * 0.98) < 0.01)
    }
}
