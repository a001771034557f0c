import Timekeeping

/// Validates and numbers the packets of the stream that we receive, and counts what happens to it.
///
/// RFC 3550 appendices A.1 (validity, restarts), A.3 (losses) and A.8 (jitter). The first source is taken at its first
/// packet. Another SSRC, or a jump of the sequence number, must show two packets in a row before it is followed, so that
/// one stray packet moves nothing; an SSRC whose packet is authenticated is followed at once.
package struct RTPReceiver: Sendable {
    /// What a packet is to the stream.
    package enum Reception: Hashable, Sendable {
        /// A new packet of the stream, in order or not.
        case accepted(ExtendedSequenceNumber)
        /// The first packet of another source, or of one that restarted: its timestamps have nothing to do with earlier ones.
        case restarted(ExtendedSequenceNumber)
        /// Perhaps a restart: not to be played, the next packet decides.
        case held
        /// Received before.
        case duplicate
    }

    private struct Source: Sendable {
        var ssrc: SSRC
        var highest: SequenceNumber
        var cycles: UInt32 = 0
        var baseExtended: UInt32
        var received: UInt32 = 0
        /// Bit n is set when the packet n before `highest` was received.
        var seen: UInt128 = 1
        /// What `highest` is in the session's own count.
        var number: Int64
        var transit: Int32?
        var expectedPrior: UInt32 = 0
        var receivedPrior: UInt32 = 0
        var lastSenderReport: (middle: UInt32, at: Instant)?

        var highestExtended: UInt32 { self.cycles << 16 | UInt32(self.highest.rawValue) }
        var expected: UInt32 { self.highestExtended &- self.baseExtended &+ 1 }
        /// Negative when duplicates of the network outnumber losses; RFC 3550 section 6.4.1 allows that.
        var lost: Int64 { Int64(self.expected) - Int64(self.received) }
    }

    /// A source, or a place in the sequence, that has shown one packet.
    private struct Suspect: Hashable, Sendable {
        var ssrc: SSRC
        var awaited: SequenceNumber
    }

    private var source: Source?
    private var suspect: Suspect?
    /// Interarrival jitter in sixteenths of a clock unit, as A.8 keeps it.
    private var scaledJitter: UInt32 = 0
    private var lostEarlier: Int64 = 0
    private let clockRate: UInt32

    /// New packets of the stream, duplicates not counted.
    package private(set) var packets: UInt64 = 0
    /// Payload octets of these packets.
    package private(set) var octets: UInt64 = 0
    package private(set) var duplicates: UInt64 = 0
    /// Changes of SSRC and jumps of the sequence number that were followed.
    package private(set) var restarts: UInt64 = 0
    /// Packets held back as the possible start of another source.
    package private(set) var held: UInt64 = 0

    package init(clockRate: UInt32 = 8_000) {
        precondition(clockRate > 0, "a stream has a clock")
        self.clockRate = clockRate
    }

    /// The source that is followed now.
    package var ssrc: SSRC? { self.source?.ssrc }

    /// Packets expected but not received, over all sources so far; never negative.
    package var lost: Int64 {
        max(0, self.lostEarlier + (self.source?.lost ?? 0))
    }

    /// Interarrival jitter (RFC 3550 section 6.4.1).
    package var jitter: Duration {
        .nanoseconds(Int64(self.scaledJitter >> 4) * 1_000_000_000 / Int64(self.clockRate))
    }

    /// Takes one packet.
    ///
    /// - Parameters:
    ///   - isAuthenticated: SRTP has proved the sender; a new SSRC is then followed without a second packet.
    ///   - countsForJitter: false for telephone events, whose timestamps stand still.
    package mutating func receive(
        _ packet: RTPPacket, at now: Instant, isAuthenticated: Bool = false, countsForJitter: Bool = true
    ) -> Reception {
        let reception = self.place(packet, isAuthenticated: isAuthenticated)
        switch reception {
        case .accepted, .restarted:
            self.packets += 1
            self.octets += UInt64(packet.payload.count)
            if countsForJitter { self.updateJitter(packet.timestamp, at: now) }
        case .held:
            self.held += 1
        case .duplicate:
            self.duplicates += 1
        }
        return reception
    }

    /// Notes a sender report of the source that is followed, for the next report block.
    package mutating func receive(_ report: SenderReport, at now: Instant) {
        guard report.ssrc == self.source?.ssrc else { return }
        self.source?.lastSenderReport = (report.ntpTimestamp.middle, now)
    }

    /// The block about this stream for our next report; nil before the first packet. Begins a new interval.
    package mutating func reportBlock(at now: Instant) -> ReportBlock? {
        guard var source else { return nil }
        let expected = source.expected &- source.expectedPrior
        let received = source.received &- source.receivedPrior
        let lost = Int64(expected) - Int64(received)
        source.expectedPrior = source.expected
        source.receivedPrior = source.received
        self.source = source
        return ReportBlock(
            ssrc: source.ssrc,
            fractionLost: expected == 0 || lost <= 0 ? 0 : UInt8(min(255, lost * 256 / Int64(expected))),
            cumulativeLost: Int32(min(max(source.lost, -0x80_0000), 0x7F_FFFF)),
            highestSequenceNumber: source.highestExtended, jitter: self.scaledJitter >> 4,
            lastSenderReport: source.lastSenderReport?.middle ?? 0,
            delaySinceLastSenderReport: source.lastSenderReport.map { Self.shortForm(of: $0.at.duration(to: now)) } ?? 0
        )
    }

    private mutating func place(_ packet: RTPPacket, isAuthenticated: Bool) -> Reception {
        guard var source else {
            return .accepted(self.begin(packet, number: 0))
        }
        guard packet.ssrc == source.ssrc else {
            return self.follow(packet, after: source, atOnce: isAuthenticated)
        }
        let step = Int(source.highest.distance(to: packet.sequenceNumber))
        switch step {
        case 1..<Self.dropoutMax:
            if packet.sequenceNumber.rawValue < source.highest.rawValue { source.cycles &+= 1 }
            source.highest = packet.sequenceNumber
            source.number += Int64(step)
            source.seen = (step < UInt128.bitWidth ? source.seen << UInt128(step) : 0) | 1
        case (-Self.misorderMax)...0:
            let bit = UInt128(1) << UInt128(-step)
            guard source.seen & bit == 0 else { return .duplicate }
            source.seen |= bit
        default:
            return self.follow(packet, after: source, atOnce: false)
        }
        source.received &+= 1
        self.suspect = nil
        self.source = source
        return .accepted(ExtendedSequenceNumber(step > 0 ? source.number : source.number + Int64(step)))
    }

    private mutating func follow(_ packet: RTPPacket, after source: Source, atOnce: Bool) -> Reception {
        guard atOnce || self.suspect == Suspect(ssrc: packet.ssrc, awaited: packet.sequenceNumber) else {
            self.suspect = Suspect(ssrc: packet.ssrc, awaited: packet.sequenceNumber.next)
            return .held
        }
        self.lostEarlier += source.lost
        self.restarts += 1
        // Beyond the reach of any late packet, so that no number is given twice.
        return .restarted(self.begin(packet, number: source.number + Int64(Self.misorderMax) + 1))
    }

    private mutating func begin(_ packet: RTPPacket, number: Int64) -> ExtendedSequenceNumber {
        self.suspect = nil
        self.scaledJitter = 0
        self.source = Source(
            ssrc: packet.ssrc, highest: packet.sequenceNumber, baseExtended: UInt32(packet.sequenceNumber.rawValue),
            received: 1, number: number)
        return ExtendedSequenceNumber(number)
    }

    private mutating func updateJitter(_ timestamp: RTPTimestamp, at now: Instant) {
        let seconds = now.nanosecondsSinceOrigin / 1_000_000_000
        let rest = now.nanosecondsSinceOrigin % 1_000_000_000
        let arrival = seconds &* Int64(self.clockRate) &+ rest * Int64(self.clockRate) / 1_000_000_000
        let transit = Int32(truncatingIfNeeded: arrival &- Int64(timestamp.rawValue))
        if let previous = self.source?.transit {
            // A jump of the peer's clock is no jitter: differences beyond a minute's worth are left out.
            let difference = (transit &- previous).magnitude
            if difference < 60 * self.clockRate {
                self.scaledJitter = self.scaledJitter &+ difference &- ((self.scaledJitter &+ 8) >> 4)
            }
        }
        self.source?.transit = transit
    }

    /// A duration in units of 1/65536 s (RFC 3550 section 6.4.1), at its largest beyond 18 hours.
    private static func shortForm(of duration: Duration) -> UInt32 {
        let nanoseconds = max(0, min(duration.inNanoseconds, 65_535 * 1_000_000_000))
        return UInt32(nanoseconds / 1_000 * 65_536 / 1_000_000)
    }

    /// MAX_DROPOUT of A.1: a larger step forward is a restart.
    package static let dropoutMax = 3_000
    /// MAX_MISORDER of A.1: a packet further behind is a restart.
    package static let misorderMax = 100
}
