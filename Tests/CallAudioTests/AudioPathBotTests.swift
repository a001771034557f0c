import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// Play-out truth: marks, clears, bounds and prompts, as a bot is told of them.
@Suite struct AudioPathBotTests {
    // MARK: Marks

    /// A mark is told in the slot that carries its last sample, with what the caller heard by then, to the sample.
    @Test(arguments: [1, 159, 160, 161, 4_000, 15_999])
    func markTellsWhenItsLastSampleLeft(position: Int) {
        var call = VirtualCall.answered()
        call.botSays(sawtooth(0..<position))
        call.bot(.mark(name: "here"))
        call.botSays(sawtooth(0..<800))
        while call.marks.isEmpty { call.slot() }
        #expect(call.marks.first?.outcome == .played)
        #expect(call.marks.first?.heard == SampleRate.hz8000.duration(ofSamples: position))
        #expect(call.sent.count == (position + 159) / 160)
    }

    @Test func markBehindNothingIsTold() {
        var call = VirtualCall.answered()
        call.bot(.mark(name: "now"))
        #expect(call.marks.map(\.name) == ["now"])
        #expect(call.marks.first?.heard == .zero)
    }

    /// Before the answer nothing leaves, so nothing is told as played.
    @Test func markBeforeTheAnswerWaits() {
        var call = VirtualCall()
        call.attach(rate: .hz8000)
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.botSays(sawtooth(0..<160))
        call.bot(.mark(name: "greeting"))
        call.run(slots: 50)
        #expect(call.marks.isEmpty)
        call.path.answered(at: call.now, into: &call.output)
        call.run(slots: 1)
        #expect(call.marks.map(\.name) == ["greeting"])
    }

    // MARK: Clear

    /// `clear` cuts within one frame, and says to the sample what the caller heard.
    @Test func clearCutsWithinOneFrame() {
        var call = VirtualCall.answered()
        call.botSays([Int16](repeating: 8_000, count: 40_000))
        call.bot(.mark(name: "end"))
        call.run(slots: 50)
        call.bot(.clear)
        call.run(slots: 3)
        let heard = Duration.milliseconds(1_000)
        #expect(call.marks.map(\.outcome) == [.cleared])
        #expect(call.marks.first?.heard == heard)
        #expect(call.botEvents.last?.event == .cleared(heard: heard, marks: ["end"]))
        // The frame after the cut falls to silence within 2.5 ms; the one after it is silent.
        let wire = call.heardByFarEnd
        #expect(wire[(50 * 160 + 21)...].allSatisfy { abs($0) <= 8 })
        #expect(abs(wire[50 * 160]) > 6_000)
        #expect(call.path.report.botAudioCleared == .seconds(4))
        #expect(call.path.report.botAudioHeard == heard)
    }

    @Test(arguments: [
        (ClearPolicy.reportCleared, [MarkOutcome.cleared, .cleared]),
        (.returnPendingMarks, [.played, .played]), (.dropSilently, []), (.ackOnce, []),
    ])
    func overtakenMarksAreAnsweredByPolicy(policy: ClearPolicy, outcomes: [MarkOutcome]) {
        var call = VirtualCall()
        call.attach(rate: .hz8000, policy: policy)
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.path.answered(at: call.now, into: &call.output)
        call.botSays(sawtooth(0..<1_600))
        call.bot(.mark(name: "a"))
        call.bot(.mark(name: "b"))
        call.bot(.clear)
        #expect(call.marks.map(\.outcome) == outcomes)
        #expect(call.marks.map(\.name) == (outcomes.isEmpty ? [] : ["a", "b"]))
        #expect(call.botEvents.last?.event == .cleared(heard: .zero, marks: ["a", "b"]))
    }

    /// The counts go on over clears: the difference of two is what was heard between them.
    @Test func heardNeverGoesBack() {
        var call = VirtualCall.answered()
        var last = Duration.zero
        for round in 1...20 {
            call.botSays(sawtooth(0..<3_200))
            call.bot(.mark(name: "\(round)"))
            call.run(slots: 10)
            call.bot(.clear)
            let heard = call.marks.last?.heard ?? .zero
            #expect(heard == last + .milliseconds(200))
            last = heard
            call.run(slots: 30)
        }
    }

    /// After a clear the next sentence is a new one: it plays whole, without a rest of the old.
    @Test func nextSentenceAfterAClearIsWhole() {
        var call = VirtualCall.answered(rate: .hz16000)
        call.botSays([Int16](repeating: 9_000, count: 64_000))
        call.run(slots: 10)
        call.bot(.clear)
        call.run(slots: 2)
        let before = call.heardByFarEnd.count
        call.botSays([Int16](repeating: -3_000, count: 16_000))
        call.run(slots: 60)
        let wire = call.heardByFarEnd[before...]
        #expect(wire.allSatisfy { $0 <= 400 })
        #expect(wire.count { $0 < -2_500 } >= 7_900)
    }

    // MARK: Bounds

    /// A flood at a hundred times real time: memory stays, the newest is refused and told once, RTP goes on.
    @Test func floodIsBoundedAndToldOnce() {
        var limits = PlayQueueLimits()
        limits.depth = .seconds(10)
        var call = VirtualCall.answered(rate: .hz16000, queue: limits)
        call.keeps = false
        let second = [Int16](repeating: 5_000, count: 32_000)
        for _ in 0..<500 {
            call.botSays(second)
            call.slot()
        }
        #expect(call.path.samplesQueued <= 80_000)
        #expect(call.packetsSent == 500)
        #expect(call.overflows.count == 1)
        #expect(call.botEvents.count { if case .overflow = $0.event { true } else { false } } == 1)
        let refused = call.path.report.botAudioRefused
        #expect(refused >= .seconds(975))
        let queued = SampleRate.hz8000.duration(ofSamples: call.path.samplesQueued)
        #expect(refused + call.path.report.botAudioHeard + queued == .seconds(1_000))
        // Half of the queue later a second flood is a second episode.
        call.run(slots: 300)
        for _ in 0..<10 { call.botSays(second) }
        #expect(call.overflows.count == 2)
    }

    /// A dumped minute and more: the first sixty seconds are played whole.
    @Test func sixtySecondsAreKept() {
        var call = VirtualCall.answered()
        call.keeps = false
        for _ in 0..<61 { call.botSays([Int16](repeating: 4_000, count: 8_000)) }
        #expect(call.path.samplesQueued == 480_000)
        #expect(call.overflows == [BotOverflow(side: .fromBot, dropped: .seconds(1))])
        call.run(slots: 3_050)
        #expect(call.audibleSent >= 3_000)
        #expect(call.path.report.botAudioHeard == .seconds(60))
    }

    @Test func tooManyMarksAreAnOverflow() {
        var limits = PlayQueueLimits()
        limits.entriesMax = 8
        var call = VirtualCall.answered(queue: limits)
        call.botSays(sawtooth(0..<1_600))
        for index in 0..<100 { call.bot(.mark(name: "\(index)")) }
        #expect(call.overflows == [BotOverflow(side: .fromBot, dropped: .zero)])
        call.run(slots: 20)
        #expect(call.marks.count == 7)
    }

    // MARK: Pace

    /// Stock pipecat's rhythm through the whole path: 2,200 bytes each 137.5 ms, 20 ms early or late: no hole.
    @Test(arguments: 1...10) func pacedBotPlaysWithoutAHole(seed: UInt64) {
        var call = VirtualCall.answered()
        var random = SeededGenerator(seed: seed)
        var due = (0..<30).map { Int($0) * 137_500 + Int.random(in: -20_000...20_000, using: &random) }
        for _ in 0..<260 {
            while let first = due.first, first <= Int(call.now.nanosecondsSinceOrigin / 1_000) {
                call.botSays([Int16](repeating: 6_000, count: 1_100))
                due.removeFirst()
            }
            call.slot()
        }
        #expect(call.path.report.botUnderruns == 0)
        let wire = call.heardByFarEnd
        let began = wire.firstIndex { abs($0) > 3_000 } ?? 0
        let ended = wire.lastIndex { abs($0) > 3_000 } ?? 0
        #expect(wire[began...ended].allSatisfy { $0 > 3_000 })
        #expect(ended - began > 32_900)
        #expect(began <= 11 * 160)
    }

    /// Holes fall and rise within 2.5 ms: no step is larger than one of A-law at this level.
    @Test func holesDoNotClick() {
        var call = VirtualCall.answered()
        call.botSays([Int16](repeating: 12_000, count: 8_000))
        call.run(slots: 60)
        call.botSays([Int16](repeating: 12_000, count: 8_000))
        call.run(slots: 60)
        let wire = call.heardByFarEnd
        let steps = zip(wire, wire.dropFirst()).map { abs(Int($0) - Int($1)) }
        #expect((steps.max() ?? 0) <= 1_100)
    }

    /// The last samples, which the resampler still holds, leave too, and the frame is padded.
    @Test func tailLeavesAndIsPadded() {
        var call = VirtualCall.answered(rate: .hz24000)
        var tone = ToneGenerator(frequency: 1_000, level: -6, rate: .hz24000)
        var samples = [Int16](repeating: 0, count: 24_000 + 7)
        var span = samples.mutableSpan
        tone.fill(&span)
        call.botSays(samples)
        call.bot(.mark(name: "end"))
        call.run(slots: 60)
        #expect(call.marks.count == 1)
        #expect(call.sent.allSatisfy { $0.payload.count == 160 })
        let wire = call.heardByFarEnd
        let began = wire.firstIndex { abs($0) > 1_000 } ?? 0
        let ended = wire.lastIndex { abs($0) > 1_000 } ?? 0
        #expect(abs(ended - began - 8_000) < 30)
    }

    /// A bot that is silent for half a minute costs nothing and is not restarted.
    @Test func silentBotLeavesTheCallAlone() {
        var call = VirtualCall.answered()
        call.botSays(sawtooth(0..<1_600))
        call.run(slots: 20)
        call.run(slots: 1_500) { _ in sawtooth(0..<160) }
        #expect(call.botFrames == 1_520)
        #expect(call.sent.count == 1_520)
        #expect(call.overflows.isEmpty)
        call.botSays([Int16](repeating: 7_000, count: 1_600))
        call.run(slots: 40)
        #expect(call.heardByFarEnd.suffix(6_400).count { $0 > 3_000 } >= 1_560)
        #expect(call.path.report.botUnderruns == 0)
    }

    // MARK: Prompts, commands, ends

    @Test func promptPlaysInItsPlace() throws {
        var call = VirtualCall.answered()
        call.botSays([Int16](repeating: 2_000, count: 1_600))
        call.bot(.play(prompt: "menu"))
        call.bot(.mark(name: "after"))
        guard case .promptWanted(let ticket, let name)? = call.events.last else {
            Issue.record("the prompt was not asked for")
            return
        }
        #expect(name == "menu")
        call.run(slots: 30)
        #expect(call.marks.isEmpty)
        call.path.fulfil(ticket, with: [Int16](repeating: -5_000, count: 800))
        call.run(slots: 10)
        let wire = call.heardByFarEnd
        #expect(wire.count { $0 > 1_500 } >= 1_570)
        #expect(wire.count { $0 < -4_000 } >= 770)
        #expect(call.marks.map(\.heard) == [.milliseconds(200)])
    }

    @Test func ownersPromptPlaysWithoutABot() {
        var call = VirtualCall()
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.path.answered(at: call.now, into: &call.output)
        let isQueued = call.path.play(sawtooth(0..<1_600))
        #expect(isQueued)
        call.run(slots: 12)
        #expect(call.audibleSent == 10 || call.audibleSent == 11)
    }

    @Test func readyTellsTheRateAndChangesIt() {
        var call = VirtualCall.answered(rate: .hz8000)
        call.bot(.ready(rate: .hz24000))
        #expect(call.events.contains(.botReady(.hz24000)))
        call.run(slots: 2)
        #expect(call.botAudio.count == 2 * 480)
        call.botSays([Int16](repeating: 4_000, count: 24_000))
        call.bot(.mark(name: "end"))
        call.run(slots: 60)
        #expect(call.marks.map(\.heard) == [.seconds(1)])
    }

    @Test func hangupIsPassedOn() {
        var call = VirtualCall.answered()
        call.bot(.hangup(reason: "done"))
        #expect(call.events == [.botHangup(reason: "done")])
    }

    /// The bot hears of the end once, and of nothing after it; what it had queued is not its affair any more.
    @Test func endTellsTheBotOnce() {
        var call = VirtualCall.answered()
        call.run(slots: 3)
        call.end(.remoteHangup)
        #expect(call.botEvents.last?.event == .stop(.remoteHangup))
        let count = call.botEvents.count
        call.bot(.mark(name: "late"))
        call.run(slots: 3)
        #expect(call.botEvents.count == count)
        #expect(call.botFrames == 3)
    }

    /// A bot that dies leaves its last words in the queue.
    @Test func detachedBotIsHeardToTheEnd() {
        var call = VirtualCall.answered()
        call.botSays([Int16](repeating: 5_000, count: 8_000))
        call.path.detachBot()
        #expect(!call.path.isQueueEmpty)
        call.run(slots: 60)
        #expect(call.heardByFarEnd.count { $0 > 3_000 } >= 7_970)
        #expect(call.path.isQueueEmpty)
        #expect(call.botFrames == 0)
    }
}
