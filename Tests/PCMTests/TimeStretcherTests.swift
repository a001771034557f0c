import PCM
import Testing

/// Pieces of audio that become a little shorter or longer.
@Suite struct TimeStretcherTests {
    private static func tone(_ hertz: Double, count: Int, amplitude: Double = 8_000) -> [Int16] {
        (0..<count).map { Int16(amplitude * Transcendental.sine(2 * .pi * hertz * Double($0) / 8_000)) }
    }

    private static func stepMax(_ samples: some Collection<Int16>) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
    }

    /// Cut out of the middle of a tone, the piece joins both neighbours and steps nowhere more than the tone does.
    @Test(arguments: [100.0, 125, 200, 310, 395], [80, 120, 160, 240]) func tonesKeepTheirShape(
        _ hertz: Double, _ count: Int
    ) throws {
        let whole = Self.tone(hertz, count: count + 400)
        // A piece shorter than a period and what the copies share holds no whole one.
        let holdsPeriod = Double(count) >= 8_000 / hertz + 40
        for isLonger in [false, true] {
            var stretcher = TimeStretcher()
            var piece = Array(whole[200..<(200 + count)]) + Array(repeating: 0, count: TimeStretcher.changeMax)
            var span = piece.mutableSpan
            let length =
                isLonger
                ? stretcher.lengthen(&span, count: count, likenessMin: 0.85)
                : stretcher.shorten(&span, count: count, likenessMin: 0.85)
            #expect((length != count) == holdsPeriod)
            #expect(abs(length - count) <= TimeStretcher.changeMax)
            #expect(isLonger ? length >= count : length <= count)
            let joined = whole[..<200] + piece[..<length] + whole[(200 + count)...]
            #expect(Self.stepMax(joined) <= Self.stepMax(whole) * 5 / 4, "\(hertz) Hz, longer: \(isLonger)")
        }
    }

    /// What is not alike stays as it is unless any period is wanted; then its ends stay.
    @Test func noiseIsLeftAlone() {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<160).map { _ in Int16.random(in: -3_000...3_000, using: &random) }
        var stretcher = TimeStretcher()
        var piece = noise + Array(repeating: 0, count: TimeStretcher.changeMax)
        var span = piece.mutableSpan
        #expect(stretcher.shorten(&span, count: 160, likenessMin: 0.85) == 160)
        #expect(stretcher.lengthen(&span, count: 160, likenessMin: 0.85) == 160)
        #expect(Array(piece[..<160]) == noise)
        span = piece.mutableSpan
        let length = stretcher.shorten(&span, count: 160, likenessMin: -1)
        #expect((60...140).contains(length))
    }

    @Test func silenceShrinksAndGrowsByTheMost() {
        var stretcher = TimeStretcher()
        var piece = [Int16](repeating: 0, count: 160 + TimeStretcher.changeMax)
        var span = piece.mutableSpan
        #expect(stretcher.shorten(&span, count: 160, likenessMin: -1) == 60)
        #expect(stretcher.lengthen(&span, count: 160, likenessMin: -1) == 260)
        #expect(piece.allSatisfy { $0 == 0 })
    }

    @Test func aPieceThatIsTooShortStays() {
        var stretcher = TimeStretcher()
        var piece = [Int16](repeating: 0, count: 300)
        var span = piece.mutableSpan
        for count in [0, 1, 59] {
            #expect(stretcher.shorten(&span, count: count, likenessMin: -1) == count)
            #expect(stretcher.lengthen(&span, count: count, likenessMin: -1) == count)
        }
    }
}
