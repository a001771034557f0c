import CPeers
import PCM

/// One 20 ms frame at a time from rate to rate: ours, its Swift twin, soxr MQ, speexdsp q3 and q5, swresample.
enum ResampleBench {
    private static let pairs: [(SampleRate, SampleRate)] = [
        (.hz8000, .hz16000), (.hz16000, .hz8000), (.hz8000, .hz24000), (.hz24000, .hz8000), (.hz8000, .hz48000),
        (.hz48000, .hz8000), (.hz16000, .hz24000), (.hz24000, .hz16000),
    ]

    static func run(rounds: Int) -> [Comparison] {
        self.pairs.map { source, target in
            compare(
                "\(source.hertz) -> \(target.hertz) Hz, 20 ms", Self.contenders(source, target), unitsARound: 500,
                rounds: rounds)
        }
    }

    private static func contenders(_ source: SampleRate, _ target: SampleRate) -> [Contender] {
        // Noise at a quarter of the scale: at full scale the output would clip, and some peers become far slower then.
        let input = (0..<source.samplesPer20ms).map { Int16(truncatingIfNeeded: ($0 &* 40_503) >> 3) / 4 }
        // Peers may hand out more than a frame at once after holding some back.
        let output = Buffer<Int16>(count: 8 * target.samplesPer20ms)
        let (from, to) = (source.rawValue, target.rawValue)
        let (count, room) = (Int32(input.count), Int32(output.count))
        let streaming = Stream(Resampler(from: source, to: target))
        let plain = Stream(Resampler(from: source, to: target))
        let soxr = unsafe Peer(peer_soxr_open(from, to), close: { unsafe peer_soxr_close($0) })
        let speex3 = unsafe Peer(peer_speex_open(from, to, 3), close: { unsafe peer_speex_close($0) })
        let speex5 = unsafe Peer(peer_speex_open(from, to, 5), close: { unsafe peer_speex_close($0) })
        let swresample = unsafe Peer(
            peer_swresample_open(from, to), close: { unsafe peer_swresample_close($0) })
        return [
            Contender(name: "trunkline") { frames in
                for _ in 0..<frames {
                    output.withSpan { _ = streaming.resampler.process(input.span, into: &$0) }
                }
            },
            Contender(name: "trunkline, plain Swift") { frames in
                for _ in 0..<frames {
                    output.withSpan { _ = plain.resampler.processPlainly(input.span, into: &$0) }
                }
            },
            Contender(name: "soxr MQ") { frames in
                for _ in 0..<frames {
                    _ = unsafe peer_soxr_process(soxr.handle, input, count, output.start, room)
                }
            },
            Contender(name: "speexdsp q3") { frames in
                for _ in 0..<frames {
                    _ = unsafe peer_speex_process(speex3.handle, input, count, output.start, room)
                }
            },
            Contender(name: "speexdsp q5") { frames in
                for _ in 0..<frames {
                    _ = unsafe peer_speex_process(speex5.handle, input, count, output.start, room)
                }
            },
            Contender(name: "swresample") { frames in
                for _ in 0..<frames {
                    _ = unsafe peer_swresample_process(swresample.handle, input, count, output.start, room)
                }
            },
        ]
    }

    /// A resampler that a closure may change.
    private final class Stream {
        var resampler: Resampler

        init(_ resampler: Resampler) {
            self.resampler = resampler
        }
    }
}
