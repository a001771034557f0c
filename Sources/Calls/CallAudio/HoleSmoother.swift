/// Takes the clicks out of a stream with holes: audio that breaks off falls to zero within 2.5 ms, and audio that sets in
/// after a hole rises from zero as fast. Nothing else is changed.
struct HoleSmoother: Sendable {
    private enum State: Hashable, Sendable {
        case silent
        case sounding(last: Int16)
        case falling(from: Int16, step: Int32)
    }

    private var state = State.silent

    /// 2.5 ms at 8 kHz.
    static let rampLength: Int32 = 20

    /// `range` of `frame` holds audio.
    mutating func sound(_ frame: inout MutableSpan<Int16>, in range: Range<Int>) {
        guard !range.isEmpty else { return }
        let last = frame[range.upperBound - 1]
        switch self.state {
        case .sounding:
            break
        case .silent, .falling:
            for step in 0..<min(range.count, Int(Self.rampLength)) {
                let scaled = Int32(frame[range.lowerBound + step]) * Int32(step + 1) / (Self.rampLength + 1)
                frame[range.lowerBound + step] = Int16(truncatingIfNeeded: scaled)
            }
        }
        self.state = .sounding(last: last)
    }

    /// `range` of `frame` is a hole: writes it.
    mutating func fall(_ frame: inout MutableSpan<Int16>, in range: Range<Int>) {
        for index in range { frame[index] = self.nextInHole() }
    }

    private mutating func nextInHole() -> Int16 {
        switch self.state {
        case .silent:
            return 0
        case .sounding(let last):
            self.state = .falling(from: last, step: 0)
            return self.nextInHole()
        case .falling(let from, let step):
            guard step < Self.rampLength else {
                self.state = .silent
                return 0
            }
            self.state = .falling(from: from, step: step + 1)
            return Int16(truncatingIfNeeded: Int32(from) * (Self.rampLength - step) / (Self.rampLength + 1))
        }
    }
}
