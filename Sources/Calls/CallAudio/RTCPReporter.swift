import Addressing
import RTP
import Timekeeping

/// RTCP of one call: reports by schedule, a goodbye at the end, and what the far end reports of us.
struct RTCPReporter: Sendable {
    private var schedule: RTCPSchedule
    private let cname: String
    /// Where RTCP is sent: the signalled address, until the far end has shown another.
    private(set) var remote: TransportAddress
    private var packetsAtLastReport: UInt32 = 0
    private var sentCount: UInt64 = 0
    private(set) var receivedCount: UInt64 = 0
    private var remoteBlock: ReportBlock?
    private(set) var roundTrip: Duration?
    private var remoteMetrics: VoIPMetrics?

    init(remote: TransportAddress, at now: Instant, using random: inout some RandomNumberGenerator) {
        self.remote = remote
        self.schedule = RTCPSchedule(at: now, using: &random)
        // RFC 7022 section 4.2: a short-term name of 96 random bits, so that calls cannot be linked.
        self.cname = (0..<3).map { _ in
            let digits = String(UInt32.random(in: 0...UInt32.max, using: &random), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// How far our sequence has come at the far end, by its last report; nil before it has received anything.
    var highestHeard: UInt32? { self.remoteBlock?.highestSequenceNumber }

    mutating func negotiated(_ remote: TransportAddress) {
        self.remote = remote
    }

    func isDue(at now: Instant) -> Bool {
        self.schedule.isDue(at: now)
    }

    /// Takes a valid compound of the far end.
    mutating func receive(
        _ compound: RTCPCompound, lengthInBytes: Int, from source: TransportAddress, ownSSRC: SSRC, at now: Instant,
        clock: WallClockAnchor
    ) {
        self.remote = source
        self.receivedCount += 1
        self.schedule.received(lengthInBytes: lengthInBytes)
        for packet in compound.packets {
            switch packet {
            case .senderReport(let report): self.take(report.blocks, ownSSRC: ownSSRC, at: now, clock: clock)
            case .receiverReport(let report): self.take(report.blocks, ownSSRC: ownSSRC, at: now, clock: clock)
            case .extendedReport(let report):
                self.remoteMetrics = report.metrics.last { $0.source == ownSSRC } ?? self.remoteMetrics
            case .sourceDescription, .goodbye, .other: break
            }
        }
    }

    /// Sends the compound that is due.
    mutating func send(
        sender: RTPSender, block: ReportBlock?, metrics: VoIPMetrics?, at now: Instant, clock: WallClockAnchor,
        wire: WireParameters, using random: inout some RandomNumberGenerator, into output: inout AudioPathOutput
    ) {
        let packets = self.report(sender: sender, block: block, metrics: metrics, at: now, clock: clock)
        let length = self.write(packets, wire: wire, into: &output)
        self.packetsAtLastReport = sender.packetCount
        self.schedule.sent(lengthInBytes: length, at: now, using: &random)
    }

    /// Says BYE (RFC 3550 section 6.6), with a last report before it as section 6.1 asks.
    mutating func sendGoodbye(
        sender: RTPSender, block: ReportBlock?, metrics: VoIPMetrics?, at now: Instant, clock: WallClockAnchor,
        wire: WireParameters, into output: inout AudioPathOutput
    ) {
        var packets = self.report(sender: sender, block: block, metrics: metrics, at: now, clock: clock)
        packets.append(.goodbye(Goodbye(sources: [sender.ssrc])))
        _ = self.write(packets, wire: wire, into: &output)
    }

    func fill(_ report: inout AudioReport) {
        report.rtcpSent = self.sentCount
        report.rtcpReceived = self.receivedCount
        report.remoteLost = self.remoteBlock.map { Int64($0.cumulativeLost) }
        report.remoteJitter = self.remoteBlock.map { .nanoseconds(Int64($0.jitter) * 1_000_000_000 / 8_000) }
        report.roundTrip = self.roundTrip
        if let score = self.remoteMetrics?.conversationScore, score != 127 { report.remoteScore = Double(score) / 10 }
    }

    private mutating func take(_ blocks: [ReportBlock], ownSSRC: SSRC, at now: Instant, clock: WallClockAnchor) {
        guard let block = blocks.first(where: { $0.ssrc == ownSSRC }) else { return }
        self.remoteBlock = block
        let received = NTPTimestamp(sinceEpoch: clock.sinceEpoch(at: now))
        if let roundTrip = block.roundTrip(receivedAt: received) { self.roundTrip = roundTrip }
    }

    /// SR when packets were sent since the last report, RR otherwise (section 6.4), and who we are (section 6.5).
    private func report(
        sender: RTPSender, block: ReportBlock?, metrics: VoIPMetrics?, at now: Instant, clock: WallClockAnchor
    ) -> [RTCPPacket] {
        let blocks = block.map { [$0] } ?? []
        let report: RTCPPacket
        if sender.packetCount != self.packetsAtLastReport {
            report = .senderReport(
                SenderReport(
                    ssrc: sender.ssrc, ntpTimestamp: NTPTimestamp(sinceEpoch: clock.sinceEpoch(at: now)),
                    rtpTimestamp: sender.timestamp, packetCount: sender.packetCount, octetCount: sender.octetCount,
                    blocks: blocks))
        } else {
            report = .receiverReport(ReceiverReport(ssrc: sender.ssrc, blocks: blocks))
        }
        var packets = [report, .sourceDescription([SourceDescriptionChunk(ssrc: sender.ssrc, cname: self.cname)])]
        if let metrics { packets.append(.extendedReport(ExtendedReport(ssrc: sender.ssrc, metrics: [metrics]))) }
        return packets
    }

    private mutating func write(
        _ packets: [RTCPPacket], wire: WireParameters, into output: inout AudioPathOutput
    ) -> Int {
        let isUsable =
            self.remote.port != 0 && !self.remote.address.isUnspecified
            && !self.remote.address.isMulticastOrBroadcast
        guard isUsable else { return 0 }
        let bytes = RTCPCompound(packets).encoded()
        let isMultiplexed = wire.remoteRTCP == wire.remoteRTP
        output.append(bytes, kind: .rtcp(usesRTPPort: isMultiplexed), to: self.remote)
        self.sentCount += 1
        return bytes.count
    }
}
