import Synchronization

/// The way from a media thread to the recording thread: one producer, one consumer, bounded, without lock or allocation.
///
/// A slot holds a frame of both sides, and is an atomic of its own that is stored and loaded relaxed; the two positions
/// publish the slots (release) and observe them (acquire). So the ring needs neither an unsafe pointer nor a promise to
/// the compiler (docs/decisions/0005). Positions only grow; 64 bits of them outlast the machine.
///
/// When the ring is full, frames are dropped and remembered as one hole, which the producer announces, with its place,
/// once there is room again: the consumer puts silence there, and everything later stays on the wire's clock.
final class RecordingRing: Sendable {
    /// 2.048 s at 8 kHz.
    static let capacity = 16_384
    private static let holesMax = 64

    private let slots = InlineArray<16_384, Atomic<UInt32>> { _ in Atomic(0) }
    /// Each hole: the position that it precedes, and its length in frames.
    private let holePositions = InlineArray<64, Atomic<UInt64>> { _ in Atomic(0) }
    private let holeLengths = InlineArray<64, Atomic<UInt64>> { _ in Atomic(0) }

    private let written = Atomic<UInt64>(0)
    private let read = Atomic<UInt64>(0)
    private let holesWritten = Atomic<UInt64>(0)
    private let holesRead = Atomic<UInt64>(0)
    /// Frames dropped since the last announced hole. Only the producer writes it.
    private let openHole = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)
    private let isFinished = Atomic<Bool>(false)

    /// Frames that were dropped so far.
    var droppedCount: UInt64 { self.dropped.load(ordering: .relaxed) }

    var pendingCount: Int {
        // Read first: the other position can only have grown since, so the difference is never negative.
        let read = self.read.load(ordering: .acquiring)
        return Int(self.written.load(ordering: .acquiring) - read)
    }

    /// Whether anything came, be it only a hole; what a call that is never answered has not.
    var hasBegun: Bool { self.written.load(ordering: .acquiring) > 0 || self.droppedCount > 0 }

    /// Whether the producer has said its last word. Ask before the last drain: what it said before is then visible.
    var hasFinished: Bool { self.isFinished.load(ordering: .acquiring) }

    /// Frames dropped after the last frame in the ring; final once the producer has finished.
    var trailingHole: UInt64 { self.openHole.load(ordering: .acquiring) }

    /// Producer: adds one frame for each pair of samples, all or none. False when there is no room.
    func append(left: Span<Int16>, right: Span<Int16>) -> Bool {
        precondition(left.count == right.count, "both sides of a recording have the same clock")
        if left.count == 0 { return true }
        let start = self.written.load(ordering: .relaxed)
        let isRoom = Int(start - self.read.load(ordering: .acquiring)) + left.count <= Self.capacity
        guard isRoom && self.announceHole(at: start) else {
            self.openHole.wrappingAdd(UInt64(left.count), ordering: .releasing)
            self.dropped.wrappingAdd(UInt64(left.count), ordering: .relaxed)
            return false
        }
        for index in 0..<left.count {
            let low = UInt32(UInt16(bitPattern: left[index]))
            let high = UInt32(UInt16(bitPattern: right[index]))
            let slot = Int(truncatingIfNeeded: start &+ UInt64(index)) & (Self.capacity - 1)
            self.slots[slot].store(low | high << 16, ordering: .relaxed)
        }
        self.written.store(start + UInt64(left.count), ordering: .releasing)
        return true
    }

    /// Producer: nothing follows.
    func finish() {
        self.isFinished.store(true, ordering: .releasing)
    }

    /// Consumer: takes out what is there, up to `framesMax` frames, in order, and returns how many frames those were.
    func drain(framesMax: Int, _ body: (RecordingPiece) -> Void) -> Int {
        var position = self.read.load(ordering: .relaxed)
        let end = min(self.written.load(ordering: .acquiring), position + UInt64(framesMax))
        let taken = Int(end - position)
        while position < end {
            let next = self.takeHoles(at: position, body)
            for place in position..<min(next ?? end, end) {
                let slot = Int(truncatingIfNeeded: place) & (Self.capacity - 1)
                body(.frame(self.slots[slot].load(ordering: .relaxed)))
            }
            position = min(next ?? end, end)
        }
        self.read.store(end, ordering: .releasing)
        return taken
    }

    /// Tells of every hole that lies at `position`, and returns where the next one lies, if one is known.
    private func takeHoles(at position: UInt64, _ body: (RecordingPiece) -> Void) -> UInt64? {
        while true {
            let index = self.holesRead.load(ordering: .relaxed)
            guard index < self.holesWritten.load(ordering: .acquiring) else { return nil }
            let slot = Int(truncatingIfNeeded: index) & (Self.holesMax - 1)
            let place = self.holePositions[slot].load(ordering: .relaxed)
            if place > position { return place }
            body(.silence(frames: self.holeLengths[slot].load(ordering: .relaxed)))
            self.holesRead.store(index + 1, ordering: .releasing)
        }
    }

    /// Producer: gives an open hole its place. False when too many holes wait, which keeps this one open.
    private func announceHole(at position: UInt64) -> Bool {
        let length = self.openHole.load(ordering: .relaxed)
        if length == 0 { return true }
        let index = self.holesWritten.load(ordering: .relaxed)
        guard Int(index - self.holesRead.load(ordering: .acquiring)) < Self.holesMax else { return false }
        let slot = Int(truncatingIfNeeded: index) & (Self.holesMax - 1)
        self.holePositions[slot].store(position, ordering: .relaxed)
        self.holeLengths[slot].store(length, ordering: .relaxed)
        self.holesWritten.store(index + 1, ordering: .releasing)
        self.openHole.store(0, ordering: .releasing)
        return true
    }
}

/// What comes out of a ring.
enum RecordingPiece {
    /// One sample of each side: left in the low half, right in the high half.
    case frame(UInt32)
    /// As many frames were dropped here.
    case silence(frames: UInt64)
}
