import Addressing
import AudioCodecs
import BotProtocol
import CallAudio
import PCM
import RTP
import Timekeeping

/// A call in virtual time whose bot echoes: speech goes in as RTP, through an impairment, and comes out as RTP.
struct SpeechPath {
    private static let remote = TransportAddress(.v4(0xC000_0201), port: 40_000)

    /// The line is silent for so long before the speech: a call is some seconds old when somebody speaks.
    static let leadIn = Duration.seconds(3)
    /// For what the path delays.
    static let leadOut = Duration.milliseconds(600)

    let rate: SampleRate
    let impairment: Impairment

    /// What the far end hears when it says `samples`, from the beginning of the call.
    func echo(of samples: [Int16], seed: UInt64) -> [Int16] {
        let line = SampleRate.hz8000
        let sent =
            [Int16](repeating: 0, count: line.samples(in: Self.leadIn)) + samples
            + [Int16](repeating: 0, count: line.samples(in: Self.leadOut) + 160)
        let packets = sent.count / 160
        let datagrams = Self.datagrams(of: sent, packets: packets)
        let arrivals = self.impairment.arrivals(of: packets, seed: seed)

        var path = AudioPath(
            AudioPathConfiguration(clock: WallClockAnchor(instant: .origin, sinceEpoch: .seconds(1_795_413_720))),
            random: SeededGenerator(seed: 1))
        var output = AudioPathOutput()
        var now = Instant.origin
        let start = BotStart(callID: "c", direction: .outbound, from: "1", to: "2", rate: self.rate)
        path.attachBot(start, clearPolicy: .reportCleared, into: &output)
        path.connect(
            WireParameters(
                codec: .pcma, sendPayloadType: .pcma, receivePayloadType: .pcma, telephoneEventSend: .telephoneEvent,
                telephoneEventReceive: .telephoneEvent, remoteRTP: Self.remote, remoteRTCP: Self.remote),
            at: now)
        path.answered(at: now, into: &output)

        // The wire's phase against our slots is another in each call.
        var random = SeededGenerator(seed: seed + 1_000)
        let phase = Duration.microseconds(Int64.random(in: 0..<20_000, using: &random))
        var heard: [Int16] = []
        var next = 0
        for _ in 0..<packets {
            while next < arrivals.count, .origin + phase + arrivals[next].at <= now {
                let datagram = datagrams[arrivals[next].number]
                path.receive(
                    datagram.span, from: Self.remote, isAuthenticated: false, at: .origin + phase + arrivals[next].at,
                    into: &output)
                next += 1
            }
            path.hear(at: now, into: &output)
            let echo = output.botItems.flatMap { item -> ArraySlice<Int16> in
                if case .audio(let range) = item { output.botSamples[range] } else { [] }
            }
            path.receiveBotAudio(echo.span, at: now + .milliseconds(1), into: &output)
            path.speak(at: now + .milliseconds(5), into: &output)
            for datagram in output.datagrams where datagram.kind == .rtp {
                heard += output.datagramBytes[datagram.range].dropFirst(12).map { ALaw.decode($0) }
            }
            output.removeAll()
            now += AudioPath.frameTime
        }
        return heard
    }

    private static func datagrams(of samples: [Int16], packets: Int) -> [[UInt8]] {
        var random = SeededGenerator(seed: 2)
        var sender = RTPSender(using: &random)
        return (0..<packets).map { number in
            let header = sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
            var octets = [UInt8](repeating: 0, count: 12)
            header.write(into: &octets)
            return octets + samples[(number * 160)..<(number * 160 + 160)].map { ALaw.encode($0) }
        }
    }
}
