import CallAudio
import Testing

/// The queue alone: order, bounds, marks and clears, in samples.
@Suite struct PlayQueueTests {
    /// A queue, and frames taken out of it.
    struct Bench {
        var queue: PlayQueue
        var answered: [AnsweredMark] = []
        var played: [Int16] = []

        init(depth: Duration = .seconds(60), entriesMax: Int = 1_024) {
            var limits = PlayQueueLimits()
            limits.depth = depth
            limits.entriesMax = entriesMax
            self.queue = PlayQueue(limits: limits)
        }

        /// Takes one frame, and returns how much of it was filled.
        mutating func frame(_ length: Int = 160) -> Int {
            var frame = [Int16](repeating: 0, count: length)
            var span = frame.mutableSpan
            let filled = self.queue.fill(&span, answering: &self.answered)
            self.played += frame[..<filled]
            return filled
        }
    }

    /// 1, 2, 3, … so that a sample tells its place.
    static func ramp(_ range: Range<Int>) -> [Int16] {
        range.map { Int16(truncatingIfNeeded: $0) }
    }

    /// Whatever the pieces, the same samples leave in the same order.
    @Test(arguments: [1, 7, 159, 160, 161, 1_100, 8_000, 100_000])
    func anyChunkLengthPlaysWhole(chunk: Int) {
        var bench = Bench()
        let all = Self.ramp(0..<100_000)
        var start = 0
        while start < all.count {
            let end = min(start + chunk, all.count)
            #expect(bench.queue.append(all[start..<end].span) == end - start)
            start = end
        }
        while bench.frame() > 0 {}
        #expect(bench.played == all)
        #expect(bench.queue.isEmpty)
        #expect(bench.queue.samplesHeard == 100_000)
    }

    /// Pieces come while frames leave: the ring turns round many times.
    @Test func producerAndConsumerInterleave() {
        var bench = Bench()
        let all = Self.ramp(0..<200_000)
        var start = 0
        var step = 0
        while start < all.count {
            let end = min(start + 37 + step * 53 % 700, all.count)
            _ = bench.queue.append(all[start..<end].span)
            start = end
            step += 1
            _ = bench.frame()
        }
        while bench.frame() > 0 {}
        #expect(bench.played == all)
    }

    /// The limit is met exactly, the newest is refused, and what was accepted plays.
    @Test func newestIsRefusedWhenFull() {
        var bench = Bench(depth: .seconds(2))
        #expect(bench.queue.samplesMax == 16_000)
        #expect(bench.queue.append(Self.ramp(0..<15_999).span) == 15_999)
        #expect(bench.queue.append(Self.ramp(15_999..<16_100).span) == 1)
        #expect(bench.queue.append([1].span) == 0)
        #expect(bench.frame() == 160)
        #expect(bench.queue.append(Self.ramp(0..<400).span) == 160)
        while bench.frame() > 0 {}
        #expect(bench.played.count == 16_160)
        #expect(bench.played[..<16_000] == Self.ramp(0..<16_000)[...])
    }

    /// The depth is kept to the sample; less than one frame would let nothing through.
    @Test(arguments: [(Duration.milliseconds(500), 4_000), (.milliseconds(1_250), 10_000), (.zero, 160)])
    func depthIsExact(depth: Duration, samples: Int) {
        #expect(Bench(depth: depth).queue.samplesMax == samples)
    }

    /// A minute costs its memory while it waits, and no longer.
    @Test func memoryIsBoundedAndComesBack() {
        var bench = Bench()
        let before = bench.queue.sizeInBytes
        #expect(before < 20_000)
        for _ in 0..<200 { _ = bench.queue.append([Int16](repeating: 1, count: 8_000).span) }
        #expect(bench.queue.samplesWaiting == 480_000)
        #expect(bench.queue.sizeInBytes < 1_100_000)
        while bench.frame() > 0 {}
        #expect(bench.queue.sizeInBytes < 70_000)
    }

    /// A mark is answered by the frame that carries the last sample before it, neither earlier nor later.
    @Test(arguments: [1, 159, 160, 161, 320, 1_000])
    func markIsAnsweredWithItsLastSample(position: Int) {
        var bench = Bench()
        _ = bench.queue.append(Self.ramp(0..<position).span)
        #expect(bench.queue.append(mark: "m") == true)
        _ = bench.queue.append(Self.ramp(0..<500).span)
        var frames = 0
        while bench.answered.isEmpty {
            _ = bench.frame()
            frames += 1
        }
        #expect(frames == (position + 159) / 160)
        #expect(bench.answered == [AnsweredMark(name: "m", isPlayed: true, samplesHeard: position)])
    }

    @Test func marksKeepTheirOrderAndMayStandTogether() {
        var bench = Bench()
        for name in ["a", "b"] { #expect(bench.queue.append(mark: name) == true) }
        _ = bench.queue.append(Self.ramp(0..<100).span)
        for name in ["c", "a"] { #expect(bench.queue.append(mark: name) == true) }
        #expect(bench.frame() == 100)
        #expect(bench.answered.map(\.name) == ["a", "b", "c", "a"])
        #expect(bench.answered.map(\.samplesHeard) == [0, 0, 100, 100])
    }

    /// On an empty queue a mark has nothing to wait for.
    @Test func reachedMarksAreAnsweredWithoutAFrame() {
        var bench = Bench()
        #expect(bench.queue.append(mark: "now") == true)
        bench.queue.answerReachedMarks(into: &bench.answered)
        #expect(bench.answered.map(\.name) == ["now"])
        _ = bench.queue.append(Self.ramp(0..<10).span)
        #expect(bench.queue.append(mark: "later") == true)
        bench.queue.answerReachedMarks(into: &bench.answered)
        #expect(bench.answered.count == 1)
    }

    @Test func clearAnswersWhatItOvertakes() {
        var bench = Bench()
        _ = bench.queue.append(Self.ramp(0..<400).span)
        #expect(bench.queue.append(mark: "first") == true)
        _ = bench.queue.append(Self.ramp(0..<400).span)
        #expect(bench.queue.append(mark: "second") == true)
        #expect(bench.frame() == 160)
        #expect(bench.queue.clear(answering: &bench.answered) == 640)
        #expect(
            bench.answered == [
                AnsweredMark(name: "first", isPlayed: false, samplesHeard: 160),
                AnsweredMark(name: "second", isPlayed: false, samplesHeard: 160),
            ])
        #expect(bench.queue.isEmpty)
        #expect(bench.frame() == 0)
        // What follows a clear counts on.
        _ = bench.queue.append(Self.ramp(0..<80).span)
        #expect(bench.queue.append(mark: "third") == true)
        _ = bench.frame()
        #expect(bench.answered.last == AnsweredMark(name: "third", isPlayed: true, samplesHeard: 240))
    }

    /// Prompts play in their place, and are not the bot's own audio.
    @Test func promptsStandInOrderAndDoNotCountAsHeard() {
        var bench = Bench()
        _ = bench.queue.append(Self.ramp(0..<100).span)
        #expect(bench.queue.append(prompt: Self.ramp(1_000..<1_300)) == true)
        #expect(bench.queue.append(mark: "after") == true)
        _ = bench.queue.append(Self.ramp(100..<200).span)
        while bench.frame() > 0 {}
        #expect(bench.played == Self.ramp(0..<100) + Self.ramp(1_000..<1_300) + Self.ramp(100..<200))
        #expect(bench.answered == [AnsweredMark(name: "after", isPlayed: true, samplesHeard: 100)])
        #expect(bench.queue.samplesHeard == 200)
    }

    /// What follows a prompt that is being read waits for it, and is not lost with it.
    @Test func reservedPlaceHoldsTheQueue() throws {
        var bench = Bench()
        let ticketPlace = bench.queue.reservePrompt()
        let ticket = try #require(ticketPlace)
        _ = bench.queue.append(Self.ramp(0..<160).span)
        #expect(bench.frame() == 0)
        bench.queue.fulfil(ticket, with: Self.ramp(500..<540))
        bench.queue.fulfil(ticket, with: Self.ramp(0..<9))
        while bench.frame() > 0 {}
        #expect(bench.played == Self.ramp(500..<540) + Self.ramp(0..<160))

        let missingPlace = bench.queue.reservePrompt()
        let missing = try #require(missingPlace)
        _ = bench.queue.append([7].span)
        bench.queue.fulfil(missing, with: nil)
        #expect(bench.frame() == 1)

        let clearedPlace = bench.queue.reservePrompt()
        let cleared = try #require(clearedPlace)
        _ = bench.queue.clear(answering: &bench.answered)
        bench.queue.fulfil(cleared, with: [1, 2, 3])
        #expect(bench.frame() == 0)
    }

    /// Marks and prompts have their own bound; audio that continues the last piece needs no new place.
    @Test func entriesAreBounded() {
        var bench = Bench(entriesMax: 4)
        _ = bench.queue.append([1].span)
        for name in ["a", "b", "c"] { #expect(bench.queue.append(mark: name) == true) }
        #expect(bench.queue.append(mark: "d") == false)
        #expect(bench.queue.append(prompt: [1]) == false)
        #expect(bench.queue.reservePrompt() == nil)
        #expect(bench.queue.append([2].span) == 0)
        #expect(bench.frame() == 1)
        #expect(bench.queue.append([3].span) == 1)
        #expect(bench.queue.append([4, 5].span) == 2)
        #expect(bench.queue.append(mark: "e") == true)
    }

    /// Thousands of marks over a long call leave no trace behind.
    @Test func spentEntriesAreForgotten() {
        var bench = Bench()
        for round in 0..<5_000 {
            _ = bench.queue.append([Int16](repeating: 3, count: 160).span)
            #expect(bench.queue.append(mark: "\(round)") == true)
            if round >= 20 { _ = bench.frame() }
        }
        #expect(bench.answered.count >= 4_900)
        #expect(bench.queue.sizeInBytes < 40_000)
    }
}
