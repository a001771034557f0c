import CSampleKernels

/// ITU-T G.711 A-law, as on the wire: the even bits are inverted.
///
/// A code's magnitude is the least of seven straight lines through the sample's magnitude, and a sample the greatest of
/// seven lines through the code, so both directions are min/max arithmetic on `Int16` that compilers turn into SIMD. Bit
/// for bit equal to the STL of ITU-T G.191 over all inputs.
package enum ALaw {
    /// The code of sample 0 (8 at the receiver, the least positive value; A-law has no zero).
    package static let silence: UInt8 = 0xD5

    @inlinable
    package static func encode(_ sample: Int16) -> UInt8 {
        let sign = sample &>> 15
        let magnitude = (sample ^ sign) &>> 4
        var code = magnitude
        code = min(code, (magnitude &>> 1) &+ 16)
        code = min(code, (magnitude &>> 2) &+ 32)
        code = min(code, (magnitude &>> 3) &+ 48)
        code = min(code, (magnitude &>> 4) &+ 64)
        code = min(code, (magnitude &>> 5) &+ 80)
        code = min(code, (magnitude &>> 6) &+ 96)
        // 0xD5: the sign bit is set for positive samples, and the even bits are inverted.
        return UInt8(truncatingIfNeeded: code ^ (sign & 0x80) ^ 0xD5)
    }

    @inlinable
    package static func decode(_ code: UInt8) -> Int16 {
        let upright = Int16(code ^ 0x55)
        // All ones for negative samples, whose sign bit is clear.
        let sign = (upright &>> 7) &- 1
        let line = (upright & 0x7F) &* 2 &+ 1
        var magnitude = line
        magnitude = max(magnitude, (line &- 32) &<< 1)
        magnitude = max(magnitude, (line &- 64) &<< 2)
        magnitude = max(magnitude, (line &- 96) &<< 3)
        magnitude = max(magnitude, (line &- 128) &<< 4)
        magnitude = max(magnitude, (line &- 160) &<< 5)
        magnitude = max(magnitude, (line &- 192) &<< 6)
        return ((magnitude &<< 3) ^ sign) &- sign
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
                    unsafe csk_alaw_encode_avx2(source.baseAddress, target.baseAddress, source.count)
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
                    unsafe csk_alaw_decode_avx2(source.baseAddress, target.baseAddress, source.count)
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
