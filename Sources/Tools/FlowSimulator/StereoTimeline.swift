import Timekeeping

/// Both directions of one call on one clock, at 8 kHz: what becomes the call's WAV.
///
/// Sample 0 is the moment of the call's answer. **Left is what the simulator sent** (the IVR's voice, the caller side
/// of the gateway's own recording), placed at the deadline of its packet; **right is what it received** from the gateway,
/// placed by RTP timestamp from where the first packet arrived. Where nothing was sent or heard there is silence.
package struct StereoTimeline: Sendable {
    package let origin: Instant
    /// Samples kept a channel; what lies beyond is left out.
    private let samplesMax: Int
    private(set) package var left: [Int16] = []
    private(set) package var right: [Int16] = []
    private var anchor: Anchor?

    private struct Anchor: Sendable {
        var source: UInt32
        var timestamp: UInt32
        var position: Int
    }

    /// A stream that is further than this from where its packets arrive is placed anew: 250 ms.
    private static let strayMax = 2_000

    package init(origin: Instant, durationMax: Duration) {
        self.origin = origin
        self.samplesMax = Int(durationMax.inMilliseconds) * 8
    }

    package mutating func sent(_ samples: [Int16], at instant: Instant) {
        Self.place(samples, at: self.position(of: instant), in: &self.left, samplesMax: self.samplesMax)
    }

    package mutating func received(_ samples: [Int16], source: UInt32, timestamp: UInt32, at instant: Instant) {
        let arrival = self.position(of: instant)
        var position = arrival
        if let anchor = self.anchor, anchor.source == source {
            position = anchor.position + Int(Int32(bitPattern: timestamp &- anchor.timestamp))
        }
        if self.anchor?.source != source || abs(position - arrival) > Self.strayMax {
            position = arrival
            self.anchor = Anchor(source: source, timestamp: timestamp, position: arrival)
        }
        Self.place(samples, at: position, in: &self.right, samplesMax: self.samplesMax)
    }

    private func position(of instant: Instant) -> Int {
        Int(self.origin.duration(to: instant).inNanoseconds / 125_000)
    }

    private static func place(_ samples: [Int16], at position: Int, in channel: inout [Int16], samplesMax: Int) {
        let end = min(position + samples.count, samplesMax)
        let start = max(position, 0)
        guard start < end else { return }
        if channel.count < end { channel.append(contentsOf: repeatElement(0, count: end - channel.count)) }
        for index in start..<end { channel[index] = samples[index - position] }
    }

    /// The whole recording as a WAV file: 16-bit PCM, stereo, 8 kHz; both channels as long as the longer one.
    package func waveFile() -> [UInt8] {
        let frames = max(self.left.count, self.right.count)
        let lengthInBytes = UInt32(frames * 4)
        var file: [UInt8] = []
        file.reserveCapacity(44 + frames * 4)
        file += Array("RIFF".utf8) + (36 + lengthInBytes).littleEndianBytes + Array("WAVEfmt ".utf8)
        file += UInt32(16).littleEndianBytes + UInt16(1).littleEndianBytes + UInt16(2).littleEndianBytes
        file += UInt32(8_000).littleEndianBytes + UInt32(32_000).littleEndianBytes
        file += UInt16(4).littleEndianBytes + UInt16(16).littleEndianBytes
        file += Array("data".utf8) + lengthInBytes.littleEndianBytes
        for frame in 0..<frames {
            for channel in [self.left, self.right] {
                let sample = UInt16(bitPattern: frame < channel.count ? channel[frame] : 0)
                file.append(UInt8(truncatingIfNeeded: sample))
                file.append(UInt8(truncatingIfNeeded: sample >> 8))
            }
        }
        return file
    }
}

extension FixedWidthInteger {
    fileprivate var littleEndianBytes: [UInt8] {
        (0..<(Self.bitWidth / 8)).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
    }
}
