import Addressing
import RTP
import Timekeeping

/// Decides whose RTP is the call's, and thereby where ours goes (symmetric RTP, RFC 4961).
///
/// On an SRTP call the tag decides: an authenticated packet is the far end's wherever it comes from, and moves the latch
/// there. On a plain call the signalled address is believed at once and for good. Any other source (the far end behind a
/// NAT, or a stranger) has to send several packets in a row, spread over the time that they play, while the signalled
/// address stays silent; once latched, nothing but the signalled address or a new negotiation moves it. What does not
/// come from the latch is a stranger's.
///
///     waiting ──signalled source, or an authenticated packet──▶ latched (final on plain RTP)
///        │                                                         ▲
///        └──a candidate's `repetitions` packets in a row──▶ learned ──signalled source──┘
package struct SourceLatch: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// The call's own packet.
        case accept
        /// The call's own packet, the first from this source: RTP now goes there.
        case acceptAndMove(to: TransportAddress)
        /// Somebody else's, or not yet proven: drop and count.
        case stranger
    }

    private enum State: Hashable, Sendable {
        case waiting(Candidate?)
        /// Another source than the signalled one has proved itself by repetition.
        case learned(TransportAddress)
        case latched(TransportAddress)
    }

    private struct Candidate: Hashable, Sendable {
        var source: TransportAddress
        var ssrc: SSRC
        var next: SequenceNumber
        var count: Int
        var since: Instant
    }

    private var state = State.waiting(nil)
    private var signalled: TransportAddress
    private var began: Instant

    /// Packets in a row, each with the next sequence number, that a source other than the signalled one has to send.
    package static let repetitions = 10
    /// The least time over which they have to be spread: ten packets of 20 ms take 180 ms, with leave for jitter.
    package static let spread = Duration.milliseconds(120)
    /// How long the signalled source alone may begin.
    package static let grace = Duration.milliseconds(500)

    package init(signalled: TransportAddress, at now: Instant) {
        self.signalled = signalled
        self.began = now
    }

    /// Where the call's RTP goes: the latched source, or the signalled address until there is one. Nil when that
    /// address can be nobody's.
    package var destination: TransportAddress? {
        let address: TransportAddress
        switch self.state {
        case .waiting: address = self.signalled
        case .learned(let source), .latched(let source): address = source
        }
        let isUsable = address.port != 0 && !address.address.isUnspecified && !address.address.isMulticastOrBroadcast
        return isUsable ? address : nil
    }

    package var isLatched: Bool {
        switch self.state {
        case .waiting: false
        case .learned, .latched: true
        }
    }

    /// A new negotiation named another address: begins anew there. The same address changes nothing.
    package mutating func negotiated(_ signalled: TransportAddress, at now: Instant) {
        guard signalled != self.signalled else { return }
        self = SourceLatch(signalled: signalled, at: now)
    }

    /// Judges a valid RTP packet. `isAuthenticated`: an SRTP tag has been checked, and the packet is no replay.
    package mutating func judge(
        _ packet: RTPPacket, from source: TransportAddress, isAuthenticated: Bool, at now: Instant
    ) -> Verdict {
        if isAuthenticated || source == self.signalled {
            return self.latch(to: source)
        }
        switch self.state {
        case .latched(let latched), .learned(let latched):
            return source == latched ? .accept : .stranger
        case .waiting(let candidate):
            return self.consider(packet, from: source, after: candidate, at: now)
        }
    }

    private mutating func latch(to source: TransportAddress) -> Verdict {
        if self.state == .latched(source) { return .accept }
        self.state = .latched(source)
        return .acceptAndMove(to: source)
    }

    private mutating func consider(
        _ packet: RTPPacket, from source: TransportAddress, after candidate: Candidate?, at now: Instant
    ) -> Verdict {
        guard var candidate, candidate.source == source, candidate.ssrc == packet.ssrc,
            candidate.next == packet.sequenceNumber
        else {
            self.state = .waiting(
                Candidate(
                    source: source, ssrc: packet.ssrc, next: packet.sequenceNumber.next, count: 1, since: now))
            return .stranger
        }
        candidate.count += 1
        candidate.next = packet.sequenceNumber.next
        guard candidate.count >= Self.repetitions, candidate.since.duration(to: now) >= Self.spread,
            self.began.duration(to: now) >= Self.grace
        else {
            self.state = .waiting(candidate)
            return .stranger
        }
        self.state = .learned(source)
        return .acceptAndMove(to: source)
    }
}
