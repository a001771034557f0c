import CSampleKernels

/// The filter between two rates, computed once for each pair and shared by all of its streams.
///
/// A Kaiser-windowed sine cardinal that cuts at the lower rate's Nyquist frequency and reaches 18 of that rate's samples
/// to each side: 36 of them make 85 dB over the transition from 85 % to 115 % of that frequency. As the cut lies exactly
/// there, every L-th tap but the middle one is zero, and a whole output phase costs nothing.
///
/// With L the interpolation and M the decimation, output L·q + p is the sum over input phases m of a short filter over
/// the stream of samples M·r + m, so every inner loop runs over neighbouring floats.
@usableFromInline
struct ResamplerDesign: Sendable {
    let interpolation: Int
    let decimation: Int
    let subfilters: [csk_subfilter]
    /// All sub-filters' coefficients, each the one of the oldest sample first.
    let coefficients: [Float]
    let latency: Duration

    /// Groups in a block: 20 ms of 8 kHz.
    static let groupsMax = Int(CSK_GROUPS_MAX)
    /// Old samples that a stream keeps; no sub-filter looks further back.
    static let historyLength = Int(CSK_HISTORY)
    static let streamStride = Int(CSK_STREAM_STRIDE)
    static let phaseStride = Int(CSK_PHASE_STRIDE)
    /// The reach of the filter to each side, in samples of the lower rate.
    static let reach = 18
    /// Kaiser's beta for 85 dB.
    static let beta = 0.1102 * (85 - 8.7)

    var isIdentity: Bool { self.interpolation == self.decimation }

    static func between(_ source: SampleRate, _ target: SampleRate) -> ResamplerDesign {
        switch (source, target) {
        case (.hz8000, .hz16000): Self.from8To16
        case (.hz8000, .hz24000): Self.from8To24
        case (.hz8000, .hz48000): Self.from8To48
        case (.hz16000, .hz8000): Self.from16To8
        case (.hz16000, .hz24000): Self.from16To24
        case (.hz16000, .hz48000): Self.from16To48
        case (.hz24000, .hz8000): Self.from24To8
        case (.hz24000, .hz16000): Self.from24To16
        case (.hz24000, .hz48000): Self.from24To48
        case (.hz48000, .hz8000): Self.from48To8
        case (.hz48000, .hz16000): Self.from48To16
        case (.hz48000, .hz24000): Self.from48To24
        case (.hz8000, .hz8000), (.hz16000, .hz16000), (.hz24000, .hz24000), (.hz48000, .hz48000): Self.identity
        }
    }

    private static let identity = ResamplerDesign(from: .hz8000, to: .hz8000)
    private static let from8To16 = ResamplerDesign(from: .hz8000, to: .hz16000)
    private static let from8To24 = ResamplerDesign(from: .hz8000, to: .hz24000)
    private static let from8To48 = ResamplerDesign(from: .hz8000, to: .hz48000)
    private static let from16To8 = ResamplerDesign(from: .hz16000, to: .hz8000)
    private static let from16To24 = ResamplerDesign(from: .hz16000, to: .hz24000)
    private static let from16To48 = ResamplerDesign(from: .hz16000, to: .hz48000)
    private static let from24To8 = ResamplerDesign(from: .hz24000, to: .hz8000)
    private static let from24To16 = ResamplerDesign(from: .hz24000, to: .hz16000)
    private static let from24To48 = ResamplerDesign(from: .hz24000, to: .hz48000)
    private static let from48To8 = ResamplerDesign(from: .hz48000, to: .hz8000)
    private static let from48To16 = ResamplerDesign(from: .hz48000, to: .hz16000)
    private static let from48To24 = ResamplerDesign(from: .hz48000, to: .hz24000)

    private init(from source: SampleRate, to target: SampleRate) {
        let prototype = PrototypeFilter(
            from: source.hertz, to: target.hertz, reach: Self.reach, beta: Self.beta)
        self.interpolation = prototype.interpolation
        self.decimation = prototype.decimation
        self.latency = .nanoseconds(prototype.center * 1_000_000_000 / (source.hertz * prototype.interpolation))
        var subfilters: [csk_subfilter] = []
        var coefficients: [Float] = []
        if self.interpolation != self.decimation {
            for phase in 0..<self.interpolation {
                Self.appendSubfilters(of: phase, from: prototype, to: &subfilters, &coefficients)
            }
        }
        self.subfilters = subfilters
        self.coefficients = coefficients
    }

    /// Cuts the prototype into the sub-filters of one output phase, one for each input phase that it needs.
    private static func appendSubfilters(
        of phase: Int, from prototype: PrototypeFilter, to subfilters: inout [csk_subfilter],
        _ coefficients: inout [Float]
    ) {
        let (interpolation, decimation) = (prototype.interpolation, prototype.decimation)
        var isFirst = true
        for stream in 0..<decimation {
            let lags = (0...Self.historyLength).map { lag in
                prototype.tap(at: interpolation * decimation * lag + phase * decimation - interpolation * stream)
            }
            guard let lagMin = lags.firstIndex(where: { $0 != 0 }), let lagMax = lags.lastIndex(where: { $0 != 0 })
            else { continue }
            subfilters.append(
                csk_subfilter(
                    phase: Int32(phase), stream: Int32(stream), lagMax: Int32(lagMax),
                    taps: Int32(lagMax - lagMin + 1), coefficients: Int32(coefficients.count), isFirst: isFirst))
            coefficients += lags[lagMin...lagMax].reversed().map { Float($0) }
            isFirst = false
        }
    }
}
