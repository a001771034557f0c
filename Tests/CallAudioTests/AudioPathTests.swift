import Addressing
import AudioCodecs
import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// The whole path in virtual time: what the bot hears, what the wire gets, when.
@Suite struct AudioPathTests {
    // MARK: Wire to bot

    /// The bot gets a frame in every slot while the call is answered, whether packets come or not.
    @Test(arguments: [SampleRate.hz8000, .hz16000, .hz24000, .hz48000])
    func botHearsAFrameInEverySlot(rate: SampleRate) {
        var call = VirtualCall.answered(rate: rate)
        call.run(slots: 50) { $0 % 7 == 3 ? nil : sawtooth(0..<160) }
        #expect(call.botFrames == 50)
        #expect(call.botAudio.count == 50 * rate.samplesPer20ms)
    }

    @Test func botHearsNothingBeforeTheAnswer() {
        var call = VirtualCall()
        call.attach(rate: .hz8000)
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        #expect(call.botFrames == 0)
        call.path.answered(at: call.now, into: &call.output)
        call.run(slots: 5) { _ in sawtooth(0..<160) }
        #expect(call.botFrames == 5)
        #expect(call.botEvents.map(\.event).contains(.answered))
    }

    /// At the line's rate the bot gets exactly what A-law carried, and nothing is concealed or lost.
    @Test func speechArrivesUnchangedAndInOrder() {
        var call = VirtualCall.answered()
        let speech = sawtooth(0..<16_000)
        call.run(slots: 110) { slot in slot < 100 ? Array(speech[(slot * 160)..<(slot * 160 + 160)]) : nil }
        let expected = speech.map { ALaw.decode(ALaw.encode($0)) }
        let began = call.botAudio.firstIndex { $0 != 0 } ?? 0
        // The first 2.5 ms after silence are faded in.
        #expect(Array(call.botAudio[(began + 20)..<(began + 16_000)]) == Array(expected[20...]))
        #expect(began <= 3 * 160)
        #expect(call.path.report.packetsLost == 0)
        #expect(call.path.report.packetsReceived == 100)
    }

    @Test func swappedPacketsAreHeardInOrder() {
        var call = VirtualCall.answered()
        let packets = (0..<40).map { call.farPacket(sawtooth(($0 * 160)..<($0 * 160 + 160))) }
        for pair in stride(from: 0, to: 40, by: 2) {
            call.receive(packets[pair + 1])
            call.receive(packets[pair])
            call.receive(packets[pair])
            call.slot()
            call.slot()
        }
        call.run(slots: 5)
        let expected = sawtooth(0..<6_400).map { ALaw.decode(ALaw.encode($0)) }
        let began = call.botAudio.firstIndex { $0 != 0 } ?? 0
        #expect(Array(call.botAudio[(began + 20)..<(began + 6_400)]) == Array(expected[20...]))
        #expect(call.path.report.packetsLost == 0)
        #expect(call.path.report.packetsDuplicate == 20)
    }

    /// Packets of 10, 30 and 60 ms are as good as those of 20.
    @Test(arguments: [80, 240, 480, 1_600]) func anyPacketTimeIsHeard(length: Int) {
        var call = VirtualCall.answered()
        let speech = sawtooth(0..<48_000)
        var fed = 0
        for slot in 0..<300 {
            while fed + length <= min((slot + 1) * 160, speech.count) {
                call.farSpeaks(Array(speech[fed..<(fed + length)]))
                fed += length
            }
            call.slot()
        }
        call.run(slots: 20)
        let audible = call.botAudio.count { $0 != 0 }
        #expect(audible >= fed - 20)
        // A stream that breaks off is concealed until it has faded, for 43 ms.
        #expect(audible <= fed + 40 + 350)
    }

    @Test func firstPacketIsToldOnce() {
        var call = VirtualCall.answered()
        call.run(slots: 10) { _ in sawtooth(0..<160) }
        #expect(call.events.count { $0 == .firstPacketReceived } == 1)
    }

    /// Another SSRC from the same source goes on being heard: the peer restarted, or transferred the call.
    @Test func newSourceIsFollowed() {
        var call = VirtualCall.answered()
        call.run(slots: 30) { _ in sawtooth(0..<160) }
        var random = SeededGenerator(seed: 99)
        call.farSender = RTPSender(using: &random)
        call.run(slots: 30) { _ in sawtooth(0..<160) }
        #expect(call.botAudio.suffix(160).contains { $0 != 0 })
        #expect(call.path.report.packetsReceived >= 58)
    }

    // MARK: Strangers and rubbish

    /// A third party's stream is counted, neither heard nor recorded nor answered.
    @Test func strangerIsCountedAndNothingElse() {
        var call = VirtualCall.answered(records: true)
        var random = SeededGenerator(seed: 5)
        var foreign = RTPSender(using: &random)
        call.run(slots: 5) { _ in [Int16](repeating: 0, count: 160) }
        for _ in 0..<500 {
            let header = foreign.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
            call.receive(
                VirtualCall.packet(header, [UInt8](repeating: 0x2A, count: 160)), from: VirtualCall.stranger)
            call.farSpeaks([Int16](repeating: 0, count: 160))
            call.slot()
        }
        call.end()
        #expect(call.path.report.packetsFromStrangers == 500)
        #expect(call.path.report.packetsReceived == 505)
        #expect(call.botAudio.allSatisfy { abs($0) <= 8 })
        #expect(call.recordedLeft.allSatisfy { abs($0) <= 8 })
        #expect(call.sent.allSatisfy { $0.destination == VirtualCall.remoteRTP })
    }

    @Test func rubbishIsCounted() {
        var call = VirtualCall.answered()
        var random = SeededGenerator(seed: 8)
        for _ in 0..<2_000 {
            let length = Int.random(in: 0...300, using: &random)
            call.receive((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        // A valid header with a payload type that nobody agreed on.
        let header = RTPHeader(
            marker: false, payloadType: .pcmu, sequenceNumber: SequenceNumber(1), timestamp: RTPTimestamp(1),
            ssrc: SSRC(1))
        let before = call.path.report.packetsInvalid
        call.receive(VirtualCall.packet(header, [1, 2, 3]))
        #expect(call.path.report.packetsInvalid == before + 1)
        call.run(slots: 10)
        #expect(call.botFrames == 10)
    }

    /// Nothing is believed before the far end is known.
    @Test func packetsBeforeConnectBelongToNobody() {
        var call = VirtualCall()
        call.farSpeaks(sawtooth(0..<160))
        #expect(call.path.report.packetsFromStrangers == 1)
        #expect(call.path.rtpDestination == nil)
    }

    // MARK: Bot to wire

    /// RTP leaves in every slot from connect on, as comfort silence when there is nothing to say.
    @Test func rtpIsContinuous() {
        var call = VirtualCall()
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.run(slots: 50)
        #expect(call.sent.count == 50)
        #expect(call.sent.allSatisfy { $0.payload == [UInt8](repeating: ALaw.silence, count: 160) })
        for (earlier, later) in zip(call.sent, call.sent.dropFirst()) {
            #expect(later.packet.sequenceNumber == earlier.packet.sequenceNumber.next)
            #expect(earlier.packet.timestamp.distance(to: later.packet.timestamp) == 160)
        }
        #expect(call.sent.map(\.packet.marker) == [true] + Array(repeating: false, count: 49))
    }

    @Test func nothingLeavesBeforeTheAnswerWhenToldSo() {
        var call = VirtualCall()
        var parameters = VirtualCall.parameters
        parameters.sendsBeforeAnswer = false
        call.path.connect(parameters, at: call.now)
        call.run(slots: 10)
        #expect(call.sent.isEmpty)
        call.path.answered(at: call.now, into: &call.output)
        call.run(slots: 10)
        #expect(call.sent.count == 10)
    }

    /// What the bot says before the answer is kept, and its first word leaves in the first slot after it.
    @Test func greetingWaitsForTheAnswer() {
        var call = VirtualCall()
        call.attach(rate: .hz8000)
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.botSays(sawtooth(0..<8_000))
        call.run(slots: 100)
        #expect(call.sent.allSatisfy { $0.payload.allSatisfy { $0 == ALaw.silence } })
        call.path.answered(at: call.now, into: &call.output)
        call.run(slots: 51)
        let heard = Array(call.heardByFarEnd[(100 * 160)...])
        #expect(Array(heard[20..<8_000]) == sawtooth(20..<8_000).map { ALaw.decode(ALaw.encode($0)) })
        #expect(call.path.report.firstAudioDelay == .milliseconds(5))
        #expect(call.events.count { $0 == .firstAudioSent } == 1)
    }

    /// Any chunk length, odd ones too, leaves the same audio on the wire.
    @Test(arguments: [1, 33, 160, 320, 1_100, 2_400, 24_000]) func anyChunkLengthLeavesWhole(chunk: Int) {
        var call = VirtualCall.answered()
        let speech = sawtooth(0..<24_000)
        var start = 0
        while start < speech.count {
            call.botSays(Array(speech[start..<min(start + chunk, speech.count)]))
            start += chunk
        }
        call.run(slots: 160)
        let heard = call.heardByFarEnd
        let began = heard.firstIndex { abs($0) > 100 } ?? 0
        #expect(Array(heard[(began + 20)..<(began + 24_000)]) == speech[20...].map { ALaw.decode(ALaw.encode($0)) })
        #expect(call.path.report.botAudioHeard == .seconds(3))
        #expect(call.path.report.botUnderruns == 0)
    }

    /// Every rate that a bot may choose takes its own time on the wire, to the sample.
    @Test(arguments: [SampleRate.hz8000, .hz16000, .hz24000, .hz48000])
    func everyRateKeepsItsTime(rate: SampleRate) {
        var call = VirtualCall.answered(rate: rate)
        var tone = ToneGenerator(frequency: 440, level: -12, rate: rate)
        var samples = [Int16](repeating: 0, count: rate.hertz * 2)
        var span = samples.mutableSpan
        tone.fill(&span)
        call.botSays(samples)
        call.bot(.mark(name: "end"))
        call.run(slots: 120)
        #expect(call.marks.count == 1)
        #expect(call.marks.first?.heard == .seconds(2))
        #expect(call.audibleSent >= 100)
        #expect(call.audibleSent <= 101)
    }

    @Test func nothingIsSentToNobody() {
        var call = VirtualCall()
        var parameters = VirtualCall.parameters
        parameters.remoteRTP = TransportAddress(.any, port: 0)
        parameters.remoteRTCP = TransportAddress(.any, port: 0)
        call.path.connect(parameters, at: call.now)
        call.run(slots: 1_000)
        #expect(call.sent.isEmpty)
        #expect(call.rtcp.isEmpty)
    }
}
