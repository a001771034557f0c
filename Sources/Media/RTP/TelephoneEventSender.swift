import Timekeeping

/// Sends digits as RFC 4733 events, one packet in each 20 ms slot in place of audio.
///
///     idle ──enqueue──▶ sounding ──duration reached──▶ ending (3 packets) ──▶ pausing ──gap over──▶ idle or sounding
///
/// All packets of an event carry the timestamp of its beginning and a growing duration; the first has the marker bit and
/// the one that ends it is sent three times (section 2.5.1). An event longer than 65,535 clock units goes out as
/// contiguous segments (section 2.5.1.3). Between two events lies a gap, so that the far end hears two digits.
package struct TelephoneEventSender: Sendable {
    /// What to do with this slot.
    package enum Slot: Hashable, Sendable {
        /// Nothing waits: the slot belongs to audio.
        case audio
        /// Send this packet and no audio.
        case packet(TelephoneEventPacket)
        /// Send nothing: the pause between digits.
        case pause
        /// Send this packet, the last of its event; the digit is done.
        case lastPacket(TelephoneEventPacket)
    }

    private struct Sounding: Hashable, Sendable {
        var event: TelephoneEvent
        /// The whole event's length in clock units.
        var length: UInt32
        /// Clock units already reported by closed segments.
        var closed: UInt32 = 0
        /// Clock units since the event began.
        var elapsed: UInt32 = 0
        /// Where the present segment began.
        var timestamp: RTPTimestamp
        var isFirst = true
    }

    private enum State: Hashable, Sendable {
        case idle
        case sounding(Sounding)
        case ending(TelephoneEventPacket, left: Int)
        case pausing(left: UInt32)
    }

    private var state = State.idle
    private var waiting: [(event: TelephoneEvent, length: UInt32)] = []
    private let clockRate: UInt32
    private let gap: UInt32

    /// Digits that may wait; `enqueue` refuses more.
    package static let waitingMax = 128
    /// Power below full scale of what we send: -10 dBm0, as softphones do.
    package static let volume: UInt8 = 10
    /// Duration of one digit unless told otherwise.
    package static let durationDefault: Duration = .milliseconds(100)

    /// - Parameters:
    ///   - clockRate: the clock of the telephone-event payload type in hertz.
    ///   - gap: the pause after each digit; at least 40 ms.
    package init(clockRate: UInt32 = 8_000, gap: Duration = .milliseconds(40)) {
        precondition(clockRate > 0 && gap >= .milliseconds(40), "digits need a clock and at least 40 ms between them")
        self.clockRate = clockRate
        self.gap = Self.units(gap, clockRate: clockRate)
    }

    package var isIdle: Bool {
        self.state == .idle && self.waiting.isEmpty
    }

    /// Lets `event` follow those already waiting; false when `waitingMax` wait, and then nothing changes.
    ///
    /// - Parameter duration: 40 ms to 60 s; anything outside is moved to the nearer end.
    package mutating func enqueue(_ event: TelephoneEvent, duration: Duration = Self.durationDefault) -> Bool {
        guard self.waiting.count < Self.waitingMax else { return false }
        let bounded = min(max(duration, .milliseconds(40)), .seconds(60))
        self.waiting.append((event, Self.units(bounded, clockRate: self.clockRate)))
        return true
    }

    /// Drops what waits; a digit that sounds ends in the next slot, properly.
    package mutating func cancel() {
        self.waiting.removeAll()
        if case .sounding(var sounding) = self.state {
            sounding.length = sounding.elapsed
            self.state = .sounding(sounding)
        }
    }

    /// Decides the next slot of `samples` clock units, which begins at `timestamp` of the media clock.
    package mutating func nextSlot(at timestamp: RTPTimestamp, samples: UInt32) -> Slot {
        switch self.state {
        case .idle:
            return self.begin(at: timestamp, samples: samples)
        case .sounding(let sounding):
            return self.update(sounding, samples: samples)
        case .ending(let packet, let left):
            guard left > 1 else {
                self.state = .pausing(left: self.gap)
                return .lastPacket(packet)
            }
            self.state = .ending(packet, left: left - 1)
            return .packet(packet)
        case .pausing(let left):
            guard left > 0 else {
                self.state = .idle
                return self.begin(at: timestamp, samples: samples)
            }
            self.state = .pausing(left: left - min(left, samples))
            return .pause
        }
    }

    private mutating func begin(at timestamp: RTPTimestamp, samples: UInt32) -> Slot {
        guard !self.waiting.isEmpty else { return .audio }
        let (event, length) = self.waiting.removeFirst()
        return self.update(Sounding(event: event, length: length, timestamp: timestamp), samples: samples)
    }

    private mutating func update(_ sounding: Sounding, samples: UInt32) -> Slot {
        var sounding = sounding
        if sounding.elapsed >= sounding.length {
            let end = self.packet(of: sounding, isEnd: true)
            self.state = .ending(end, left: Self.endPackets - 1)
            return .packet(end)
        }
        sounding.elapsed = min(sounding.elapsed + samples, sounding.length)
        let packet = self.packet(of: sounding, isEnd: false)
        sounding.isFirst = false
        if sounding.elapsed - sounding.closed >= Self.segmentMax {
            sounding.closed += Self.segmentMax
            sounding.timestamp = sounding.timestamp.advanced(by: Self.segmentMax)
        }
        self.state = .sounding(sounding)
        return .packet(packet)
    }

    private func packet(of sounding: Sounding, isEnd: Bool) -> TelephoneEventPacket {
        let duration = min(sounding.elapsed - sounding.closed, Self.segmentMax)
        return TelephoneEventPacket(
            marker: sounding.isFirst, timestamp: sounding.timestamp,
            payload: TelephoneEventPayload(
                event: sounding.event, isEnd: isEnd, volume: Self.volume, duration: UInt16(duration)))
    }

    private static func units(_ duration: Duration, clockRate: UInt32) -> UInt32 {
        UInt32(duration.inMilliseconds) * clockRate / 1_000
    }

    private static let endPackets = 3
    private static let segmentMax: UInt32 = 0xFFFF
}
