import AudioCodecs
import PCM
import Testing

@Suite struct AudioCodecTests {
    @Test(arguments: [("PCMA", AudioCodec.pcma), ("pcmu", .pcmu), ("PcMa", .pcma)])
    func namesAreComparedWithoutCase(name: String, codec: AudioCodec) {
        #expect(AudioCodec(encodingName: name) == codec)
    }

    @Test(arguments: ["", "PCM", "PCMA ", "G729", "opus", "telephone-event"])
    func anUnknownNameIsNoCodec(name: String) {
        #expect(AudioCodec(encodingName: name) == nil)
    }

    /// RFC 3551 section 6, table 4.
    @Test func staticPayloadTypesAreThoseOfTheProfile() {
        #expect(AudioCodec.pcmu.staticPayloadType == 0)
        #expect(AudioCodec.pcma.staticPayloadType == 8)
        for codec in AudioCodec.allCases {
            #expect(codec.sampleRate == .hz8000)
            #expect(codec.clockRate == 8_000)
        }
    }

    /// A payload comes back as the samples that the law's own expansion gives, whichever the codec.
    @Test(arguments: AudioCodec.allCases, [0, 1, 80, 160, 163, 240])
    func whatIsEncodedIsDecoded(codec: AudioCodec, count: Int) {
        var encoder = AudioEncoder(codec)
        var decoder = AudioDecoder(codec)
        let samples = (0..<count).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        var payload = [UInt8](repeating: 0, count: encoder.payloadLengthMax(forSamples: count))
        var payloadSpan = payload.mutableSpan
        let length = encoder.encode(samples.span, into: &payloadSpan)
        #expect(length == count)
        #expect(decoder.sampleCount(inPayloadOf: count) == count)
        var decoded = [Int16](repeating: 0, count: count)
        var decodedSpan = decoded.mutableSpan
        let decodedCount = decoder.decode(payload.span, into: &decodedSpan)
        #expect(decodedCount == count)
        for index in 0..<count {
            switch codec {
            case .pcma:
                #expect(payload[index] == ALaw.encode(samples[index]))
                #expect(decoded[index] == ALaw.decode(payload[index]))
            case .pcmu:
                #expect(payload[index] == MuLaw.encode(samples[index]))
                #expect(decoded[index] == MuLaw.decode(payload[index]))
            }
        }
    }

    /// Room beyond the payload is left as it was.
    @Test func onlyThePayloadIsWritten() {
        var encoder = AudioEncoder(.pcma)
        let samples = [Int16](repeating: 0, count: 5)
        var payload = [UInt8](repeating: 7, count: 9)
        var span = payload.mutableSpan
        let length = encoder.encode(samples.span, into: &span)
        #expect(length == 5)
        #expect(payload == [0xD5, 0xD5, 0xD5, 0xD5, 0xD5, 7, 7, 7, 7])
    }
}
