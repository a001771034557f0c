import PCM

/// The 44 bytes before the samples of a WAV file of 16-bit PCM.
struct WAVHeader: Hashable, Sendable {
    var rate: SampleRate
    var channelCount: Int
    /// The samples' bytes that the file holds.
    var lengthInBytes: Int64

    static let size = 44

    /// Bytes of a frame: one sample of each channel.
    var frameLength: Int { self.channelCount * 2 }

    /// The header's bytes. `lengthInBytes` must leave room for the header in 32 bits.
    var encoded: [UInt8] {
        precondition(self.lengthInBytes <= Int64(UInt32.max) - Int64(Self.size), "a WAV header counts in 32 bits")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        bytes += Array("RIFF".utf8)
        Self.append(UInt32(self.lengthInBytes) + UInt32(Self.size - 8), to: &bytes)
        bytes += Array("WAVEfmt ".utf8)
        Self.append(UInt32(16), to: &bytes)
        // WAVE_FORMAT_PCM.
        Self.append(UInt16(1), to: &bytes)
        Self.append(UInt16(self.channelCount), to: &bytes)
        Self.append(UInt32(self.rate.hertz), to: &bytes)
        Self.append(UInt32(self.rate.hertz * self.frameLength), to: &bytes)
        Self.append(UInt16(self.frameLength), to: &bytes)
        Self.append(UInt16(16), to: &bytes)
        bytes += Array("data".utf8)
        Self.append(UInt32(self.lengthInBytes), to: &bytes)
        return bytes
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
