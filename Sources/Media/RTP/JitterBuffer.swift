import Timekeeping

/// Holds received audio packets for a short while and gives them out in order, one at a time, as play-out asks.
///
///     idle ──first packet is due──▶ playing ──pause or 100 ms of underrun──▶ idle
///
/// A packet is due `delay` after it arrived; from then on the timeline of the sender's timestamps is kept: a lost packet
/// leaves a `.missing` slot of its length. When the buffer runs dry the slot is missing too, but the timeline waits, so
/// that a packet that is merely late still plays and the delay grows by what was missing. A packet that follows its
/// forerunner without loss but with a gap in time (DTX, a talk spurt) or with a timestamp that jumped, and the first
/// packet after a restart, starts the timeline anew from its own arrival. What stands in the buffer never exceeds
/// `depthMax`: the oldest packets make room and are counted as skipped.
///
/// The delay holds for what starts anew; whoever plays what comes out can make it longer or shorter under way, by playing
/// the same packets for a longer or a shorter time (`PlayoutDelay` says by how much). Bounded by `slotsMax` packets and `cellsMax` × 160 octets,
/// all allocated at the start. Times are in units of the media clock.
package struct JitterBuffer: Sendable {
    /// What became of a packet that was inserted.
    package enum Insertion: Hashable, Sendable {
        case queued
        /// It stands in the buffer already.
        case duplicate
        /// Its slot has been played or skipped.
        case late
        /// Empty, longer than `payloadLengthMax`, longer than `durationMax`, or there is no room.
        case refused
    }

    /// What plays next.
    package enum Slot: Hashable, Sendable {
        /// `lengthInBytes` octets of payload that play for `samples` clock units; `arrival` is when they were received, and
        /// `timestamp` what the sender had stamped on them.
        case packet(
            payloadType: PayloadType, lengthInBytes: Int, samples: UInt32, arrival: Instant, timestamp: RTPTimestamp)
        /// Audio that should be here and is not: conceal `samples` clock units.
        case missing(samples: UInt32)
        /// Nothing is meant to play: before the first packet, in a pause, or after a long underrun.
        case empty
    }

    private struct Entry: Sendable {
        var sequence: ExtendedSequenceNumber
        /// On the buffer's own timeline, which does not wrap.
        var start: Int64
        var samples: UInt32
        var payloadType: PayloadType
        var arrival: Instant
        var timestamp: RTPTimestamp
        /// The gap before this packet is no loss.
        var startsAnew: Bool
        var chain: CellStore.Chain

        var end: Int64 { self.start + Int64(self.samples) }
    }

    private enum State: Hashable, Sendable {
        case idle
        /// `position` is where the next sample plays; `underrun` counts what was missing since the buffer ran dry.
        case playing(position: Int64, underrun: Int64)
    }

    /// The place of the newest packet: later packets are related to it.
    private struct Newest: Hashable, Sendable {
        var sequence: ExtendedSequenceNumber
        var timestamp: RTPTimestamp
        var start: Int64
        var samples: UInt32
    }

    private var state = State.idle
    private var entries: [Entry] = []
    private var cells: CellStore
    private var newest: Newest?
    private let clockRate: UInt32
    private let depthMax: Int64
    private let underrunMax: Int64

    /// How long the first packet of a talk spurt waits for those behind it.
    package private(set) var delay: Duration
    /// The sender has said that it pauses: the end of what is queued is no loss.
    private var isPauseAnnounced = false
    /// Packets that came after their slot had passed.
    package private(set) var late: UInt64 = 0
    /// Packets that stood in the buffer already.
    package private(set) var duplicates: UInt64 = 0
    /// Packets thrown away so that the delay stays within `depthMax`.
    package private(set) var skipped: UInt64 = 0
    /// Packets that could not be stored.
    package private(set) var refused: UInt64 = 0
    /// Missing slots given out: what concealment had to fill.
    package private(set) var missing: UInt64 = 0

    /// Packets that the buffer holds at most.
    package static let slotsMax = 64
    /// Cells of 160 octets for their payloads: 20 ms of G.711 each.
    package static let cellsMax = 96
    /// 200 ms of G.711.
    package static let payloadLengthMax = 1_600
    /// The longest packet.
    package static let durationMax: Duration = .milliseconds(200)

    /// - Parameters:
    ///   - clockRate: of the media clock in hertz.
    ///   - delay: 0 to 1 s; two packets of 20 ms unless told otherwise.
    ///   - depthMax: how much audio may stand in the buffer beyond `delay`; at least two of the longest packets.
    package init(
        clockRate: UInt32 = 8_000, delay: Duration = .milliseconds(40), depthMax: Duration = .milliseconds(400)
    ) {
        precondition(clockRate > 0 && delay >= .zero && delay <= .seconds(1), "a delay between 0 and 1 s")
        self.clockRate = clockRate
        self.delay = delay
        self.depthMax = Self.units(delay + max(depthMax, Self.durationMax * 2), clockRate: clockRate)
        self.underrunMax = Self.units(.milliseconds(100), clockRate: clockRate)
        self.cells = CellStore(cellsMax: Self.cellsMax)
        self.entries.reserveCapacity(Self.slotsMax)
    }

    /// Packets in the buffer.
    package var count: Int { self.entries.count }

    /// Audio in the buffer, gaps included.
    package var depth: Duration {
        guard let first = self.entries.first, let last = self.entries.last else { return .zero }
        return .nanoseconds((last.end - first.start) * 1_000_000_000 / Int64(self.clockRate))
    }

    /// Stores a packet of `datagram`.
    ///
    /// - Parameters:
    ///   - sequence: its number from `RTPReceiver`.
    ///   - restarts: the source is another one or has restarted.
    ///   - samples: how long its payload plays, in clock units.
    package mutating func insert(
        _ packet: RTPPacket, of datagram: Span<UInt8>, sequence: ExtendedSequenceNumber, restarts: Bool = false,
        samples: UInt32, at now: Instant
    ) -> Insertion {
        guard !packet.payload.isEmpty, packet.payload.count <= Self.payloadLengthMax, samples > 0,
            Int64(samples) <= Self.units(Self.durationMax, clockRate: self.clockRate)
        else { return self.count(.refused) }
        let place = self.place(packet, sequence: sequence, restarts: restarts)
        if case .playing(let position, _) = self.state, place.start < position, !place.startsAnew {
            return self.count(.late)
        }
        var index = self.entries.endIndex
        while index > 0, self.entries[index - 1].sequence > sequence { index -= 1 }
        if index > 0, self.entries[index - 1].sequence == sequence { return self.count(.duplicate) }
        guard self.entries.count < Self.slotsMax, let chain = self.cells.store(datagram.extracting(packet.payload))
        else { return self.count(.refused) }
        let entry = Entry(
            sequence: sequence, start: place.start, samples: samples, payloadType: packet.payloadType, arrival: now,
            timestamp: packet.timestamp, startsAnew: place.startsAnew, chain: chain)
        self.entries.insert(entry, at: index)
        if self.newest.map({ sequence > $0.sequence }) ?? true {
            self.isPauseAnnounced = false
            self.newest = Newest(
                sequence: sequence, timestamp: packet.timestamp, start: place.start, samples: samples)
        }
        self.trimToDepthMax()
        return .queued
    }

    /// Gives out what plays next and copies its payload to the start of `payload`, which holds `payloadLengthMax` octets.
    ///
    /// Call it whenever play-out has run out of samples: the answers follow each other on the media clock.
    package mutating func next(at now: Instant, into payload: inout MutableSpan<UInt8>) -> Slot {
        switch self.state {
        case .idle:
            guard let first = self.entries.first, first.arrival + self.delay <= now else { return .empty }
            return self.play(into: &payload)
        case .playing(let position, let underrun):
            guard let first = self.entries.first else {
                return self.runDry(at: position, underrun: underrun)
            }
            let gap = first.start - position - underrun
            guard gap > 0 else { return self.play(into: &payload) }
            guard !first.startsAnew else {
                self.state = .idle
                return self.next(at: now, into: &payload)
            }
            let samples = min(gap, Int64(first.samples))
            self.state = .playing(position: position + underrun + samples, underrun: 0)
            self.missing += 1
            return .missing(samples: UInt32(samples))
        }
    }

    /// Copies the payload of the packet that plays right behind the slot given out last to the start of `payload`, and
    /// returns its length: 0 when it is not there yet. Concealment meets it. The packet stays where it is.
    package func peek(into payload: inout MutableSpan<UInt8>) -> Int {
        guard case .playing(let position, let underrun) = self.state, let first = self.entries.first,
            !first.startsAnew, first.start == position + underrun
        else { return 0 }
        self.cells.load(first.chain, into: &payload)
        return first.chain.lengthInBytes
    }

    /// What starts from now on is held for so long; what plays goes on as it does.
    package mutating func setDelay(_ delay: Duration) {
        precondition(delay >= .zero && delay <= .seconds(1), "a delay between 0 and 1 s")
        self.delay = delay
    }

    /// The sender has said by a packet without audio (RFC 3389) that it pauses: what follows the packets before this one
    /// is no loss, and the next packet with audio starts anew.
    package mutating func pause(at sequence: ExtendedSequenceNumber) {
        guard let newest, sequence > newest.sequence else { return }
        self.newest?.sequence = sequence
        self.isPauseAnnounced = true
    }

    /// Forgets everything that waits; the next packet starts anew.
    package mutating func clear() {
        for entry in self.entries { self.cells.release(entry.chain) }
        self.entries.removeAll(keepingCapacity: true)
        self.newest = nil
        self.isPauseAnnounced = false
        self.state = .idle
    }

    private mutating func play(into payload: inout MutableSpan<UInt8>) -> Slot {
        let entry = self.entries.removeFirst()
        self.cells.load(entry.chain, into: &payload)
        self.cells.release(entry.chain)
        self.state = .playing(position: entry.end, underrun: 0)
        return .packet(
            payloadType: entry.payloadType, lengthInBytes: entry.chain.lengthInBytes, samples: entry.samples,
            arrival: entry.arrival, timestamp: entry.timestamp)
    }

    /// The buffer is empty: the timeline waits, for as long as concealment makes sense.
    private mutating func runDry(at position: Int64, underrun: Int64) -> Slot {
        guard underrun < self.underrunMax, !self.isPauseAnnounced, let samples = self.newest?.samples else {
            self.state = .idle
            return .empty
        }
        self.state = .playing(position: position, underrun: underrun + Int64(samples))
        self.missing += 1
        return .missing(samples: samples)
    }

    /// Where a packet belongs on the buffer's timeline.
    private func place(
        _ packet: RTPPacket, sequence: ExtendedSequenceNumber, restarts: Bool
    ) -> (start: Int64, startsAnew: Bool) {
        guard let newest else { return (0, true) }
        let step = Int64(newest.timestamp.distance(to: packet.timestamp))
        let follows = newest.start + Int64(newest.samples)
        guard sequence > newest.sequence, !restarts else {
            return restarts ? (follows + 1, true) : (newest.start + step, false)
        }
        // A step back, or one larger than the buffer is deep, says nothing about the time that passed here.
        guard step > 0, step <= self.depthMax else { return (follows + 1, true) }
        let isNext = sequence.rawValue == newest.sequence.rawValue + 1
        return (newest.start + step, isNext && step > Int64(newest.samples))
    }

    private mutating func trimToDepthMax() {
        while self.entries.count > 1, let first = self.entries.first, let last = self.entries.last,
            last.end - first.start > self.depthMax
        {
            self.cells.release(first.chain)
            self.entries.removeFirst()
            self.skipped += 1
            if case .playing = self.state, let next = self.entries.first {
                self.state = .playing(position: next.start, underrun: 0)
            }
        }
    }

    private mutating func count(_ insertion: Insertion) -> Insertion {
        switch insertion {
        case .queued: break
        case .duplicate: self.duplicates += 1
        case .late: self.late += 1
        case .refused: self.refused += 1
        }
        return insertion
    }

    private static func units(_ duration: Duration, clockRate: UInt32) -> Int64 {
        duration.inNanoseconds * Int64(clockRate) / 1_000_000_000
    }
}
