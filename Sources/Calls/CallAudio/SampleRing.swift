/// Samples that wait in order: a ring that grows to its limit by doubling and falls back to its first size when it runs
/// empty, so that a minute of speech costs memory only while it waits.
struct SampleRing: Sendable {
    private var storage: [Int16]
    private var head = 0
    private(set) var count = 0
    let countMax: Int

    /// One second at 8 kHz, rounded up to a power of two as every size of the ring is.
    private static let firstSize = 8_192

    init(countMax: Int) {
        precondition(countMax > 0)
        self.countMax = countMax
        self.storage = Array(repeating: 0, count: Self.firstSize)
    }

    /// Appends as many samples as there is room for, and returns how many those were.
    mutating func append(_ samples: Span<Int16>) -> Int {
        let accepted = min(samples.count, self.countMax - self.count)
        if self.count + accepted > self.storage.count { self.grow(toHold: self.count + accepted) }
        let mask = self.storage.count - 1
        var position = self.head + self.count
        for index in 0..<accepted {
            self.storage[position & mask] = samples[index]
            position += 1
        }
        self.count += accepted
        return accepted
    }

    /// Moves the first `wanted` samples to `frame` at `start`; there must be as many.
    mutating func take(_ wanted: Int, into frame: inout MutableSpan<Int16>, at start: Int) {
        precondition(wanted <= self.count)
        let mask = self.storage.count - 1
        for index in 0..<wanted {
            frame[start + index] = self.storage[(self.head + index) & mask]
        }
        self.head = (self.head + wanted) & mask
        self.count -= wanted
        if self.count == 0 { self.shrink() }
    }

    /// Drops the first `unwanted` samples; there must be as many.
    mutating func discard(_ unwanted: Int) {
        precondition(unwanted <= self.count)
        self.head = (self.head + unwanted) & (self.storage.count - 1)
        self.count -= unwanted
        if self.count == 0 { self.shrink() }
    }

    mutating func removeAll() {
        self.count = 0
        self.shrink()
    }

    private mutating func grow(toHold needed: Int) {
        var size = self.storage.count
        while size < needed { size *= 2 }
        var larger = [Int16](repeating: 0, count: size)
        let mask = self.storage.count - 1
        for index in 0..<self.count { larger[index] = self.storage[(self.head + index) & mask] }
        self.storage = larger
        self.head = 0
    }

    private mutating func shrink() {
        self.head = 0
        if self.storage.count > 4 * Self.firstSize { self.storage = Array(repeating: 0, count: Self.firstSize) }
    }

    /// What the ring's memory costs now.
    var sizeInBytes: Int { self.storage.count * MemoryLayout<Int16>.size }
}
