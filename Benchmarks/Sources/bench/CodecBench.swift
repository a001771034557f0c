import CPeers
import PCM

/// G.711, 160 samples a frame, each way and law: ours, its Swift twin, tables, libavcodec, spandsp, and a plain copy.
enum CodecBench {
    static let frame = 160

    static func run(rounds: Int) -> [Comparison] {
        [true, false].flatMap { isALaw in
            let law = isALaw ? "A-law" : "µ-law"
            return [
                compare("\(law) encode, 160 samples", Self.encoders(isALaw), unitsARound: 4_000, rounds: rounds),
                compare("\(law) decode, 160 samples", Self.decoders(isALaw), unitsARound: 4_000, rounds: rounds),
            ]
        }
    }

    /// Speech-like: every magnitude occurs, small ones more often.
    private static let samples: [Int16] = (0..<frame).map { index in
        let noise = Int32(truncatingIfNeeded: (index &* 2_654_435_761) >> 7) & 0xFFFF
        return Int16(truncatingIfNeeded: (noise - 32_768) >> Int32(index % 6))
    }

    private static func encoders(_ isALaw: Bool) -> [Contender] {
        let samples = Self.samples
        let codes = Buffer<UInt8>(count: frame)
        let table = (0...65_535).map { value in
            let sample = Int16(truncatingIfNeeded: value)
            return isALaw ? ALaw.encode(sample) : MuLaw.encode(sample)
        }
        let avcodec = unsafe Peer(
            peer_avcodec_open(isALaw, true, Int32(Self.frame)), close: { unsafe peer_avcodec_close($0) })
        return [
            Contender(name: "trunkline") { count in
                for _ in 0..<count {
                    codes.withSpan {
                        isALaw ? ALaw.encode(samples.span, into: &$0) : MuLaw.encode(samples.span, into: &$0)
                    }
                }
            },
            Contender(name: "trunkline, plain Swift") { count in
                for _ in 0..<count {
                    codes.withSpan {
                        isALaw
                            ? ALaw.encodePlainly(samples.span, into: &$0)
                            : MuLaw.encodePlainly(samples.span, into: &$0)
                    }
                }
            },
            Contender(name: "C table, 64 KiB") { count in
                for _ in 0..<count { unsafe peer_table_encode(table, samples, codes.start, Int32(Self.frame)) }
            },
            Contender(name: "libavcodec") { count in
                for _ in 0..<count {
                    _ = unsafe peer_avcodec_encode(avcodec.handle, samples, codes.start, Int32(Self.frame))
                }
            },
            Contender(name: "spandsp") { count in
                for _ in 0..<count { unsafe peer_spandsp_encode(isALaw, samples, codes.start, Int32(Self.frame)) }
            },
            Contender(name: "memcpy of the samples") { count in
                let target = Buffer<Int16>(count: Self.frame)
                for _ in 0..<count { unsafe peer_copy(samples, target.start, Self.frame * 2) }
            },
        ]
    }

    private static func decoders(_ isALaw: Bool) -> [Contender] {
        let codes = Self.samples.map { isALaw ? ALaw.encode($0) : MuLaw.encode($0) }
        let samples = Buffer<Int16>(count: frame)
        let table = (0...255).map { isALaw ? ALaw.decode(UInt8($0)) : MuLaw.decode(UInt8($0)) }
        let avcodec = unsafe Peer(
            peer_avcodec_open(isALaw, false, Int32(Self.frame)), close: { unsafe peer_avcodec_close($0) })
        return [
            Contender(name: "trunkline") { count in
                for _ in 0..<count {
                    samples.withSpan {
                        isALaw ? ALaw.decode(codes.span, into: &$0) : MuLaw.decode(codes.span, into: &$0)
                    }
                }
            },
            Contender(name: "trunkline, plain Swift") { count in
                for _ in 0..<count {
                    samples.withSpan {
                        isALaw
                            ? ALaw.decodePlainly(codes.span, into: &$0) : MuLaw.decodePlainly(codes.span, into: &$0)
                    }
                }
            },
            Contender(name: "C table, 512 B") { count in
                for _ in 0..<count { unsafe peer_table_decode(table, codes, samples.start, Int32(Self.frame)) }
            },
            Contender(name: "libavcodec") { count in
                for _ in 0..<count {
                    _ = unsafe peer_avcodec_decode(avcodec.handle, codes, samples.start, Int32(Self.frame))
                }
            },
            Contender(name: "spandsp") { count in
                for _ in 0..<count { unsafe peer_spandsp_decode(isALaw, codes, samples.start, Int32(Self.frame)) }
            },
            Contender(name: "memcpy of the samples") { count in
                let source = [Int16](repeating: 1, count: Self.frame)
                for _ in 0..<count { unsafe peer_copy(source, samples.start, Self.frame * 2) }
            },
        ]
    }
}
