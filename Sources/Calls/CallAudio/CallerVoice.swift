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
    private var playout: PlayoutDelay
    /// What the pace goes by: for how long the packet that plays would have been held if the network had been quick.
    private var heldIfQuick: Duration?
    private var pace = PlayoutPace()
    /// Which packets were played and which were not.
    private(set) var pattern = LossPattern()
    /// What sounds while the far end sends nothing, if it has said.
    private var comfort: ComfortNoise?
    /// It has been heard: what was queued before it came has played.
    private(set) var isComforting = false
    private(set) var framesConcealed: UInt64 = 0

    init(codec: AudioCodec) {
        self.receiver = RTPReceiver(clockRate: codec.clockRate)
        self.jitterBuffer = JitterBuffer(clockRate: codec.clockRate)
        self.playout = PlayoutDelay(clockRate: codec.clockRate)
        self.decoder = AudioDecoder(codec)
        self.payload = Array(repeating: 0, count: JitterBuffer.payloadLengthMax)
        self.decoded = Array(repeating: 0, count: JitterBuffer.payloadLengthMax + TimeStretcher.changeMax)
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
    ///
    /// - Parameter isHeard: false while we hold the far end: what it sends all the same, or had sent before it knew, is not
    ///   played, and is not lost either.
    mutating func receive(
        _ packet: RTPPacket, of datagram: Span<UInt8>, isAudio: Bool, isHeard: Bool, isAuthenticated: Bool,
        at now: Instant
    ) -> RTPReceiver.Reception {
        let reception = self.receiver.receive(
            packet, at: now, isAuthenticated: isAuthenticated, countsForJitter: isAudio)
        switch reception {
        case .accepted(let sequence):
            guard isHeard else { break }
            self.take(packet, of: datagram, isAudio: isAudio, sequence: sequence, restarts: false, at: now)
        case .restarted(let sequence):
            self.playout.restart()
            guard isHeard else { break }
            self.take(packet, of: datagram, isAudio: isAudio, sequence: sequence, restarts: true, at: now)
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
                self.comfort?.add(to: &frame, in: filled..<frame.count)
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

    /// The delay that play-out strives for: a fifth more of what exceeds the least than the network has shown, because it
    /// will show more, and to grow in speech is heard.
    private var delaySought: Duration {
        self.playout.target + (self.playout.target - PlayoutDelay.min) / 5
    }

    /// The delay that the network asks for now.
    var delayWanted: Duration { self.playout.target }

    /// Samples by which play-out was made longer and shorter, to follow the network and the far end's clock.
    var samplesAdded: UInt64 { self.pace.samplesAdded }
    var samplesRemoved: UInt64 { self.pace.samplesRemoved }

    /// By how much packets are held for too short a time; negative when for too long.
    private var shortfall: Duration { self.heldIfQuick.map { self.delaySought - $0 } ?? .zero }

    private mutating func take(
        _ packet: RTPPacket, of datagram: Span<UInt8>, isAudio: Bool, sequence: ExtendedSequenceNumber,
        restarts: Bool, at now: Instant
    ) {
        if isAudio {
            self.playout.receive(timestamp: packet.timestamp, at: now)
            self.jitterBuffer.setDelay(self.playout.target)
            self.queue(packet, of: datagram, sequence: sequence, restarts: restarts, at: now)
        } else if packet.payloadType == .comfortNoise {
            var noise = ComfortNoise(payload: datagram.extracting(packet.payload))
            if let earlier = self.comfort { noise?.follow(earlier) }
            self.comfort = noise
            self.jitterBuffer.pause(at: sequence)
        }
    }

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
        let isFilling = self.isFilling || self.followsHole
        if self.pace.inserts(forLackOf: self.shortfall, of: self.delaySought, isFilling: isFilling) {
            self.fill(AudioPath.frameLength, &decoded, knowing: &octets)
            self.holds.shift(by: AudioPath.frameTime)
            self.heldIfQuick? += AudioPath.frameTime
            return true
        }
        switch self.jitterBuffer.next(at: now, into: &octets) {
        case .packet(_, let length, _, let arrival, let timestamp):
            var samples = decoded.mutableSpan
            let received = self.decoder.decode(payload.span.extracting(first: length), into: &samples)
            let playedAt = now + SampleRate.hz8000.duration(ofSamples: offset)
            self.heldIfQuick = self.playout.hold(of: timestamp, playedAt: playedAt)
            let count = self.pace.adapt(&samples, count: received, lackOf: self.shortfall, of: self.delaySought)
            self.holds.shift(by: SampleRate.hz8000.duration(ofSamples: count - received))
            self.heldIfQuick? += SampleRate.hz8000.duration(ofSamples: count - received)
            if self.isComforting { self.comfort = nil }
            self.isComforting = false
            self.pattern.notePlayed()
            self.concealer.receive(&samples, in: 0..<count)
            self.pending = 0..<count
            self.isFilling = false
            self.holds.note(arrival.duration(to: playedAt))
            self.setsIn = self.setsIn || self.followsHole
            self.followsHole = false
            return true
        case .missing(let samples):
            self.fill(Int(samples), &decoded, knowing: &octets)
            self.pattern.noteMissed()
            self.followsHole = true
            return true
        case .empty:
            self.isComforting = self.comfort != nil
            if !self.followsHole { self.holds = HoldTracker() }
            self.heldIfQuick = nil
            self.followsHole = true
            return false
        }
    }

    /// Makes up audio that is not there, towards the packet behind it if that has come.
    private mutating func fill(_ count: Int, _ decoded: inout [Int16], knowing octets: inout MutableSpan<UInt8>) {
        var following = self.following.lend()
        defer { self.following = following }
        let known = self.peek(&octets, into: &following)
        var hole = decoded.mutableSpan
        self.concealer.conceal(&hole, in: 0..<count, following: following.span.extracting(first: known))
        self.pending = 0..<count
        self.isFilling = true
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
