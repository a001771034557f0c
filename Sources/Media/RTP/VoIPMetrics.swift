/// A VoIP metrics report block (RFC 3611 section 4.7): how one source sounds here.
///
/// Numbers are as they are on the wire; 127 stands for an unknown level or score.
package struct VoIPMetrics: Hashable, Sendable {
    /// The source that is reported on.
    package var source: SSRC
    /// Shares in 1/256: lost by the network, and thrown away here because they came too late or were too many.
    package var lossRate: UInt8 = 0
    package var discardRate: UInt8 = 0
    package var burstDensity: UInt8 = 0
    package var gapDensity: UInt8 = 0
    /// In milliseconds.
    package var burstDuration: UInt16 = 0
    package var gapDuration: UInt16 = 0
    package var roundTripDelay: UInt16 = 0
    package var endSystemDelay: UInt16 = 0
    /// In dBm0, as signed octets.
    package var signalLevel: UInt8 = 127
    package var noiseLevel: UInt8 = 127
    package var residualEchoReturnLoss: UInt8 = 127
    package var gapMin: UInt8 = 16
    /// Of G.107, 0 to 100.
    package var rating: UInt8 = 127
    package var externalRating: UInt8 = 127
    /// In tenths, 10 to 50.
    package var listeningScore: UInt8 = 127
    package var conversationScore: UInt8 = 127
    /// Two bits of concealment, two of the jitter buffer's kind, four of its rate.
    package var receiverConfiguration: UInt8 = 0
    /// In milliseconds.
    package var bufferNominal: UInt16 = 0
    package var bufferMax: UInt16 = 0
    package var bufferAbsoluteMax: UInt16 = 0

    package init(source: SSRC) {
        self.source = source
    }

    /// Enhanced concealment and an adaptive jitter buffer.
    package static let enhancedAndAdaptive: UInt8 = 3 << 6 | 3 << 4

    static let blockType: UInt8 = 7
    /// Behind the block's head.
    static let lengthInWords = 8

    init(_ reader: inout OctetReader) throws(RTPError) {
        self.source = SSRC(try reader.word())
        (self.lossRate, self.discardRate, self.burstDensity, self.gapDensity) = Self.octets(try reader.word())
        (self.burstDuration, self.gapDuration) = Self.halves(try reader.word())
        (self.roundTripDelay, self.endSystemDelay) = Self.halves(try reader.word())
        (self.signalLevel, self.noiseLevel, self.residualEchoReturnLoss, self.gapMin) = Self.octets(try reader.word())
        (self.rating, self.externalRating, self.listeningScore, self.conversationScore) =
            Self.octets(try reader.word())
        let word = try reader.word()
        self.receiverConfiguration = UInt8(truncatingIfNeeded: word >> 24)
        self.bufferNominal = UInt16(truncatingIfNeeded: word)
        (self.bufferMax, self.bufferAbsoluteMax) = Self.halves(try reader.word())
    }

    /// The block's words behind its head.
    var words: [UInt32] {
        [
            self.source.rawValue,
            Self.word(self.lossRate, self.discardRate, self.burstDensity, self.gapDensity),
            UInt32(self.burstDuration) << 16 | UInt32(self.gapDuration),
            UInt32(self.roundTripDelay) << 16 | UInt32(self.endSystemDelay),
            Self.word(self.signalLevel, self.noiseLevel, self.residualEchoReturnLoss, self.gapMin),
            Self.word(self.rating, self.externalRating, self.listeningScore, self.conversationScore),
            UInt32(self.receiverConfiguration) << 24 | UInt32(self.bufferNominal),
            UInt32(self.bufferMax) << 16 | UInt32(self.bufferAbsoluteMax),
        ]
    }

    private static func octets(_ word: UInt32) -> (UInt8, UInt8, UInt8, UInt8) {
        (
            UInt8(truncatingIfNeeded: word >> 24), UInt8(truncatingIfNeeded: word >> 16),
            UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word)
        )
    }

    private static func halves(_ word: UInt32) -> (UInt16, UInt16) {
        (UInt16(truncatingIfNeeded: word >> 16), UInt16(truncatingIfNeeded: word))
    }

    private static func word(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) -> UInt32 {
        UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }
}

/// XR: what a report block has no room for (RFC 3611 section 2). Of its blocks only VoIP metrics are read.
package struct ExtendedReport: Hashable, Sendable {
    package var ssrc: SSRC
    package var metrics: [VoIPMetrics]

    /// Blocks that are read of one packet.
    package static let metricsMax = 31

    package init(ssrc: SSRC, metrics: [VoIPMetrics]) {
        self.ssrc = ssrc
        self.metrics = metrics
    }
}
