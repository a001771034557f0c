import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// An hour in virtual time: what goes in comes out, as late as it was in the first minute.
@Suite struct LongCallTests {
    static let slotsAnHour = 180_000

    /// The bot echoes each frame in the slot in which it hears it. Line, gateway and bot keep one clock: no packet is
    /// lost or made up, the queue never grows, and the round trip of the last minute is that of the first.
    @Test func anHourKeepsItsDelayAndLosesNothing() {
        var call = VirtualCall.answered()
        call.keeps = false
        var delays: Set<Int> = []
        var clickAt: Int?
        var frame = [Int16](repeating: 0, count: 160)
        for slot in 0..<Self.slotsAnHour {
            // Once in ten seconds the far end clicks, and waits for its echo.
            let clicks = slot % 500 == 250
            frame[0] = clicks ? 24_000 : 0
            if clicks { clickAt = slot }
            call.farSpeaks(frame)
            call.path.hear(at: call.now, into: &call.output)
            let echo = call.output.botItems.compactMap { item -> ArraySlice<Int16>? in
                if case .audio(let range) = item { call.output.botSamples[range] } else { nil }
            }
            for samples in echo {
                call.path.receiveBotAudio(Array(samples).span, at: call.now, into: &call.output)
            }
            call.path.speak(at: call.now + .milliseconds(5), into: &call.output)
            if let since = clickAt,
                call.output.datagrams.contains(where: { datagram in
                    datagram.kind == .rtp
                        && call.output.datagramBytes[datagram.range].dropFirst(12).contains { ALaw.decode($0) > 10_000 }
                })
            {
                delays.insert(slot - since)
                clickAt = nil
            }
            call.output.removeAll()
            call.now += AudioPath.frameTime
        }
        let report = call.path.report
        #expect(report.packetsReceived == UInt64(Self.slotsAnHour))
        #expect(report.packetsLost == 0)
        #expect(report.packetsLate == 0)
        #expect(report.packetsSkipped == 0)
        #expect(report.framesConcealed == 0)
        #expect(report.packetsSent == UInt64(Self.slotsAnHour))
        #expect(report.botUnderruns == 0)
        #expect(report.botAudioRefused == .zero)
        #expect(call.path.samplesQueued <= 5 * 160)
        #expect(delays.count == 1, "round trips in slots: \(delays)")
        #expect(clickAt == nil)
    }

    /// A bot that sends whole sentences for an hour: every sentence plays whole and every mark is answered.
    @Test func anHourOfSentences() {
        var call = VirtualCall.answered(rate: .hz16000)
        call.keeps = false
        let sentence = [Int16](repeating: 3_000, count: 16_000 * 3)
        let rounds = Self.slotsAnHour / 200
        for round in 0..<rounds {
            call.botSays(sentence)
            call.bot(.mark(name: "\(round)"))
            call.run(slots: 200)
        }
        #expect(call.marks.count == rounds)
        #expect(call.marks.last?.heard == .seconds(3 * rounds))
        #expect(call.path.report.botUnderruns == 0)
        #expect(call.audibleSent <= rounds * 152)
    }
}
