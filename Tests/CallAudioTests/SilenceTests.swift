import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// Each silence has its name, way and count, once when it has lasted and once when it is over, in virtual time.
@Suite struct SilenceTests {
    private static let voice = (0..<160).map { Int16($0 % 40 * 200 - 4_000) }
    private static let zero = [Int16](repeating: 0, count: 160)

    private static func silences(_ call: VirtualCall, _ direction: BotSilence.Direction = .inbound) -> [BotSilence] {
        call.events.compactMap {
            if case .silence(let silence) = $0, silence.direction == direction { silence } else { nil }
        }
    }

    private static func speak(_ call: inout VirtualCall, slots: Int) {
        for _ in 0..<slots {
            call.farSpeaks(Self.voice)
            call.botSays(Self.voice)
            call.slot()
        }
    }

    /// Nothing comes at first; sound ends that; it goes away again and stays away.
    @Test func noRTP() throws {
        var call = VirtualCall.answered()
        call.run(slots: 249)
        #expect(Self.silences(call).isEmpty, "5 s are not over yet")
        call.run(slots: 60)
        #expect(Self.silences(call) == [BotSilence(.inbound, .noRTP, packets: 0, duration: .seconds(5))])
        Self.speak(&call, slots: 100)
        let over = try #require(Self.silences(call).last)
        #expect(over.isOver && over.kind == .noRTP && over.duration >= .seconds(6) && over.duration <= .seconds(8))
        #expect(Self.silences(call).count == 2)
        call.run(slots: 600)
        #expect(Self.silences(call).count == 3, "a silence is told once, however long")
        call.end()
        let kept = call.path.report.silences.filter { $0.silence.direction == .inbound }
        #expect(kept.map(\.silence.isOver) == [true, false])
        #expect(kept.last.map { $0.silence.duration >= .seconds(11) } == true, "to the end of the call")
    }

    /// Packets come and there is nothing in them: A-law's silence is 8.
    @Test func digitalSilence() throws {
        var call = VirtualCall.answered()
        Self.speak(&call, slots: 100)
        call.run(slots: 320) { _ in Self.zero }
        let silence = try #require(Self.silences(call).first)
        #expect(silence.kind == .digitalSilence && (240...320).contains(silence.packets), "\(silence)")
        #expect(call.botEvents.contains { $0.event == .silence(silence) }, "the bot is told as well")
        Self.speak(&call, slots: 100)
        #expect(Self.silences(call).map(\.isOver) == [false, true])
    }

    /// A stranger's packets are what comes, out of order so that they prove nothing.
    @Test func wrongSource() throws {
        var call = VirtualCall.answered()
        for slot in 0..<320 {
            if slot % 2 == 0 { _ = call.farPacket(Self.voice) }
            call.receive(call.farPacket(Self.voice), from: VirtualCall.stranger)
            call.slot()
            if slot % 3 == 0 { _ = call.farPacket(Self.voice) }
        }
        let silence = try #require(Self.silences(call).first)
        #expect(silence.kind == .wrongSource && silence.packets > 200, "\(silence)")
    }

    /// The owner dropped what was not authentic.
    @Test func authentication() throws {
        var call = VirtualCall.answered()
        for _ in 0..<320 {
            call.path.noteUnauthentic()
            call.slot()
        }
        let silence = try #require(Self.silences(call).first)
        #expect(silence.kind == .authentication && (250...270).contains(silence.packets), "\(silence)")
        #expect(silence.likelyCause.contains("key"))
    }

    /// One silence turns into another: each is named.
    @Test func oneAfterTheOther() {
        var call = VirtualCall.answered()
        call.run(slots: 400) { _ in Self.zero }
        call.run(slots: 600)
        let told = Self.silences(call)
        #expect(told.map(\.kind) == [.digitalSilence, .digitalSilence, .noRTP])
        #expect(told.map(\.isOver) == [false, true, false])
    }

    /// The far end's reports tell which way sound goes: it hears us and is not heard, or the other way round.
    @Test(arguments: [true, false]) func oneWay(isHeardThere: Bool) throws {
        var call = VirtualCall.answered()
        for slot in 0..<700 {
            if !isHeardThere { call.farSpeaks(Self.voice) }
            call.botSays(Self.voice)
            call.slot()
            guard slot % 100 == 99, let ours = call.sent.last?.packet else { continue }
            var random = SeededGenerator(seed: 5)
            let far = isHeardThere ? SSRC(UInt32.random(in: 1...9, using: &random)) : call.farSender.ssrc
            let block = ReportBlock(
                ssrc: ours.ssrc, fractionLost: 0, cumulativeLost: 0,
                highestSequenceNumber: UInt32(ours.sequenceNumber.rawValue), jitter: 0, lastSenderReport: 0,
                delaySinceLastSenderReport: 0)
            let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: far, blocks: isHeardThere ? [block] : []))
            let chunk = SourceDescriptionChunk(ssrc: far, cname: "far")
            call.receive(
                RTCPCompound([report, .sourceDescription([chunk])]).encoded(), from: VirtualCall.remoteRTCP)
        }
        let direction: BotSilence.Direction = isHeardThere ? .inbound : .outbound
        let silence = try #require(Self.silences(call, direction).first)
        #expect(silence.kind == .oneWay && silence.packets > 0, "\(silence)")
        #expect(Self.silences(call, isHeardThere ? .outbound : .inbound).isEmpty)
    }

    /// A bot that never says a word is told of; one that listens after its first word is not.
    @Test func theBotIsSilent() throws {
        var call = VirtualCall.answered()
        call.run(slots: 320) { _ in Self.voice }
        let silence = try #require(Self.silences(call, .outbound).first)
        #expect(silence.kind == .digitalSilence && silence.packets >= 240, "\(silence)")
        Self.speak(&call, slots: 100)
        call.run(slots: 1_000) { _ in Self.voice }
        #expect(Self.silences(call, .outbound).map(\.isOver) == [false, true])
        #expect(Self.silences(call).isEmpty)
    }

    /// Nothing is due before the answer, on hold, or while the far end describes the silence that it makes.
    @Test func whenNothingIsDue() throws {
        var early = VirtualCall()
        early.path.connect(VirtualCall.parameters, at: early.now)
        early.run(slots: 500)
        #expect(early.events.isEmpty)
        var held = VirtualCall.answered()
        Self.speak(&held, slots: 100)
        var parameters = VirtualCall.parameters
        parameters.direction = .inactive
        held.path.connect(parameters, at: held.now)
        held.run(slots: 500)
        #expect(Self.silences(held).isEmpty && Self.silences(held, .outbound).isEmpty)
        var comforted = VirtualCall.answered()
        Self.speak(&comforted, slots: 100)
        let noise = comforted.farSender.nextAudio(
            payloadType: .comfortNoise, samples: 8_000, payloadLengthInBytes: 1)
        comforted.receive(VirtualCall.packet(noise, [40]))
        comforted.run(slots: 500)
        #expect(Self.silences(comforted).isEmpty)
    }

    /// The record keeps the first sixteen, and the number of all.
    @Test func recordsAreBounded() {
        var call = VirtualCall.answered()
        for _ in 0..<20 {
            Self.speak(&call, slots: 100)
            call.run(slots: 320)
        }
        call.end()
        let report = call.path.report
        #expect(report.silences.count == 16 && report.silenceCount >= 20, "\(report.silenceCount)")
    }
}
