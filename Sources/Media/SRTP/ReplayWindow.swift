/// Which of the newest 128 packet indices have been accepted (RFC 3711 section 3.3.2).
struct ReplayWindow: Hashable, Sendable {
    /// The highest index accepted; nil before the first.
    private(set) var highest: UInt64?
    /// Bit n is set when the index n below `highest` was accepted.
    private var seen: UInt128 = 0

    static let width = UInt64(UInt128.bitWidth)

    /// Whether a packet of this index may still be accepted.
    func admits(_ index: UInt64) -> Bool {
        guard let highest, index <= highest else { return true }
        let age = highest - index
        return age < Self.width && self.seen & UInt128(1) << UInt128(age) == 0
    }

    /// Notes a packet that was admitted and proved authentic.
    mutating func accept(_ index: UInt64) {
        guard let highest, index <= highest else {
            let step = self.highest.map { index - $0 } ?? Self.width
            self.seen = (step < Self.width ? self.seen << UInt128(step) : 0) | 1
            self.highest = index
            return
        }
        self.seen |= UInt128(1) << UInt128(highest - index)
    }
}
