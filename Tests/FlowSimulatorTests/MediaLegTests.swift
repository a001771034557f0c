import Addressing
import FlowSimulator
import SDP
import Testing
import Timekeeping

/// Two legs that send to each other in virtual time: what one plays the other hears, in the clear and by libsrtp2.
@Suite struct MediaLegTests {
    private static let keys = (
        (0..<30).map { UInt8($0) }, (0..<30).map { UInt8(100 + $0) }
    )

    private static func settings(
        _ codec: MediaSettings.Codec = .pcma, _ suite: CryptoSuite? = nil, isFirst: Bool, sendsEvents: Bool = true
    ) -> MediaSettings {
        let (one, other) = Self.keys
        let keys = suite.map { MediaKeys(suite: $0, send: isFirst ? one : other, receive: isFirst ? other : one) }
        return MediaSettings(
            codec: codec, eventPayloadTypeToSend: sendsEvents ? (isFirst ? 96 : 101) : nil,
            eventPayloadTypeToReceive: isFirst ? 101 : 96, remote: TransportAddress(.loopback, port: 4_000), keys: keys)
    }

    private static func legs(
        _ codec: MediaSettings.Codec = .pcma, _ suite: CryptoSuite? = nil
    ) throws -> (MediaLeg, MediaLeg) {
        var random = SystemRandomNumberGenerator()
        let make = { (isFirst: Bool, random: inout SystemRandomNumberGenerator) in
            try MediaLeg(
                Self.settings(codec, suite, isFirst: isFirst), origin: .origin, recordingMax: .seconds(60),
                random: &random)
        }
        return (try make(true, &random), try make(false, &random))
    }

    /// A sine of 400 Hz at -10 dBFS or so.
    private static let tone: [Int16] = (0..<8_000).map { index in
        let quarter: [Int16] = [0, 3_000, 6_000, 9_000, 10_000, 10_000, 9_000, 6_000, 3_000, 0]
        return index % 20 < 10 ? quarter[index % 10] : -quarter[index % 10]
    }

    @discardableResult
    private func run(_ sender: MediaLeg, _ receiver: MediaLeg, packets: Int, from start: Int = 0) -> [Digit] {
        var digits: [Digit] = []
        for packet in start..<(start + packets) {
            let now = Instant.origin + .milliseconds(packet * 20)
            guard let datagram = sender.tick(at: now).datagram else { continue }
            if let digit = receiver.receive(datagram, at: now) { digits.append(digit) }
        }
        return digits
    }

    /// What is played arrives bit for bit as G.711 makes it, in its place; nothing is lost.
    @Test(arguments: MediaSettings.Codec.allCases, [nil, CryptoSuite.aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32])
    func aPromptIsHeard(codec: MediaSettings.Codec, suite: CryptoSuite?) throws {
        let (one, other) = try Self.legs(codec, suite)
        one.play(Self.tone)
        self.run(one, other, packets: 60)
        #expect(other.reception.packets == 60)
        #expect(other.reception.lost == 0)
        #expect(other.srtpFailures == 0)
        #expect(other.timeline.right.count == 9_600)
        let error = zip(other.timeline.right, one.timeline.left).map { abs(Int($0) - Int($1)) }.max()
        #expect(try #require(error) < 400)
        let speech = SpeechIntervals(in: other.timeline.right)
        #expect(speech.intervals.map(\.startInMilliseconds) == [0])
        #expect(speech.intervals.map(\.endInMilliseconds) == [1_000])
    }

    @Test func theEndOfAPromptIsTold() throws {
        let (one, _) = try Self.legs()
        one.play([Int16](repeating: 100, count: 330))
        #expect((0..<4).map { one.tick(at: .origin + .milliseconds($0 * 20)).finished } == [nil, nil, .prompt, nil])
    }

    @Test func digitsAreHeardOnceEach() throws {
        let (one, other) = try Self.legs(.pcma, .aesCM128HMACSHA1_80)
        let digits = try "12#".map { try #require(Digit($0)) }
        one.press(digits)
        #expect(self.run(one, other, packets: 40) == digits)
        #expect(other.digits.heard.map(\.digit) == ["1", "2", "#"])
        #expect(other.digits.heard.map(\.durationInMilliseconds) == [100, 100, 100])
        #expect(other.digits.heard.map(\.packets) == [7, 7, 7])
        #expect(other.digits.heard.map(\.atInMilliseconds) == [0, 200, 400])
        #expect(other.digits.heard.filter { !$0.ended }.isEmpty)
        #expect(other.reception.lost == 0)
    }

    @Test func digitsTakeTheirTimeWhenThePeerTakesNoEvents() throws {
        var random = SystemRandomNumberGenerator()
        let leg = try MediaLeg(
            Self.settings(isFirst: true, sendsEvents: false), origin: .origin, recordingMax: .seconds(1),
            random: &random)
        leg.press([try #require(Digit("1"))])
        let finished = (0..<12).map { leg.tick(at: .origin + .milliseconds($0 * 20)).finished }
        #expect(finished.firstIndex(of: .digits) == 9)
        #expect(leg.packetsSent == 12)
    }

    @Test func echoSendsBackWhatItHears() throws {
        let (one, other) = try Self.legs()
        other.echo()
        one.play(Self.tone)
        for packet in 0..<50 {
            let now = Instant.origin + .milliseconds(packet * 20)
            if let datagram = one.tick(at: now).datagram { _ = other.receive(datagram, at: now) }
            if let datagram = other.tick(at: now).datagram { _ = one.receive(datagram, at: now) }
        }
        #expect(SpeechIntervals(in: one.timeline.right).intervals.count == 1)
    }

    @Test func ringingIsHeardInItsCadence() throws {
        let (one, other) = try Self.legs()
        one.ring()
        self.run(one, other, packets: 150)
        let tones = SpeechIntervals(in: one.timeline.left)
        // The pause of 0.2 s is shorter than a pause of speech; the one of 2 s is not.
        #expect(tones.intervals.map(\.endInMilliseconds) == [1_000])
        #expect(other.reception.packets == 150)
    }

    /// A held peer is sent nothing, while the timestamps go on.
    @Test func aHeldPeerIsSentNothing() throws {
        let (one, other) = try Self.legs()
        self.run(one, other, packets: 5)
        one.redirect(to: TransportAddress(.loopback, port: 5_000), sends: false)
        self.run(one, other, packets: 5, from: 5)
        one.redirect(to: TransportAddress(.loopback, port: 5_000), sends: true)
        self.run(one, other, packets: 5, from: 10)
        #expect(other.reception.packets == 10)
        #expect(other.reception.lost == 0)
        #expect(other.reception.jitterInTimestampUnits < 1)
    }

    @Test func forgedAndReplayedPacketsAreCounted() throws {
        let (one, other) = try Self.legs(.pcma, .aesCM128HMACSHA1_80)
        let packet = try #require(one.tick(at: .origin).datagram)
        var forged = packet
        forged[20] ^= 1
        _ = other.receive(forged, at: .origin)
        _ = other.receive(packet, at: .origin)
        _ = other.receive(packet, at: .origin)
        _ = other.receive([0x80, 8], at: .origin)
        #expect(other.srtpFailures == 3)
        #expect(other.reception.packets == 1)
    }

    @Test func strangePacketsAreCounted() throws {
        let (one, other) = try Self.legs()
        var packet = try #require(one.tick(at: .origin).datagram)
        packet[1] = 18
        _ = other.receive(packet, at: .origin)
        _ = other.receive([1, 2, 3], at: .origin)
        _ = other.receive([], at: .origin)
        #expect(other.strange == 3)
        #expect(other.reception.packets == 0)
    }

    @Test func plainRTCPOfASecureCallIsAFailure() throws {
        let report: [UInt8] = [0x80, 201, 0, 1, 1, 2, 3, 4]
        let (plain, _) = try Self.legs()
        plain.receiveRTCP(report)
        #expect(plain.rtcpPackets == 1)
        let (secure, _) = try Self.legs(.pcma, .aesCM128HMACSHA1_80)
        secure.receiveRTCP(report)
        #expect(secure.rtcpPackets == 0)
        #expect(secure.srtpFailures == 1)
    }
}
