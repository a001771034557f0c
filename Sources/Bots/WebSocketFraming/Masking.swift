extension [UInt8] {
    /// Masks or unmasks in place: octet i with octet i mod 4 of the key (section 5.3).
    mutating func applyMask(_ key: UInt32, to range: Range<Int>) {
        let key0 = UInt8(truncatingIfNeeded: key >> 24)
        let key1 = UInt8(truncatingIfNeeded: key >> 16)
        let key2 = UInt8(truncatingIfNeeded: key >> 8)
        let key3 = UInt8(truncatingIfNeeded: key)
        var bytes = self.mutableSpan
        var index = range.lowerBound
        while index + 4 <= range.upperBound {
            bytes[index] ^= key0
            bytes[index + 1] ^= key1
            bytes[index + 2] ^= key2
            bytes[index + 3] ^= key3
            index += 4
        }
        if index < range.upperBound { bytes[index] ^= key0 }
        if index + 1 < range.upperBound { bytes[index + 1] ^= key1 }
        if index + 2 < range.upperBound { bytes[index + 2] ^= key2 }
    }
}
