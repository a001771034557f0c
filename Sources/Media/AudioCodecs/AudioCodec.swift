import PCM

/// The codecs that a call's audio can travel in, by their names in SDP.
package enum AudioCodec: String, CaseIterable, Hashable, Sendable {
    /// ITU-T G.711 A-law at 8 kHz: RFC 3551 section 4.5.14.
    case pcma = "PCMA"
    /// ITU-T G.711 µ-law at 8 kHz: RFC 3551 section 4.5.14.
    case pcmu = "PCMU"

    /// The codec that SDP calls `encodingName`, compared without case (RFC 8866 section 6.6), or nil.
    package init?(encodingName: some StringProtocol) {
        guard let codec = Self.allCases.first(where: { $0.rawValue == encodingName.uppercased() }) else { return nil }
        self = codec
    }

    /// The rate of the samples that encoder and decoder work on.
    package var sampleRate: SampleRate {
        switch self {
        case .pcma, .pcmu: .hz8000
        }
    }

    /// The rate at which RTP timestamps count, in hertz.
    package var clockRate: UInt32 {
        switch self {
        case .pcma, .pcmu: 8_000
        }
    }

    /// The payload type that RFC 3551 section 6 fixed, or nil for a dynamic one.
    package var staticPayloadType: UInt8? {
        switch self {
        case .pcma: 8
        case .pcmu: 0
        }
    }
}
