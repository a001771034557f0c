import CSampleKernels

/// ITU-T G.711 µ-law, as on the wire: all bits are inverted.
///
/// The same construction as ``ALaw`` with eight segments. Where implementations differ (some older ones put a negative
/// sample that lies on a decision value into the other interval), the one's complement of the STL of ITU-T G.191 holds.
package enum MuLaw {
    /// The code of sample 0.
    package static let silence: UInt8 = 0xFF

    @inlinable
    package static func encode(_ sample: Int16) -> UInt8 {
        let sign = sample &>> 15
        // At most 8,191 + 33, which the standard clips to its last segment.
        let magnitude = min(((sample ^ sign) &>> 2) &+ 33, 8_191)
        var code = (magnitude &>> 1) &- 16
        code = min(code, magnitude &>> 2)
        code = min(code, (magnitude &>> 3) &+ 16)
        code = min(code, (magnitude &>> 4) &+ 32)
        code = min(code, (magnitude &>> 5) &+ 48)
        code = min(code, (magnitude &>> 6) &+ 64)
        code = min(code, (magnitude &>> 7) &+ 80)
        code = min(code, (magnitude &>> 8) &+ 96)
        return UInt8(truncatingIfNeeded: code ^ (sign & 0x80) ^ 0xFF)
    }

    @inlinable
    package static func decode(_ code: UInt8) -> Int16 {
        let upright = Int16(code ^ 0xFF)
        // All ones for negative samples, whose sign bit is set once the code is upright.
        let sign = 0 &- (upright &>> 7)
        let line = (upright & 0x7F) &* 2 &+ 33
        var magnitude = line
        magnitude = max(magnitude, (line &- 32) &<< 1)
        magnitude = max(magnitude, (line &- 64) &<< 2)
        magnitude = max(magnitude, (line &- 96) &<< 3)
        magnitude = max(magnitude, (line &- 128) &<< 4)
        magnitude = max(magnitude, (line &- 160) &<< 5)
        magnitude = max(magnitude, (line &- 192) &<< 6)
        magnitude = max(magnitude, (line &- 224) &<< 7)
        return (((magnitude &- 33) &<< 2) ^ sign) &- sign
    }

    /// Encodes all of `samples` into the first `samples.count` places of `codes`, which must have the room.
    @inlinable
    package static func encode(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) {
        precondition(codes.count >= samples.count, "the output is shorter than the input")
        #if arch(x86_64)
        if csk_has_avx2() {
            // Safe: the precondition leaves room for as many codes as there are samples; the kernel touches no more.
            unsafe samples.withUnsafeBufferPointer { source in
                unsafe codes.withUnsafeMutableBufferPointer { target in
                    unsafe csk_mulaw_encode_avx2(source.baseAddress, target.baseAddress, source.count)
                }
            }
            return
        }
        #endif
        Self.encodePlainly(samples, into: &codes)
    }

    /// Decodes all of `codes` into the first `codes.count` places of `samples`, which must have the room.
    @inlinable
    package static func decode(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) {
        precondition(samples.count >= codes.count, "the output is shorter than the input")
        #if arch(x86_64)
        if csk_has_avx2() {
            // Safe: the precondition leaves room for as many samples as there are codes; the kernel touches no more.
            unsafe codes.withUnsafeBufferPointer { source in
                unsafe samples.withUnsafeMutableBufferPointer { target in
                    unsafe csk_mulaw_decode_avx2(source.baseAddress, target.baseAddress, source.count)
                }
            }
            return
        }
        #endif
        Self.decodePlainly(codes, into: &samples)
    }

    /// The kernel's twin: its oracle in the tests, and its fallback on processors without AVX2.
    @inlinable
    package static func encodePlainly(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) {
        precondition(codes.count >= samples.count, "the output is shorter than the input")
        for index in 0..<samples.count {
            // Safe: the index is below both counts.
            unsafe codes[unchecked: index] = Self.encode(samples[unchecked: index])
        }
    }

    /// The kernel's twin: its oracle in the tests, and its fallback on processors without AVX2.
    @inlinable
    package static func decodePlainly(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) {
        precondition(samples.count >= codes.count, "the output is shorter than the input")
        for index in 0..<codes.count {
            // Safe: the index is below both counts.
            unsafe samples[unchecked: index] = Self.decode(codes[unchecked: index])
        }
    }
}
