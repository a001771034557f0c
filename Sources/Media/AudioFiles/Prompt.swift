import PCM

/// A prompt in memory, at one rate, mono.
package struct Prompt: Hashable, Sendable {
    package let name: PromptName
    package let rate: SampleRate
    /// Shared by all who play it.
    package let samples: [Int16]

    package init(name: PromptName, rate: SampleRate, samples: [Int16]) {
        self.name = name
        self.rate = rate
        self.samples = samples
    }

    package var duration: Duration {
        self.rate.duration(ofSamples: self.samples.count)
    }

    /// The prompt's loudness, for a check against what callers and bots speak at.
    package var level: LevelMeter {
        var meter = LevelMeter()
        meter.add(self.samples.span)
        return meter
    }

    var lengthInBytes: Int { self.samples.count * MemoryLayout<Int16>.size }
}
