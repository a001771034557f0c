import PCM

/// The caller's audio on its way to the bot: frames of 20 ms at the bot's rate.
struct BotEar: Sendable {
    private(set) var rate: SampleRate
    private var resampler: Resampler
    private var resampled: [Int16]

    init(rate: SampleRate) {
        self.rate = rate
        self.resampler = Resampler(from: .hz8000, to: rate)
        self.resampled = Array(repeating: 0, count: rate.samplesPer20ms)
    }

    mutating func change(to rate: SampleRate) {
        if rate != self.rate { self = BotEar(rate: rate) }
    }

    /// Appends one frame of the line, converted, to what is for the bot.
    mutating func hear(_ frame: Span<Int16>, into output: inout AudioPathOutput) {
        var resampled = self.resampled.lend()
        defer { self.resampled = resampled }
        var converted = resampled.mutableSpan
        let count = self.resampler.process(frame, into: &converted)
        output.append(botAudio: resampled.span.extracting(first: count))
    }
}
