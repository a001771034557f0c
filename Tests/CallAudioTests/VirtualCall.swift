import Addressing
import AudioCodecs
import BotProtocol
import CallAudio
import PCM
import RTP
import Timekeeping

/// A seeded generator, so that every run is the same.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64 = 1) {
        self.state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    /// splitmix64.
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// One call in virtual time: an audio path, a far end that sends what it is told, and all that came out.
struct VirtualCall {
    static let remoteRTP = TransportAddress(.v4(0xC000_0201), port: 40_000)
    static let remoteRTCP = TransportAddress(.v4(0xC000_0201), port: 40_001)
    static let stranger = TransportAddress(.v4(0xC633_6409), port: 50_000)
    static let clock = WallClockAnchor(instant: .origin, sinceEpoch: .seconds(1_795_413_720))

    /// One RTP packet that the path sent.
    struct Sent {
        var packet: RTPPacket
        var payload: [UInt8]
        var at: Instant
        var destination: TransportAddress
    }

    var path: AudioPath
    var output = AudioPathOutput()
    /// The beginning of the next slot.
    var now = Instant.origin
    private(set) var slots = 0

    // The far end.
    var farSender: RTPSender
    private(set) var farSent = 0

    // What came out.
    var sent: [Sent] = []
    var rtcp: [RTCPCompound] = []
    var events: [AudioPathEvent] = []
    var botEvents: [(event: BotEvent, at: Instant)] = []
    var botAudio: [Int16] = []
    var botFrames = 0
    var recordedLeft: [Int16] = []
    var recordedRight: [Int16] = []
    /// Long calls keep only counts.
    var keeps = true
    private(set) var packetsSent = 0
    private(set) var audibleSent = 0

    init(
        records: Bool = false, queue: PlayQueueLimits = PlayQueueLimits(), timeout: Duration = .seconds(30),
        digits: DigitPath = .telephoneEvents, seed: UInt64 = 1
    ) {
        var configuration = AudioPathConfiguration(clock: Self.clock)
        configuration.records = records
        configuration.playQueue = queue
        configuration.rtpTimeout = timeout
        configuration.digits = digits
        self.path = AudioPath(configuration, random: SeededGenerator(seed: seed))
        var random = SeededGenerator(seed: seed + 1)
        self.farSender = RTPSender(using: &random)
    }

    static var parameters: WireParameters {
        WireParameters(
            codec: .pcma, sendPayloadType: .pcma, receivePayloadType: .pcma, telephoneEventSend: .telephoneEvent,
            telephoneEventReceive: .telephoneEvent, remoteRTP: Self.remoteRTP, remoteRTCP: Self.remoteRTCP)
    }

    /// Connects, attaches a bot at `rate`, and answers.
    static func answered(
        rate: SampleRate = .hz8000, records: Bool = false, queue: PlayQueueLimits = PlayQueueLimits(),
        timeout: Duration = .seconds(30)
    ) -> VirtualCall {
        var call = VirtualCall(records: records, queue: queue, timeout: timeout)
        call.attach(rate: rate)
        call.path.connect(Self.parameters, at: call.now)
        call.path.answered(at: call.now, into: &call.output)
        call.collect()
        return call
    }

    mutating func attach(
        rate: SampleRate, policy: ClearPolicy = .reportCleared, backPressure: BackPressureDepths? = nil
    ) {
        let start = BotStart(callID: "c", direction: .outbound, from: "1", to: "2", rate: rate)
        self.path.attachBot(start, clearPolicy: policy, backPressure: backPressure, into: &self.output)
        self.collect()
    }

    // MARK: The far end

    /// A packet of the far end with these samples, A-law.
    mutating func farPacket(_ samples: [Int16]) -> [UInt8] {
        let header = self.farSender.nextAudio(
            payloadType: .pcma, samples: UInt32(samples.count), payloadLengthInBytes: samples.count)
        return Self.packet(header, samples.map { ALaw.encode($0) })
    }

    static func packet(_ header: RTPHeader, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 12)
        header.write(into: &bytes)
        return bytes + payload
    }

    mutating func receive(
        _ datagram: [UInt8], from source: TransportAddress = Self.remoteRTP, isAuthenticated: Bool = false,
        at arrival: Instant? = nil
    ) {
        self.path.receive(
            datagram.span, from: source, isAuthenticated: isAuthenticated, at: arrival ?? self.now,
            into: &self.output)
        self.collect()
    }

    /// The far end speaks `samples` in one packet, now.
    mutating func farSpeaks(_ samples: [Int16]) {
        self.receive(self.farPacket(samples))
        self.farSent += 1
    }

    // MARK: The bot

    mutating func botSays(_ samples: [Int16]) {
        self.path.receiveBotAudio(samples.span, at: self.now, into: &self.output)
        self.collect()
    }

    mutating func bot(_ command: BotCommand) {
        self.path.receive(command, at: self.now, into: &self.output)
        self.collect()
    }

    // MARK: Time

    /// Runs one slot: `hear` at its beginning, `speak` 5 ms later.
    mutating func slot() {
        self.path.hear(at: self.now, into: &self.output)
        self.path.speak(at: self.now + .milliseconds(5), into: &self.output)
        self.collect()
        self.now += AudioPath.frameTime
        self.slots += 1
    }

    /// Runs slots; in each the far end speaks what `speech` gives for it.
    mutating func run(slots: Int, speech: (Int) -> [Int16]? = { _ in nil }) {
        for slot in 0..<slots {
            if let samples = speech(slot) { self.farSpeaks(samples) }
            self.slot()
        }
    }

    mutating func end(_ reason: BotStopReason = .remoteHangup) {
        self.path.end(reason, at: self.now, into: &self.output)
        self.collect()
    }

    mutating func collect() {
        for datagram in self.output.datagrams {
            let bytes = Array(self.output.datagramBytes[datagram.range])
            switch datagram.kind {
            case .rtp:
                self.packetsSent += 1
                guard let packet = try? RTPPacket(bytes.span) else { continue }
                let payload = Array(bytes[packet.payload])
                if packet.payloadType == .pcma, payload.contains(where: { $0 != ALaw.silence }) {
                    self.audibleSent += 1
                }
                if self.keeps {
                    self.sent.append(
                        Sent(packet: packet, payload: payload, at: self.now, destination: datagram.destination))
                }
            case .rtcp:
                if let compound = try? RTCPCompound(bytes.span) { self.rtcp.append(compound) }
            }
        }
        for item in self.output.botItems {
            switch item {
            case .audio(let range):
                self.botFrames += 1
                if self.keeps { self.botAudio += self.output.botSamples[range] }
            case .event(let event):
                self.botEvents.append((event, self.now))
            }
        }
        if self.keeps {
            self.recordedLeft += self.output.recordedLeft
            self.recordedRight += self.output.recordedRight
        }
        self.events += self.output.events
        self.output.removeAll()
    }

    // MARK: What it came to

    /// All audio that was sent, decoded.
    var heardByFarEnd: [Int16] {
        self.sent.filter { $0.packet.payloadType == .pcma }.flatMap { $0.payload.map { ALaw.decode($0) } }
    }

    /// Marks in the order in which they were told.
    var marks: [(name: String, outcome: MarkOutcome, heard: Duration)] {
        self.botEvents.compactMap {
            if case .mark(let name, let outcome, let heard, _) = $0.event { (name, outcome, heard) } else { nil }
        }
    }

    var overflows: [BotOverflow] {
        self.events.compactMap { if case .overflow(let overflow) = $0 { overflow } else { nil } }
    }
}

/// Samples that tell their place after A-law, too: a slow saw-tooth away from zero.
func sawtooth(_ range: Range<Int>) -> [Int16] {
    range.map { Int16(4_000 + $0 % 1_000 * 16) }
}
