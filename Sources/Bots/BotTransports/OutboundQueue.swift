import CLinux

/// Bytes on their way to a bot, bounded twice: audio up to its limit, control messages up to a reserve beyond it.
///
/// A bot that reads nothing thus loses audio first (it would be stale anyway) and still hears of it later. Keeps its
/// capacity, so that a steady stream allocates nothing.
struct OutboundQueue {
    private var bytes: [UInt8] = []
    private var written = 0
    /// Bytes that may wait before audio is refused.
    var audioMax: Int
    private let controlReserve: Int

    init(audioMax: Int, controlReserve: Int) {
        self.audioMax = audioMax
        self.controlReserve = controlReserve
        self.bytes.reserveCapacity(4_096)
    }

    var count: Int { self.bytes.count - self.written }
    var isEmpty: Bool { self.count == 0 }

    func admits(_ length: Int, isAudio: Bool) -> Bool {
        self.count + length <= self.audioMax + (isAudio ? 0 : self.controlReserve)
    }

    mutating func append(_ write: (inout [UInt8]) -> Void) {
        if self.written == self.bytes.count {
            self.removeAll()
        } else if self.written > self.bytes.count / 2 {
            // Moved at most once for each byte written, so the cost stays proportional to the traffic.
            self.bytes.removeSubrange(0..<self.written)
            self.written = 0
        }
        write(&self.bytes)
    }

    mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.written = 0
    }

    /// One write. Returns its result: bytes written, or a negated errno.
    mutating func write(to descriptor: Int32) -> Int64 {
        let written = self.written
        let result = unsafe self.bytes.withUnsafeBytes { bytes in
            // Safe: the range from `written` to the end lies in the array.
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
            return unsafe clinux_write(descriptor, rest.baseAddress, Int64(rest.count))
        }
        if result > 0 { self.written += Int(result) }
        return result
    }

    /// All that waits, for whoever closes the link.
    func remainder() -> [UInt8] {
        Array(self.bytes[self.written...])
    }
}
