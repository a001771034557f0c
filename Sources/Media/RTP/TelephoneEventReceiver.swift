import Timekeeping

/// Turns received RFC 4733 reports into events, each told once, whichever of its packets are lost.
///
/// Reports of one event share a timestamp. An event ends with its first E report; when all of those are lost, with the
/// first report of another event or after three packet times of silence. Segments of a long event (section 2.5.1.3)
/// count as one.
package struct TelephoneEventReceiver: Sendable {
    /// An event that is over.
    package struct Ended: Hashable, Sendable {
        package var event: TelephoneEvent
        /// As far as the reports that arrived tell; the longest representable is bounded by `durationMax`.
        package var duration: Duration

        package init(event: TelephoneEvent, duration: Duration) {
            self.event = event
            self.duration = duration
        }
    }

    /// What one report means.
    package struct Reception: Hashable, Sendable {
        /// The event that this report shows to be over.
        package var ended: Ended?
        /// The event that this report is the first sign of.
        package var began: TelephoneEvent?

        package static let nothing = Reception()
    }

    private struct Sounding: Hashable, Sendable {
        var event: TelephoneEvent
        /// Where the present segment began.
        var timestamp: RTPTimestamp
        /// Clock units of earlier segments.
        var closed: UInt32
        /// Clock units of the present segment, the longest report so far.
        var duration: UInt16
        var packetTime: Duration
        var heardAt: Instant
    }

    private enum State: Hashable, Sendable {
        case idle
        case sounding(Sounding)
    }

    private var state = State.idle
    private var endedLast: RTPTimestamp?
    private let clockRate: UInt32

    /// An event that goes on for longer is told in parts of this length.
    package static let durationMax: Duration = .seconds(60)

    package init(clockRate: UInt32 = 8_000) {
        precondition(clockRate > 0, "telephone events need a clock")
        self.clockRate = clockRate
    }

    /// When silence will end the event that sounds; nil when none does.
    package var deadline: Instant? {
        guard case .sounding(let sounding) = self.state else { return nil }
        return sounding.heardAt + sounding.packetTime * Self.silentPacketsMax
    }

    /// Takes one report, with the timestamp of its packet. Reports of an event that is over mean nothing.
    package mutating func receive(
        _ report: TelephoneEventPayload, timestamp: RTPTimestamp, at now: Instant
    ) -> Reception {
        if let endedLast, self.isOld(timestamp, endedLast: endedLast) { return .nothing }
        switch self.state {
        case .idle:
            return self.begin(report, timestamp: timestamp, at: now)
        case .sounding(let sounding):
            if let continued = self.continuation(of: sounding, by: report, timestamp: timestamp, at: now) {
                return self.settle(continued, isEnd: report.isEnd)
            }
            guard sounding.timestamp.distance(to: timestamp) > 0 else { return .nothing }
            let ended = self.end(sounding)
            var reception = self.begin(report, timestamp: timestamp, at: now)
            // One report cannot close two events: a lone E report of a new event is told when it repeats or times out.
            if reception.ended != nil {
                self.state = .sounding(self.sounding(report, timestamp: timestamp, at: now))
                self.endedLast = sounding.timestamp
            }
            reception.ended = ended
            return reception
        }
    }

    /// Ends the event that has been silent for three packet times; nil when `deadline` has not come.
    package mutating func handleTimeout(at now: Instant) -> Ended? {
        guard case .sounding(let sounding) = self.state, let deadline, deadline <= now else { return nil }
        return self.end(sounding)
    }

    /// Forgets timestamps: the source has restarted. Returns the event that sounded.
    package mutating func restart() -> Ended? {
        defer { self.endedLast = nil }
        guard case .sounding(let sounding) = self.state else { return nil }
        return self.end(sounding)
    }

    private mutating func begin(_ report: TelephoneEventPayload, timestamp: RTPTimestamp, at now: Instant) -> Reception
    {
        let sounding = self.sounding(report, timestamp: timestamp, at: now)
        var reception = self.settle(sounding, isEnd: report.isEnd)
        reception.began = report.event
        return reception
    }

    private mutating func settle(_ sounding: Sounding, isEnd: Bool) -> Reception {
        guard isEnd || self.duration(of: sounding) >= Self.durationMax else {
            self.state = .sounding(sounding)
            return .nothing
        }
        return Reception(ended: self.end(sounding), began: nil)
    }

    private mutating func end(_ sounding: Sounding) -> Ended {
        self.state = .idle
        self.endedLast = sounding.timestamp
        return Ended(event: sounding.event, duration: self.duration(of: sounding))
    }

    private func sounding(_ report: TelephoneEventPayload, timestamp: RTPTimestamp, at now: Instant) -> Sounding {
        Sounding(
            event: report.event, timestamp: timestamp, closed: 0, duration: report.duration,
            packetTime: Self.packetTimeDefault, heardAt: now)
    }

    /// The same event, heard again: the same timestamp, or the segment that follows on the present one.
    private func continuation(
        of sounding: Sounding, by report: TelephoneEventPayload, timestamp: RTPTimestamp, at now: Instant
    ) -> Sounding? {
        guard report.event == sounding.event else { return nil }
        var sounding = sounding
        if timestamp == sounding.timestamp {
            if report.duration > sounding.duration {
                let step = self.duration(ofUnits: UInt32(report.duration - sounding.duration))
                sounding.packetTime = min(max(step, Self.packetTimeDefault), Self.packetTimeMax)
                sounding.duration = report.duration
            }
        } else if timestamp == sounding.timestamp.advanced(by: 0xFFFF) {
            sounding.closed += 0xFFFF
            sounding.timestamp = timestamp
            sounding.duration = report.duration
        } else {
            return nil
        }
        sounding.heardAt = now
        return sounding
    }

    /// Whether a report belongs to the event that ended last or to one before it; older than 5 s is a clock that jumped.
    private func isOld(_ timestamp: RTPTimestamp, endedLast: RTPTimestamp) -> Bool {
        let distance = endedLast.distance(to: timestamp)
        return distance <= 0 && distance > -5 * Int32(self.clockRate)
    }

    private func duration(of sounding: Sounding) -> Duration {
        self.duration(ofUnits: sounding.closed + UInt32(sounding.duration))
    }

    private func duration(ofUnits units: UInt32) -> Duration {
        .nanoseconds(Int64(units) * 1_000_000_000 / Int64(self.clockRate))
    }

    private static let packetTimeDefault: Duration = .milliseconds(20)
    private static let packetTimeMax: Duration = .milliseconds(100)
    private static let silentPacketsMax = 3
}
