/// The noise that stands for a far end which has stopped sending, as it describes it (RFC 3389).
///
/// White noise of the level that it names, coloured by an all-pole filter of the reflection coefficients that it may
/// name too. The noise is the same in each run: what matters is how it sounds.
package struct ComfortNoise: Sendable {
    /// The root mean square of the noise, in samples.
    private let amplitude: Float
    private var state: UInt32 = 0x9E37_79B9
    /// k1 and following; at most ``orderMax``.
    private let reflections: [Float]
    /// The lattice's delayed backward errors.
    private var backward: [Float]
    /// What is played of it, 0 to 1: it rises, so that it does not set in with a click.
    private var gain: Float = 0

    /// Coefficients beyond these are left out (RFC 3389 section 3.2 bounds the order by what the sender likes).
    package static let orderMax = 12
    /// 20 ms at 8 kHz.
    private static let rise: Float = 1 / 160

    /// Reads the payload of a comfort noise packet; nil for an empty one, or one whose filter is not stable.
    package init?(payload: Span<UInt8>) {
        guard !payload.isEmpty else { return nil }
        // The most significant bit is always 0; the rest is how far below the overload point.
        let level = Double(payload[0] & 0x7F)
        var reflections: [Float] = []
        var gain: Float = 1
        for index in 1..<max(1, min(payload.count, 1 + Self.orderMax)) {
            guard payload[index] != 255 else { return nil }
            let reflection = 258 * Float(Int(payload[index]) - 127) / 32_768
            reflections.append(reflection)
            gain *= 1 - reflection * reflection
        }
        guard gain > 0 else { return nil }
        // What goes in is weakened by as much as the filter makes it stronger. Uniform noise from -1 to 1 has a root
        // mean square of the root of a third.
        self.amplitude =
            32_768 * Float(Transcendental.powerOf10(-level / 20)) * gain.squareRoot() * Float(3).squareRoot()
        self.reflections = reflections
        self.backward = Array(repeating: 0, count: reflections.count + 1)
    }

    /// A new description of the same silence: the noise goes on from where it is.
    package mutating func follow(_ earlier: ComfortNoise) {
        self.state = earlier.state
        self.gain = earlier.gain
    }

    /// Adds noise to the samples of `range`.
    package mutating func add(to samples: inout MutableSpan<Int16>, in range: Range<Int>) {
        for index in range {
            self.gain = min(1, self.gain + Self.rise)
            let sum = Float(samples[index]) + self.next() * self.gain
            samples[index] = Int16(max(-32_768, min(32_767, sum.rounded())))
        }
    }

    private mutating func next() -> Float {
        // xorshift32.
        self.state ^= self.state << 13
        self.state ^= self.state >> 17
        self.state ^= self.state << 5
        var forward = self.amplitude * Float(Int32(bitPattern: self.state)) / 2_147_483_648
        for stage in self.reflections.indices.reversed() {
            forward -= self.reflections[stage] * self.backward[stage]
            self.backward[stage + 1] = self.backward[stage] + self.reflections[stage] * forward
        }
        self.backward[0] = forward
        return forward
    }
}
