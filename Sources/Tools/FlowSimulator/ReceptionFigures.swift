import Timekeeping

/// What arrived of one RTP stream: loss, order and jitter, counted here and not by the gateway's receiver.
///
/// A new SSRC, or a jump of more than 3,000 in the sequence, begins a new span; the figures add up over the spans.
package struct ReceptionFigures: Hashable, Sendable {
    private(set) package var packets = 0
    private(set) package var octets = 0
    private(set) package var duplicates = 0
    /// Packets that came after one with a higher sequence number.
    private(set) package var reordered = 0
    /// RFC 3550 section 6.4.1, in timestamp units of 1/8,000 s.
    private(set) package var jitterInTimestampUnits = 0.0
    private var span: Span?
    private var lostBefore = 0
    private var transit: Int64?

    private struct Span: Hashable, Sendable {
        var source: UInt32
        var base: Int
        var highest: Int
        var received = 0
        /// Which of the last 64 sequence numbers below `highest` were seen; bit 0 is `highest` itself.
        var seen: UInt64 = 1

        var lost: Int { max(0, self.highest - self.base + 1 - self.received) }
    }

    private static let jumpMax = 3_000

    package init() {}

    package var lost: Int { self.lostBefore + (self.span?.lost ?? 0) }
    package var jitter: Duration { .microseconds(Int64(self.jitterInTimestampUnits * 125)) }

    /// - Parameter isAudio: False for an event of RFC 4733: its packets share a timestamp and say nothing of jitter.
    package mutating func received(
        source: UInt32, sequence: UInt16, timestamp: UInt32, lengthInBytes: Int, isAudio: Bool, at now: Instant
    ) {
        self.packets += 1
        self.octets += lengthInBytes
        var span = self.continuedSpan(source: source, sequence: sequence)
        let step = Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: span.highest)))
        if span.received == 0 {
            span.received = 1
        } else if step > 0 {
            span.seen = (step < 64 ? span.seen << UInt64(step) : 0) | 1
            span.highest += step
            span.received += 1
        } else if step > -64, span.seen & (1 << UInt64(-step)) != 0 {
            self.duplicates += 1
        } else {
            span.seen |= step > -64 ? 1 << UInt64(-step) : 0
            span.received += 1
            self.reordered += 1
        }
        self.span = span
        if isAudio { self.measureJitter(timestamp: timestamp, at: now) }
    }

    private mutating func continuedSpan(source: UInt32, sequence: UInt16) -> Span {
        if let span = self.span, span.source == source {
            let step = Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: span.highest)))
            if abs(step) <= Self.jumpMax { return span }
        }
        self.lostBefore += self.span?.lost ?? 0
        self.transit = nil
        return Span(source: source, base: Int(sequence), highest: Int(sequence))
    }

    private mutating func measureJitter(timestamp: UInt32, at now: Instant) {
        let arrival = now.nanosecondsSinceOrigin / 125_000
        let transit = Int64(UInt32(truncatingIfNeeded: arrival) &- timestamp)
        if let last = self.transit {
            let difference = abs(Int64(Int32(truncatingIfNeeded: transit &- last)))
            self.jitterInTimestampUnits += (Double(difference) - self.jitterInTimestampUnits) / 16
        }
        self.transit = transit
    }
}
