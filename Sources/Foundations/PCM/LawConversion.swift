/// Codes of one law turned into codes of the other without a detour through samples on the heap: one table look-up each.
///
/// The tables are the composition of ``ALaw`` and ``MuLaw``, so the result equals decoding and encoding again.
package enum LawConversion {
    private static let toMuLaw: [UInt8] = (0...255).map { MuLaw.encode(ALaw.decode(UInt8($0))) }
    private static let toALaw: [UInt8] = (0...255).map { ALaw.encode(MuLaw.decode(UInt8($0))) }

    package static func muLaw(fromALaw code: UInt8) -> UInt8 {
        Self.toMuLaw[Int(code)]
    }

    package static func aLaw(fromMuLaw code: UInt8) -> UInt8 {
        Self.toALaw[Int(code)]
    }

    /// Converts a payload in place.
    package static func convertToMuLaw(_ codes: inout MutableSpan<UInt8>) {
        Self.convert(&codes, by: Self.toMuLaw.span)
    }

    /// Converts a payload in place.
    package static func convertToALaw(_ codes: inout MutableSpan<UInt8>) {
        Self.convert(&codes, by: Self.toALaw.span)
    }

    private static func convert(_ codes: inout MutableSpan<UInt8>, by table: Span<UInt8>) {
        for index in 0..<codes.count {
            codes[index] = table[Int(codes[index])]
        }
    }
}
