import BotProtocol
import CallAudio
import PCM
import Testing
import Timekeeping

/// Bot audio in pieces as they come: no hole where the bot left none, and no click where it did.
@Suite struct BotBurstTests {
    private static func speech(_ seconds: Int, rate: SampleRate) -> [Int16] {
        [Int16](repeating: 6_000, count: seconds * rate.hertz)
    }

    /// From the first loud sample to the last.
    private static func loud(_ wire: [Int16]) -> ArraySlice<Int16> {
        let began = wire.firstIndex { $0 > 3_000 } ?? 0
        let ended = wire.lastIndex { $0 > 3_000 } ?? -1
        return wire[began..<(ended + 1)]
    }

    /// Ten seconds, sent as fast as the socket takes them in pieces of any size, three pieces a slot and never fewer than
    /// two slots' worth: they play at once and whole.
    @Test(
        arguments: [1, 2, 79, 160, 161, 320, 1_100, 3_199, 7_777, 65_536, 200_000],
        [SampleRate.hz8000, .hz16000, .hz24000])
    func burstsOfAnySizePlayWithoutAHole(size: Int, rate: SampleRate) {
        var call = VirtualCall.answered(rate: rate)
        let audio = Self.speech(10, rate: rate)
        var next = 0
        while next < audio.count {
            let piecesEnd = min(audio.count, next + max(size * 3, rate.samplesPer20ms * 2))
            while next < piecesEnd {
                let end = min(next + size, piecesEnd)
                call.botSays(Array(audio[next..<end]))
                next = end
            }
            call.slot()
        }
        call.run(slots: 510)
        let heard = Self.loud(call.heardByFarEnd)
        #expect(heard.allSatisfy { $0 > 3_000 })
        #expect(abs(heard.count - 80_000) <= 40, "\(heard.count)")
        #expect(call.path.report.botUnderruns == 0)
        #expect(call.path.report.botAudioHeard == .seconds(10))
        #expect(call.overflows.isEmpty)
    }

    /// Sizes and times by chance, ahead of real time: whole, for each of ten seeds.
    @Test(arguments: 1...10) func burstsByChancePlayWithoutAHole(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var call = VirtualCall.answered(rate: .hz16000)
        let audio = Self.speech(20, rate: .hz16000)
        var next = 0
        var slot = 0
        while next < audio.count {
            // Never less than what has been played, and 200 ms.
            let owed = slot * 320 + 6_400
            while next < min(owed, audio.count) || Int.random(in: 0..<4, using: &random) == 0 {
                let end = min(next + Int.random(in: 1...9_000, using: &random), audio.count)
                guard next < end else { break }
                call.botSays(Array(audio[next..<end]))
                next = end
            }
            call.slot()
            slot += 1
        }
        call.run(slots: 1_010)
        let heard = Self.loud(call.heardByFarEnd)
        #expect(heard.allSatisfy { $0 > 3_000 })
        #expect(abs(heard.count - 160_000) <= 40)
        #expect(call.path.report.botUnderruns == 0)
    }

    /// As stock pipecat was measured: 2,200 bytes each 140 ms, 20 ms early or late, so 1.8 % slower than it plays. A minute
    /// of it has no underrun: it plays that much slower.
    @Test(arguments: 1...10) func slowPacingBotPlaysAMinuteWithoutAHole(seed: UInt64) {
        var call = VirtualCall.answered()
        var random = SeededGenerator(seed: seed)
        let sound = DriftSound(.voice)
        var due = (0..<430).map { Int($0) * 140_000 + Int.random(in: -20_000...20_000, using: &random) }
        var sent = 0
        while let first = due.first {
            if first <= Int(call.now.nanosecondsSinceOrigin / 1_000) {
                call.botSays(sound.samples(from: sent, count: 1_100))
                sent += 1_100
                due.removeFirst()
            } else {
                call.slot()
            }
        }
        let report = call.path.report
        #expect(report.botUnderruns == 0)
        #expect(report.botPlayoutAdded >= .milliseconds(430 * 2.5 - 200))
        #expect(Clicks.splatter(call.heardByFarEnd) <= Clicks.splatter(sound.untouched) + 1)
    }

    enum Cause: CaseIterable {
        case ranDry, cleared, paused, removed
    }

    /// Whatever makes the hole, in the middle of a frame or not, the audio falls to silence within 2.5 ms and rises as
    /// fast: no step is larger than that fall's and one of A-law.
    @Test(arguments: Cause.allCases, [SampleRate.hz8000, .hz16000])
    func everyHoleFades(cause: Cause, rate: SampleRate) {
        var call = VirtualCall.answered(rate: rate)
        let audio = [Int16](repeating: 12_000, count: rate.hertz + 77)
        call.botSays(audio)
        call.run(slots: 10)
        switch cause {
        case .ranDry: break
        case .cleared: call.bot(.clear)
        case .paused: call.bot(.pausePlayout)
        case .removed: call.path.detachBot()
        }
        call.run(slots: 20)
        call.bot(.continuePlayout)
        call.run(slots: 60)
        call.botSays(audio)
        call.run(slots: 80)
        let wire = call.heardByFarEnd
        #expect(Clicks.stepMax(wire) <= 12_000 / 20 + 512, "\(Clicks.stepMax(wire))")
        // There were holes, and sound on both sides of them.
        #expect(wire.contains { $0 == ALaw.decode(ALaw.silence) })
        #expect(wire.prefix(1_600).contains { $0 > 11_000 } && wire.suffix(8_000).contains { $0 > 11_000 })
    }
}
