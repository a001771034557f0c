import CallAudio
import Testing
import Timekeeping

/// Half an hour with an end whose clock is not ours, at most 360 ms apart in the end: the delay stays where it was, nothing
/// is lost, and what follows the clock is not heard.
///
/// Where the other end pauses, the delay stays within 30 ms of what it was at first: 25 ms that the slots need, and half a
/// period of a voice. Where it never pauses, it may grow by 80 ms before speech is touched, and by a period: 95 ms.
/// It falls by 25 ms at most: the slot that it began with too much, and what is lacking before speech is touched.
@Suite struct DriftTests {
    private static let boundWithPauses = Duration.milliseconds(30)
    private static let bound = Duration.milliseconds(95)

    /// The line's clock: the jitter buffer, towards the bot.
    @Test(arguments: [DriftSound(.tone), DriftSound(.voice)], [-200, -50, 50, 200])
    func lineClock(_ sound: DriftSound, _ partsPerMillion: Int) throws {
        var bench = DriftBench(.fromLine, sound, partsPerMillion: partsPerMillion)
        bench.run()
        try self.expectBoundedDelay(bench)
        self.expectNoStep(bench)
        let report = bench.report
        #expect(report.packetsLost == 0 && report.packetsLate == 0 && report.packetsSkipped == 0)
        #expect(report.framesConcealed == 0)
        self.expectTrims(added: report.playoutAdded, removed: report.playoutRemoved, bench)
    }

    /// The clock of a bot that paces itself: the play-out queue, towards the line. 2,200 bytes each 137.5 ms, early or
    /// late by up to 20 ms, are what stock pipecat sends.
    @Test(arguments: [DriftSound(.tone), DriftSound(.voice)], [-200, -50, 50, 200])
    func botClock(_ sound: DriftSound, _ partsPerMillion: Int) throws {
        let isSteady = sound.kind == .tone
        var bench = DriftBench(
            .fromBot(message: isSteady ? 160 : 1_100), sound, partsPerMillion: partsPerMillion,
            jitter: isSteady ? .zero : .milliseconds(20))
        bench.run()
        try self.expectBoundedDelay(bench)
        self.expectNoStep(bench)
        let report = bench.report
        #expect(report.botUnderruns == 0 && report.botAudioRefused == .zero)
        self.expectTrims(added: report.botPlayoutAdded, removed: report.botPlayoutRemoved, bench)
    }

    private func expectBoundedDelay(_ bench: DriftBench) throws {
        switch bench.sound.kind {
        case .voice:
            // Nothing of it was lost or said twice, either.
            let voices = Double(DriftBench.slots * 160) / Double(DriftSound.voiceCycle)
            #expect(abs(Double(bench.onsets.count) - voices) <= 1)
            let first = try #require(bench.onsets.first)
            for onset in [bench.onsets.min(), bench.onsets.max(), bench.onsets.last] {
                #expect(abs((try #require(onset) - first).inMilliseconds) <= Self.boundWithPauses.inMilliseconds)
            }
        case .tone:
            let first = bench.delays[1]
            let shortest = try #require(bench.delays.dropFirst().min())
            let longest = try #require(bench.delays.max())
            #expect(shortest >= first - .milliseconds(25) && longest <= first + Self.bound, "\(shortest) to \(longest)")
        }
    }

    private func expectNoStep(_ bench: DriftBench) {
        // The first second rises from silence.
        let heard = bench.heard.dropFirst(8_000)
        let untouched = bench.sound.untouched
        let splatter = Clicks.splatter(heard)
        #expect(splatter <= Clicks.splatter(untouched) + 1, "\(splatter) dB")
        // A-law's steps at this level are 256.
        #expect(Clicks.stepMax(heard) <= Clicks.stepMax(untouched) + 256)
        guard bench.sound.kind == .voice else { return }
        #expect(Clicks.stepMaxInPauses(bench.heard) <= Clicks.stepMaxInPauses(untouched))
    }

    /// It was trimming that held the delay: the drift is in the figures, but for what the delay may take.
    private func expectTrims(added: Duration, removed: Duration, _ bench: DriftBench) {
        let drift = Duration.microseconds(bench.partsPerMillion * 1_800)
        let followed = removed - added
        let bound = bench.sound.kind == .voice ? Self.boundWithPauses : Self.bound
        #expect(abs((drift - followed).inMilliseconds) <= bound.inMilliseconds, "\(followed) of \(drift)")
    }
}
