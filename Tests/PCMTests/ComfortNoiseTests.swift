import PCM
import Testing

/// Noise as RFC 3389 describes it.
@Suite struct ComfortNoiseTests {
    private struct Unusable: Error {}

    private static func noise(_ payload: [UInt8]) throws -> ComfortNoise {
        guard let noise = ComfortNoise(payload: payload.span) else { throw Unusable() }
        return noise
    }

    private static func level(_ noise: inout ComfortNoise, seconds: Int = 2) -> Double {
        var samples = [Int16](repeating: 0, count: 8_000 * seconds)
        var span = samples.mutableSpan
        noise.add(to: &span, in: 0..<(8_000 * seconds))
        var meter = LevelMeter()
        meter.add(samples.span.extracting(droppingFirst: 160))
        return meter.rmsLevel
    }

    /// The level is what the first octet says, to half a decibel, whatever colours it.
    @Test(arguments: [10, 30, 45, 60] as [UInt8], [[], [190], [40, 200, 110, 160]] as [[UInt8]])
    func levels(_ level: UInt8, _ filter: [UInt8]) throws {
        let payload = [level] + filter
        var noise = try Self.noise(payload)
        #expect(abs(Self.level(&noise) + Double(level)) < 0.5)
    }

    /// The first 20 ms rise, so that nothing clicks; a description that follows goes on at once.
    @Test func risesOnce() throws {
        let payload: [UInt8] = [20]
        var noise = try Self.noise(payload)
        var samples = [Int16](repeating: 0, count: 160)
        var span = samples.mutableSpan
        noise.add(to: &span, in: 0..<160)
        let first = samples[..<20].map { Int($0).magnitude }.max() ?? 0
        let last = samples[140...].map { Int($0).magnitude }.max() ?? 0
        #expect(first * 3 < last)
        var next = try Self.noise(payload)
        next.follow(noise)
        samples = Array(repeating: 0, count: 160)
        span = samples.mutableSpan
        next.add(to: &span, in: 0..<160)
        #expect((samples[..<20].map { Int($0).magnitude }.max() ?? 0) * 2 > last)
    }

    /// Loud noise on loud audio is clipped, not wrapped, and every payload that anybody can send ends in a number.
    @Test func everyPayloadIsHarmless() {
        for level in [0, 1, 127, 255] as [UInt8] {
            for coefficient in UInt8.min...UInt8.max {
                let payload = [level] + Array(repeating: coefficient, count: 40)
                guard var noise = ComfortNoise(payload: payload.span) else {
                    #expect(coefficient == 255 || coefficient == 0 || coefficient == 254)
                    continue
                }
                var samples = [Int16](repeating: 32_767, count: 320)
                var span = samples.mutableSpan
                noise.add(to: &span, in: 0..<320)
                #expect(samples.contains { $0 > -32_768 })
            }
        }
        #expect(throws: Unusable.self) { try Self.noise([]) }
    }
}
