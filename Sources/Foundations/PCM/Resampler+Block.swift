import CSampleKernels

extension Resampler {
    /// Converts `groups` groups of `input` from `offset` on, writes their output at `place`, and returns its count.
    mutating func convert(
        _ input: Span<Int16>, from offset: Int, groups: Int, into output: inout MutableSpan<Int16>, at place: Int,
        plainly: Bool
    ) -> Int {
        precondition(groups <= ResamplerDesign.groupsMax && offset + groups * self.design.decimation <= input.count)
        let count = groups * self.design.interpolation
        precondition(place + count <= output.count)
        #if arch(x86_64)
        if !plainly && csk_has_avx2() {
            self.convertByKernel(input, from: offset, groups: groups, into: &output, at: place)
            return count
        }
        #endif
        self.split(input, from: offset, groups: groups)
        self.filter(groups: groups)
        self.join(groups: groups, into: &output, at: place)
        self.keepHistory(groups: groups)
        return count
    }

    #if arch(x86_64)
    private mutating func convertByKernel(
        _ input: Span<Int16>, from offset: Int, groups: Int, into output: inout MutableSpan<Int16>, at place: Int
    ) {
        let design = self.design
        // Safe: the caller checked both ranges; the work arrays have the sizes that the design's constants name, which
        // are the kernel's; the sub-filters' coefficients and lags lie within them by construction.
        unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe self.streams.withUnsafeMutableBufferPointer { streams in
                    unsafe self.phases.withUnsafeMutableBufferPointer { phases in
                        unsafe design.coefficients.withUnsafeBufferPointer { coefficients in
                            unsafe design.subfilters.withUnsafeBufferPointer { subfilters in
                                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                                unsafe csk_resample_avx2(
                                    subfilters.baseAddress, subfilters.count, coefficients.baseAddress,
                                    Int32(design.interpolation), Int32(design.decimation), streams.baseAddress,
                                    phases.baseAddress, from + offset, groups, to + place)
                            }
                        }
                    }
                }
            }
        }
    }
    #endif

    /// Deals the input out to one stream for each of its phases.
    private mutating func split(_ input: Span<Int16>, from offset: Int, groups: Int) {
        let decimation = self.design.decimation
        for phase in 0..<decimation {
            let start = phase * ResamplerDesign.streamStride + ResamplerDesign.historyLength
            for group in 0..<groups {
                self.streams[start + group] = Float(input[offset + group * decimation + phase])
            }
        }
    }

    /// Runs every sub-filter over the block: an output phase is the sum of its sub-filters.
    private mutating func filter(groups: Int) {
        let design = self.design
        for subfilter in design.subfilters {
            let target = Int(subfilter.phase) * ResamplerDesign.phaseStride
            let source =
                Int(subfilter.stream) * ResamplerDesign.streamStride + ResamplerDesign.historyLength
                - Int(subfilter.lagMax)
            if subfilter.isFirst {
                for group in 0..<groups { self.phases[target + group] = 0 }
            }
            // Safe: `source` is at least the stream's start, as no lag exceeds the history, and source + taps + groups
            // stays within the stream; the coefficients lie at the sub-filter's offset.
            unsafe self.streams.withUnsafeBufferPointer { streams in
                unsafe self.phases.withUnsafeMutableBufferPointer { phases in
                    unsafe design.coefficients.withUnsafeBufferPointer { coefficients in
                        guard let x = streams.baseAddress, let y = phases.baseAddress, let c = coefficients.baseAddress
                        else { return }
                        unsafe Self.run(
                            taps: c + Int(subfilter.coefficients), tapCount: Int(subfilter.taps), over: x + source,
                            groups: groups, into: y + target)
                    }
                }
            }
        }
    }

    /// Adds a filter's output to `sums`. Four taps a pass, so that the sums are fetched and stored once for the four; the
    /// compiler turns the inner loop into SIMD, whose lanes are neighbouring outputs.
    private static func run(
        taps: UnsafePointer<Float>, tapCount: Int, over samples: UnsafePointer<Float>, groups: Int,
        into sums: UnsafeMutablePointer<Float>
    ) {
        var tap = 0
        // Safe: the caller vouches for `tapCount` taps, `groups` sums, and as many samples as both together.
        while tap &+ 4 <= tapCount {
            let (first, second) = unsafe (taps[tap], taps[tap &+ 1])
            let (third, fourth) = unsafe (taps[tap &+ 2], taps[tap &+ 3])
            let window = unsafe samples + tap
            for group in 0..<groups {
                var sum = unsafe sums[group]
                unsafe sum += first * window[group]
                unsafe sum += second * window[group &+ 1]
                unsafe sum += third * window[group &+ 2]
                unsafe sum += fourth * window[group &+ 3]
                unsafe sums[group] = sum
            }
            tap &+= 4
        }
        while tap < tapCount {
            let factor = unsafe taps[tap]
            let window = unsafe samples + tap
            for group in 0..<groups { unsafe sums[group] += factor * window[group] }
            tap &+= 1
        }
    }

    /// Rounds to the nearest sample (ties to even), saturates, and puts the output phases in turn.
    private func join(groups: Int, into output: inout MutableSpan<Int16>, at place: Int) {
        let interpolation = self.design.interpolation
        for phase in 0..<interpolation {
            let start = phase * ResamplerDesign.phaseStride
            for group in 0..<groups {
                let value = min(max(self.phases[start + group], -32_768), 32_767)
                // Adding 1.5 * 2^23 leaves the rounded number in the low bits of the mantissa.
                let rounded = Int32(bitPattern: (value + 12_582_912).bitPattern) &- 0x4B40_0000
                output[place + group * interpolation + phase] = Int16(truncatingIfNeeded: rounded)
            }
        }
    }

    /// Moves each stream's newest samples to where the next block looks for its past.
    private mutating func keepHistory(groups: Int) {
        for phase in 0..<self.design.decimation {
            let start = phase * ResamplerDesign.streamStride
            for index in 0..<ResamplerDesign.historyLength {
                self.streams[start + index] = self.streams[start + groups + index]
            }
        }
    }
}
