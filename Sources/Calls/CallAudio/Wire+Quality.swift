import AudioAnalysis
import PCM
import RTP
import Timekeeping

extension Wire {
    /// How the far end sounds here, as a listener would judge it; nil before its first packet.
    ///
    /// The delay from mouth to ear is half the round trip, what packets are held for, and a packet's length at either
    /// end; what the far end holds besides is not known, unless its own reports say so.
    var quality: EModel? {
        guard self.voice.receiver.packets > 0 else { return nil }
        return EModel(
            delay: self.delayToEar, loss: self.voice.pattern.loss, burstRatio: self.voice.pattern.burstRatio)
    }

    /// The report that tells the far end so (RFC 3611 section 4.7).
    var metrics: VoIPMetrics? {
        guard let quality = self.quality, let source = self.voice.receiver.ssrc else { return nil }
        let receiver = self.voice.receiver
        let pattern = self.voice.pattern
        let expected = Double(max(1, Int64(receiver.packets) + receiver.lost))
        let discarded = self.voice.jitterBuffer.late + self.voice.jitterBuffer.skipped
        var metrics = VoIPMetrics(source: source)
        metrics.lossRate = Self.share(Double(receiver.lost) / expected)
        metrics.discardRate = Self.share(Double(discarded) / expected)
        metrics.burstDensity = Self.share(pattern.bursts.density)
        metrics.gapDensity = Self.share(pattern.gaps.density)
        metrics.burstDuration = Self.milliseconds(AudioPath.frameTime * pattern.bursts.length)
        metrics.gapDuration = Self.milliseconds(AudioPath.frameTime * pattern.gaps.length)
        metrics.roundTripDelay = Self.milliseconds(self.rtcp.roundTrip ?? .zero)
        metrics.endSystemDelay = Self.milliseconds((self.voice.hold ?? .zero) + AudioPath.frameTime)
        metrics.rating = UInt8(quality.rating.rounded())
        metrics.listeningScore = UInt8((quality.listeningScore * 10).rounded())
        metrics.conversationScore = UInt8((quality.conversationScore * 10).rounded())
        metrics.receiverConfiguration = VoIPMetrics.enhancedAndAdaptive
        metrics.bufferNominal = Self.milliseconds(self.voice.hold ?? .zero)
        metrics.bufferMax = Self.milliseconds(self.voice.delayWanted)
        metrics.bufferAbsoluteMax = Self.milliseconds(PlayoutDelay.max)
        return metrics
    }

    private var delayToEar: Duration {
        (self.rtcp.roundTrip ?? .zero) / 2 + (self.voice.hold ?? .zero) + AudioPath.frameTime * 2
    }

    private static func share(_ value: Double) -> UInt8 {
        UInt8(max(0, min(255, (value * 256).rounded(.down))))
    }

    private static func milliseconds(_ duration: Duration) -> UInt16 {
        UInt16(max(0, min(65_535, (duration / .milliseconds(1)).rounded())))
    }
}
