import CSampleKernels

/// One stream's conversion from one rate to another: a polyphase FIR filter that remembers its past.
///
/// Any chunk length goes in, and the output is the same whatever the chunking. Output comes in whole groups (for 48 kHz
/// to 8 kHz, one sample for each six), so up to five input samples wait inside for their group to fill.
///
/// Pass band to 85 % of the lower rate's Nyquist frequency with a ripple below 0.01 dB (3,400 Hz at 8 kHz); images and
/// aliases below -80 dB from 115 % of it (4,600 Hz). `process` allocates nothing as long as the value is not shared; a
/// copy is an independent stream.
package struct Resampler: Sendable {
    package let source: SampleRate
    package let target: SampleRate

    @usableFromInline
    let design: ResamplerDesign
    /// The newest input samples of each input phase, in sample units: ``ResamplerDesign/historyLength`` old ones, then
    /// the block at hand, then room for whole vectors.
    @usableFromInline
    var streams: [Float]
    /// The outputs of each output phase for the block at hand.
    @usableFromInline
    var phases: [Float]
    /// Input that does not fill a group yet.
    @usableFromInline
    var pending: InlineArray<8, Int16> = .init(repeating: 0)
    @usableFromInline
    var pendingCount = 0

    package init(from source: SampleRate, to target: SampleRate) {
        self.source = source
        self.target = target
        self.design = .between(source, target)
        self.streams = Array(repeating: 0, count: self.design.decimation * ResamplerDesign.streamStride)
        self.phases = Array(repeating: 0, count: self.design.interpolation * ResamplerDesign.phaseStride)
    }

    /// The delay of the filter: half of its length. Waiting for a group adds less than one output sample.
    package var latency: Duration { self.design.latency }

    /// The most samples that `process` writes for `count` samples of input, whatever is waiting inside.
    @inlinable
    package func outputCountMax(forInput count: Int) -> Int {
        (count + self.design.decimation - 1) / self.design.decimation * self.design.interpolation
    }

    /// Converts all of `input` and returns how many samples it wrote to the start of `output`, which must have room for
    /// ``outputCountMax(forInput:)``.
    package mutating func process(_ input: Span<Int16>, into output: inout MutableSpan<Int16>) -> Int {
        self.process(input, into: &output, plainly: false)
    }

    /// The same through the Swift twin of the kernel: its oracle, and its fallback without AVX2. Equal but for the last
    /// bit, as the kernel rounds once where this rounds twice.
    package mutating func processPlainly(_ input: Span<Int16>, into output: inout MutableSpan<Int16>) -> Int {
        self.process(input, into: &output, plainly: true)
    }

    /// Forgets the past: the next sample is the first of a new stream.
    package mutating func reset() {
        self.pendingCount = 0
        for index in self.streams.indices { self.streams[index] = 0 }
    }

    private mutating func process(
        _ input: Span<Int16>, into output: inout MutableSpan<Int16>, plainly: Bool
    ) -> Int {
        if self.design.isIdentity { return Self.copy(input, into: &output) }
        precondition(output.count >= self.outputCountMax(forInput: input.count), "no room for the output")
        let decimation = self.design.decimation
        var consumed = 0
        var written = 0
        while consumed < input.count {
            if self.pendingCount > 0 || input.count - consumed < decimation {
                self.pending[self.pendingCount] = input[consumed]
                self.pendingCount += 1
                consumed += 1
                if self.pendingCount == decimation {
                    self.pendingCount = 0
                    let group = self.pending
                    written += self.convert(
                        group.span, from: 0, groups: 1, into: &output, at: written, plainly: plainly)
                }
                continue
            }
            let groups = min((input.count - consumed) / decimation, ResamplerDesign.groupsMax)
            written += self.convert(
                input, from: consumed, groups: groups, into: &output, at: written, plainly: plainly)
            consumed += groups * decimation
        }
        return written
    }

    private static func copy(_ input: Span<Int16>, into output: inout MutableSpan<Int16>) -> Int {
        for index in 0..<input.count { output[index] = input[index] }
        return input.count
    }
}
