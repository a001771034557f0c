import AudioCodecs
import PCM
import RTP
import Timekeeping

/// The caller's audio on its way in: numbered, put in order, decoded, and cut into frames of 20 ms.
struct CallerVoice: Sendable {
    enum Frame: Hashable, Sendable {
        /// All of it came from packets.
        case audio
        /// Part of it should have come and had not.
        case concealed
        /// The far end sends nothing.
        case silence
    }

    private(set) var receiver: RTPReceiver
    private(set) var jitterBuffer: JitterBuffer
    private var decoder: AudioDecoder
    private var payload: [UInt8]
    private var decoded: [Int16]
    /// What of `decoded` has yet to play.
    private var pending = 0..<0
    /// Whether that fills a hole.
    private var isFilling = false
    private var concealer = LossConcealer()
    /// The audio behind a hole, as far as it is there.
    private var following: [Int16]
    private var followsHole = true
    /// Audio set in after a hole in the frame that was filled last.
    private(set) var setsIn = false
    private var holds = HoldTracker()
    private(set) var framesConcealed: UInt64 = 0

    init(codec: AudioCodec) {
        self.receiver = RTPReceiver(clockRate: codec.clockRate)
        self.jitterBuffer = JitterBuffer(clockRate: codec.clockRate)
        self.decoder = AudioDecoder(codec)
        self.payload = Array(repeating: 0, count: JitterBuffer.payloadLengthMax)
        self.decoded = Array(repeating: 0, count: JitterBuffer.payloadLengthMax)
        self.following = Array(repeating: 0, count: LossConcealer.lookAhead)
    }

    /// A new negotiation chose another codec: what waits was encoded by the old one.
    mutating func change(to codec: AudioCodec) {
        guard codec != self.decoder.codec else { return }
        self.decoder = AudioDecoder(codec)
        self.jitterBuffer.clear()
        self.pending = 0..<0
    }

    /// Numbers a packet of the call; audio goes to the jitter buffer.
    mutating func receive(
        _ packet: RTPPacket, of datagram: Span<UInt8>, isAudio: Bool, isAuthenticated: Bool, at now: Instant
    ) -> RTPReceiver.Reception {
        let reception = self.receiver.receive(
            packet, at: now, isAuthenticated: isAuthenticated, countsForJitter: isAudio)
        switch reception {
        case .accepted(let sequence):
            if isAudio { self.queue(packet, of: datagram, sequence: sequence, restarts: false, at: now) }
        case .restarted(let sequence):
            if isAudio { self.queue(packet, of: datagram, sequence: sequence, restarts: true, at: now) }
        case .held, .duplicate:
            break
        }
        return reception
    }

    mutating func noteSenderReport(_ report: SenderReport, at now: Instant) {
        self.receiver.receive(report, at: now)
    }

    mutating func reportBlock(at now: Instant) -> ReportBlock? {
        self.receiver.reportBlock(at: now)
    }

    /// Fills `frame` with what plays in the slot at `now`.
    mutating func fill(_ frame: inout MutableSpan<Int16>, at now: Instant) -> Frame {
        self.setsIn = false
        var filled = 0
        var isConcealed = false
        var isSilence = true
        while filled < frame.count {
            if !self.pending.isEmpty {
                filled += self.copy(into: &frame, at: filled)
                isConcealed = isConcealed || self.isFilling
                isSilence = isSilence && self.isFilling
            } else if !self.takeNext(at: now, offset: filled) {
                self.concealer.pause(&frame, in: filled..<frame.count)
                isConcealed = isConcealed || !isSilence
                filled = frame.count
            }
        }
        if isConcealed { self.framesConcealed += 1 }
        return isConcealed ? .concealed : isSilence ? .silence : .audio
    }

    /// How long what plays now has been held since the wire brought it, delays of single packets left out; nil before
    /// the first packet of a spurt.
    var hold: Duration? { self.holds.hold }

    private mutating func queue(
        _ packet: RTPPacket, of datagram: Span<UInt8>, sequence: ExtendedSequenceNumber, restarts: Bool,
        at now: Instant
    ) {
        let samples = UInt32(self.decoder.sampleCount(inPayloadOf: packet.payload.count))
        // What becomes of it is counted by the buffer.
        _ = self.jitterBuffer.insert(
            packet, of: datagram, sequence: sequence, restarts: restarts, samples: samples, at: now)
    }

    /// Takes the next packet or hole out of the jitter buffer; false when nothing is meant to play.
    private mutating func takeNext(at now: Instant, offset: Int) -> Bool {
        var payload = self.payload.lend()
        defer { self.payload = payload }
        var decoded = self.decoded.lend()
        defer { self.decoded = decoded }
        var octets = payload.mutableSpan
        switch self.jitterBuffer.next(at: now, into: &octets) {
        case .packet(_, let length, _, let arrival):
            var samples = decoded.mutableSpan
            let count = self.decoder.decode(payload.span.extracting(first: length), into: &samples)
            self.concealer.receive(&samples, in: 0..<count)
            self.pending = 0..<count
            self.isFilling = false
            self.holds.note(arrival.duration(to: now) + SampleRate.hz8000.duration(ofSamples: offset))
            self.setsIn = self.setsIn || self.followsHole
            self.followsHole = false
            return true
        case .missing(let samples):
            let count = Int(samples)
            var following = self.following.lend()
            defer { self.following = following }
            let known = self.peek(&octets, into: &following)
            var hole = decoded.mutableSpan
            self.concealer.conceal(&hole, in: 0..<count, following: following.span.extracting(first: known))
            self.pending = 0..<count
            self.isFilling = true
            self.followsHole = true
            return true
        case .empty:
            if !self.followsHole { self.holds = HoldTracker() }
            self.followsHole = true
            return false
        }
    }

    private mutating func copy(into frame: inout MutableSpan<Int16>, at start: Int) -> Int {
        let count = min(frame.count - start, self.pending.count)
        for index in 0..<count { frame[start + index] = self.decoded[self.pending.lowerBound + index] }
        self.pending = (self.pending.lowerBound + count)..<self.pending.upperBound
        return count
    }

    /// Decodes the beginning of the packet behind a hole, if it is there, and returns how many samples that are.
    private mutating func peek(_ octets: inout MutableSpan<UInt8>, into following: inout [Int16]) -> Int {
        let length = min(self.jitterBuffer.peek(into: &octets), LossConcealer.lookAhead)
        guard length > 0 else { return 0 }
        // A copy: the packet is still to be decoded in its turn.
        var decoder = self.decoder
        var samples = following.mutableSpan
        return decoder.decode(octets.span.extracting(first: length), into: &samples)
    }
}

/// How long packets are held between wire and play-out, by the quickest packets of the last one to two seconds: those
/// that the network delayed were held for less, and say nothing of the wire's clock.
private struct HoldTracker: Sendable {
    private var longest: Duration?
    private var longestBefore: Duration?
    private var count = 0

    private static let window = 50

    init() {}

    var hold: Duration? {
        guard let longest = self.longest else { return self.longestBefore }
        return max(longest, self.longestBefore ?? longest)
    }

    mutating func note(_ held: Duration) {
        self.longest = max(held, self.longest ?? held)
        self.count += 1
        guard self.count == Self.window else { return }
        self.longestBefore = self.longest
        self.longest = nil
        self.count = 0
    }
}
