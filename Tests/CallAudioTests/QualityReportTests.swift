import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// How a call sounds, in its report and in what the far end is told.
@Suite struct QualityReportTests {
    private static func lossy(_ isLost: (Int) -> Bool) -> VirtualCall {
        var call = VirtualCall.answered()
        for slot in 0..<3_000 {
            let packet = call.farPacket(sawtooth((slot * 160)..<(slot * 160 + 160)))
            if !isLost(slot) { call.receive(packet) }
            call.slot()
        }
        return call
    }

    @Test func aCleanCallScoresWell() throws {
        let report = Self.lossy { _ in false }.path.report
        #expect(try #require(report.rating) > 93)
        #expect(try #require(report.conversationScore) > 4.3)
    }

    /// 5 % at random, and the same in runs of five, which is worse.
    @Test func lossAndBurstsCost() throws {
        let single = Self.lossy { $0 % 20 == 10 }.path.report
        let bursts = Self.lossy { $0 % 100 >= 95 }.path.report
        #expect(abs(try #require(single.rating) - 77.4) < 1)
        #expect(try #require(bursts.rating) < (try #require(single.rating)) - 1)
        #expect(try #require(single.listeningScore) > 3.8)
    }

    @Test func nothingHeardHasNoScore() {
        var call = VirtualCall.answered()
        call.run(slots: 100)
        #expect(call.path.report.rating == nil && call.path.report.conversationScore == nil)
    }

    /// The far end is told in each report, and what it tells of us is kept.
    @Test func extendedReportsGoBothWays() throws {
        var call = Self.lossy { $0 % 20 == 10 }
        let sent = call.rtcp.compactMap { compound -> VoIPMetrics? in
            guard case .extendedReport(let report)? = compound.packets.last else { return nil }
            return report.metrics.first
        }
        let last = try #require(sent.last)
        #expect(last.source == call.farSender.ssrc)
        #expect((11...14).contains(last.lossRate))
        #expect((76...79).contains(last.rating) && (38...40).contains(last.listeningScore))
        #expect(last.bufferNominal >= 40 && last.bufferAbsoluteMax == 300)

        var metrics = VoIPMetrics(source: try #require(call.sent.first).packet.ssrc)
        metrics.conversationScore = 36
        let compound = RTCPCompound([
            .receiverReport(ReceiverReport(ssrc: call.farSender.ssrc, blocks: [])),
            .extendedReport(ExtendedReport(ssrc: call.farSender.ssrc, metrics: [metrics])),
        ])
        call.receive(compound.encoded(), from: VirtualCall.remoteRTCP)
        #expect(call.path.report.remoteScore == 3.6)
    }
}
