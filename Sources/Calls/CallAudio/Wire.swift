import Addressing
import AudioAnalysis
import AudioCodecs
import PCM
import RTP
import Timekeeping

/// One call's RTP and RTCP: what was negotiated, whose packets count, and the streams both ways.
struct Wire: Sendable {
    private(set) var parameters: WireParameters
    var latch: SourceLatch
    var voice: CallerVoice
    var encoder: AudioEncoder
    var sender: RTPSender
    var rtcp: RTCPReporter
    /// Since when the watchdog waits: the last packet, or the moment from which packets are due.
    private(set) var quietSince: Instant
    private var isQuietnessTold = false
    private(set) var hasReceived = false
    private let rtpTimeout: Duration

    init(
        _ parameters: WireParameters, configuration: AudioPathConfiguration, at now: Instant,
        using random: inout some RandomNumberGenerator
    ) {
        self.parameters = parameters
        self.latch = SourceLatch(signalled: parameters.remoteRTP, at: now)
        self.voice = CallerVoice(codec: parameters.codec)
        self.encoder = AudioEncoder(parameters.codec)
        self.sender = RTPSender(using: &random)
        self.rtcp = RTCPReporter(remote: parameters.remoteRTCP, at: now, using: &random)
        self.quietSince = now
        self.rtpTimeout = configuration.rtpTimeout
    }

    /// Takes what a new negotiation settled. Our stream goes on: same SSRC, sequence and clock (RFC 3264 section 8).
    mutating func negotiate(_ parameters: WireParameters, at now: Instant) {
        self.latch.negotiated(parameters.remoteRTP, at: now)
        self.rtcp.negotiated(parameters.remoteRTCP)
        self.voice.change(to: parameters.codec)
        if self.encoder.codec != parameters.codec { self.encoder = AudioEncoder(parameters.codec) }
        if parameters.direction != self.parameters.direction { self.restartWatchdog(at: now) }
        self.parameters = parameters
    }

    /// A packet of the call came. True when it is the first.
    mutating func noteReceived(at now: Instant) -> Bool {
        self.quietSince = now
        self.isQuietnessTold = false
        defer { self.hasReceived = true }
        return !self.hasReceived
    }

    /// True once when the far end has been quiet for too long. On hold nothing is due, and the watchdog is parked.
    mutating func isOverdue(at now: Instant) -> Bool {
        guard self.parameters.direction == .sendAndReceive, !self.isQuietnessTold,
            self.quietSince.duration(to: now) >= self.rtpTimeout
        else { return false }
        self.isQuietnessTold = true
        return true
    }

    mutating func restartWatchdog(at now: Instant) {
        self.quietSince = now
        self.isQuietnessTold = false
    }

    /// The last compound, with BYE, for those who still listen.
    mutating func sayGoodbye(at now: Instant, clock: WallClockAnchor, into output: inout AudioPathOutput) {
        let block = self.voice.reportBlock(at: now)
        self.rtcp.sendGoodbye(
            sender: self.sender, block: block, metrics: self.metrics, at: now, clock: clock, wire: self.parameters,
            into: &output)
    }

    func fill(_ report: inout AudioReport) {
        let receiver = self.voice.receiver
        let buffer = self.voice.jitterBuffer
        report.packetsReceived = receiver.packets
        report.octetsReceived = receiver.octets
        report.packetsLost = receiver.lost
        report.jitter = receiver.jitter
        report.playoutDelay = self.voice.hold
        report.playoutDelayWanted = receiver.packets == 0 ? nil : self.voice.delayWanted
        report.playoutAdded = SampleRate.hz8000.duration(ofSamples: Int(self.voice.samplesAdded))
        report.playoutRemoved = SampleRate.hz8000.duration(ofSamples: Int(self.voice.samplesRemoved))
        if let quality = self.quality {
            report.rating = quality.rating
            report.listeningScore = quality.listeningScore
            report.conversationScore = quality.conversationScore
        }
        report.packetsLate = buffer.late
        report.packetsSkipped = buffer.skipped
        report.packetsDuplicate = receiver.duplicates + buffer.duplicates
        report.framesConcealed = self.voice.framesConcealed
        self.rtcp.fill(&report)
    }
}
