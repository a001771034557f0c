/// A salt of 112 bits, or of 96 for Galois/counter mode, as the upper bits of a 128-bit block.
package struct SessionSalt: Hashable {
    let high: UInt64
    let low: UInt64

    /// A shorter salt is followed by zeros, as RFC 7714 section 11 has it for key derivation.
    package init(_ octets: [UInt8]) {
        precondition(octets.count == 14 || octets.count == 12, "salts have 14 octets, or 12 for Galois/counter mode")
        let padded = octets + Array(repeating: 0, count: 16 - octets.count)
        self.high = padded[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        self.low = padded[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
