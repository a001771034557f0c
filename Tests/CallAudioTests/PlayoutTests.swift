import BotProtocol
import CallAudio
import PCM
import Testing
import Timekeeping

/// What a bot is told of its audio: depth, drift, underruns, pressure, and the pause that it asks for.
struct PlayoutTests {
    private static let second = [Int16](repeating: 5_000, count: 8_000)

    private func statuses(of call: VirtualCall) -> [(heard: Duration, queue: PlayQueueState)] {
        call.botEvents.compactMap {
            if case .status(let heard, let queue) = $0.event { (heard, queue) } else { nil }
        }
    }

    @Test func statusTellsWhatWaitsAndWhatWasHeard() {
        var call = VirtualCall.answered()
        call.botSays(Self.second + Self.second)
        call.run(slots: 25)
        call.bot(.reportStatus)
        let status = self.statuses(of: call)
        #expect(status.map(\.heard) == [.milliseconds(500)])
        #expect(status.map(\.queue.queued) == [.milliseconds(1_500)])
        #expect(status.map(\.queue.underruns) == [0])
    }

    /// A mark tells what waits behind it.
    @Test func aMarkTellsTheQueue() {
        var call = VirtualCall.answered()
        call.botSays(Self.second)
        call.bot(.mark(name: "m"))
        call.botSays(Self.second)
        call.run(slots: 50)
        let queues = call.botEvents.compactMap {
            if case .mark(_, .played, _, let queue) = $0.event { queue } else { nil }
        }
        #expect(queues.map(\.queued) == [.seconds(1)])
    }

    /// A bot that sends two frames where one has its time runs ahead by so much; one that paces itself does not.
    @Test(arguments: [(1, 0), (2, 980)])
    func drift(framesASlot: Int, milliseconds: Int) {
        var call = VirtualCall.answered()
        for _ in 0..<50 {
            for _ in 0..<framesASlot { call.botSays(Array(Self.second.prefix(160))) }
            call.slot()
        }
        call.bot(.reportStatus)
        let drift = self.statuses(of: call).first?.queue.drift ?? .zero
        #expect(abs(drift.inMilliseconds - Int64(milliseconds)) <= 40, "\(drift)")
    }

    @Test func anUnderrunIsCounted() {
        var call = VirtualCall.answered()
        for _ in 0..<3 {
            for _ in 0..<10 {
                call.botSays(Array(Self.second.prefix(160)))
                call.slot()
            }
            // Longer than the lead, shorter than a pause between utterances.
            call.run(slots: 12)
        }
        call.botSays(Array(Self.second.prefix(160)))
        call.bot(.reportStatus)
        let status = self.statuses(of: call).first?.queue
        #expect((status?.underruns ?? 0) >= 2)
        #expect((status?.drift ?? .zero) < .zero)
    }

    /// Told once at each depth, and what comes in between is kept.
    @Test func backPressureAtTheStatedDepths() {
        var call = VirtualCall()
        call.attach(
            rate: .hz8000, backPressure: BackPressureDepths(pauseAt: .seconds(3), resumeBelow: .seconds(2)))
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.path.answered(at: call.now, into: &call.output)
        for _ in 0..<4 { call.botSays(Self.second) }
        #expect(call.pressures == [.pause])
        #expect(call.path.samplesQueued == 32_000)
        call.run(slots: 100)
        #expect(call.pressures == [.pause])
        call.run(slots: 1)
        #expect(call.pressures == [.pause, .resume])
        call.botSays(Self.second + Self.second)
        #expect(call.pressures == [.pause, .resume, .pause])
        // A clear relieves the queue as playing does.
        call.bot(.clear)
        call.run(slots: 1)
        #expect(call.pressures == [.pause, .resume, .pause, .resume])
    }

    @Test func aBotWithoutWordsForItIsNotPressed() {
        var call = VirtualCall.answered()
        for _ in 0..<55 { call.botSays(Self.second) }
        #expect(call.pressures.isEmpty)
    }

    /// Nothing leaves while the bot pauses, nothing is lost, and a clear does not end the pause.
    @Test func pauseKeepsWhatWaits() {
        var call = VirtualCall.answered()
        call.botSays(Self.second)
        call.bot(.mark(name: "end"))
        call.run(slots: 10)
        call.bot(.pausePlayout)
        call.run(slots: 50)
        #expect(call.marks.isEmpty)
        #expect(call.path.samplesQueued == 6_400)
        #expect(call.heardByFarEnd.suffix(49 * 160).allSatisfy { abs($0) <= 8 })
        call.bot(.continuePlayout)
        call.run(slots: 40)
        #expect(call.marks.map(\.heard) == [.seconds(1)])
        call.bot(.pausePlayout)
        call.botSays(Self.second)
        call.bot(.clear)
        call.botSays(Self.second)
        call.run(slots: 20)
        #expect(call.path.samplesQueued == 8_000)
    }

    @Test func drainedIsToldOnce() {
        var call = VirtualCall.answered()
        call.botSays(Self.second)
        call.bot(.reportDrained)
        call.run(slots: 49)
        #expect(call.drained == 0)
        call.run(slots: 3)
        #expect(call.drained == 1)
        call.run(slots: 10)
        #expect(call.drained == 1)
        // Asterisk's idiom: asked for before a flush, it tells that the flush is done.
        call.botSays(Self.second)
        call.bot(.reportDrained)
        call.bot(.clear)
        call.run(slots: 1)
        #expect(call.drained == 2)
    }
}

extension VirtualCall {
    fileprivate var pressures: [BackPressure] {
        self.botEvents.compactMap { if case .backPressure(let pressure, _) = $0.event { pressure } else { nil } }
    }

    fileprivate var drained: Int { self.botEvents.count { $0.event == .drained } }
}
