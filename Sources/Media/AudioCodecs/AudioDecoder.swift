import PCM

/// One stream's decoder: RTP payloads in, samples at ``AudioCodec/sampleRate`` out.
///
/// A concrete value on the path of every packet: no protocol, no allocation. G.711 has no payload that cannot be decoded,
/// so there is no error; the methods are mutating because codecs with a memory will be cases of this type too.
package struct AudioDecoder: Sendable {
    package let codec: AudioCodec

    @inlinable
    package init(_ codec: AudioCodec) {
        self.codec = codec
    }

    /// The samples that a payload of `length` octets holds.
    @inlinable
    package func sampleCount(inPayloadOf length: Int) -> Int {
        switch self.codec {
        case .pcma, .pcmu: length
        }
    }

    /// Decodes all of `payload` to the start of `samples`, which must have room for ``sampleCount(inPayloadOf:)``, and
    /// returns the samples written.
    @inlinable
    package mutating func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
        switch self.codec {
        case .pcma: ALaw.decode(payload, into: &samples)
        case .pcmu: MuLaw.decode(payload, into: &samples)
        }
        return payload.count
    }
}
