import PCM

/// One stream's encoder: samples at ``AudioCodec/sampleRate`` in, RTP payloads out.
///
/// A concrete value on the path of every packet: no protocol, no allocation. The methods are mutating because codecs with
/// a memory will be cases of this type too.
package struct AudioEncoder: Sendable {
    package let codec: AudioCodec

    @inlinable
    package init(_ codec: AudioCodec) {
        self.codec = codec
    }

    /// The most octets that `encode` writes for `count` samples.
    @inlinable
    package func payloadLengthMax(forSamples count: Int) -> Int {
        switch self.codec {
        case .pcma, .pcmu: count
        }
    }

    /// Encodes all of `samples` to the start of `payload`, which must have room for ``payloadLengthMax(forSamples:)``,
    /// and returns the octets written.
    @inlinable
    package mutating func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) -> Int {
        switch self.codec {
        case .pcma: ALaw.encode(samples, into: &payload)
        case .pcmu: MuLaw.encode(samples, into: &payload)
        }
        return samples.count
    }
}
