import CallAudio
import Testing
import Timekeeping

/// When an utterance begins, for bots that send in different ways.
@Suite struct AdaptiveStartTests {
    /// Plays messages through a queue in virtual time, millisecond by millisecond.
    struct Bench {
        var start = AdaptiveStart()
        var queued = Duration.zero
        var now = Instant.origin
        var holes = 0
        /// From the first message of each utterance to its first frame.
        var delays: [Duration] = []
        private var began: Instant?

        /// `messages`: when each comes, from now, and how long it is.
        mutating func play(_ messages: [(at: Duration, length: Duration)], until end: Duration) {
            let origin = self.now
            var next = 0
            self.began = nil
            while self.now < origin + end {
                while next < messages.count, origin + messages[next].at <= self.now {
                    self.queued += messages[next].length
                    if next == 0 { self.began = self.now }
                    self.start.messageArrived(messages[next].length, queued: self.queued, at: self.now)
                    next += 1
                }
                let isSlot = origin.duration(to: self.now).inMilliseconds.isMultiple(of: 20)
                if isSlot { self.slot(moreIsDue: next < messages.count) }
                self.now += .milliseconds(1)
            }
        }

        private mutating func slot(moreIsDue: Bool) {
            guard self.start.mayPlay(at: self.now) else {
                // Between two messages of one utterance silence is a hole, once it has begun to play.
                if case .dry = self.start.state, moreIsDue { self.holes += 1 }
                return
            }
            if let began = self.began {
                self.delays.append(began.duration(to: self.now))
                self.began = nil
            }
            let left = self.queued - .milliseconds(20)
            self.queued = max(.zero, left)
            if left < .zero {
                self.start.ranDry(at: self.now)
                if moreIsDue { self.holes += 1 }
            }
        }
    }

    static func paced(_ count: Int, every interval: Double, length: Double, jitter: [Double] = [0]) -> [(
        at: Duration, length: Duration
    )] {
        (0..<count).map { index in
            let at = Double(index) * interval + jitter[index % jitter.count]
            return (.microseconds(Int64(max(0, at) * 1_000)), .microseconds(Int64(length * 1_000)))
        }
    }

    /// Stock pipecat: 2,200 bytes each 140 ms give or take 20 (protocols.md 13.3): no hole, heard one message later.
    @Test(arguments: [[0.0], [0, 20, -20, 20], [0, -20, 20, -20, 0, 20], [0, 20, 20, 20, -20]])
    func pacedLongMessages(jitter: [Double]) {
        var bench = Bench()
        bench.play(Self.paced(40, every: 137.5, length: 137.5, jitter: jitter), until: .seconds(6))
        #expect(bench.holes == 0)
        #expect(bench.start.underruns == 0)
        #expect(bench.delays.count == 1)
        #expect(bench.delays.allSatisfy { $0 <= .milliseconds(200) })
    }

    /// The same bot as measured, each message 2.5 ms late: a sentence of five seconds still has no hole.
    @Test func pacedALittleSlowly() {
        var bench = Bench()
        bench.play(Self.paced(36, every: 140, length: 137.5, jitter: [0, 20, -20]), until: .seconds(6))
        #expect(bench.holes == 0)
    }

    @Test(arguments: [(20.0, 80), (40.0, 100), (94.75, 140)])
    func pacedShortMessagesBeginSooner(length: Double, delayMax: Int) {
        var bench = Bench()
        bench.play(Self.paced(100, every: length, length: length, jitter: [0, 8, 3, 12]), until: .seconds(10))
        #expect(bench.holes == 0)
        #expect(bench.delays.allSatisfy { $0 <= .milliseconds(delayMax + 20) })
    }

    /// A whole sentence at once needs no lead, in one message or in many.
    @Test(arguments: [(1, 3_000.0), (30, 100.0), (150, 20.0)])
    func wholeSentenceBeginsAtOnce(count: Int, length: Double) {
        var bench = Bench()
        bench.play(Self.paced(count, every: 0, length: length), until: .seconds(4))
        #expect(bench.holes == 0)
        #expect(bench.delays == [.zero])
    }

    /// A single short message is heard after its own length and the lead, not never.
    @Test func loneBeepIsHeard() {
        var bench = Bench()
        bench.play([(at: .zero, length: .milliseconds(100))], until: .seconds(1))
        #expect(bench.delays == [.milliseconds(140)])
    }

    /// A mark behind the only message says that nothing follows.
    @Test func endOfUtteranceEndsTheGathering() {
        var start = AdaptiveStart()
        start.messageArrived(.milliseconds(100), queued: .milliseconds(100), at: .origin)
        #expect(start.mayPlay(at: .origin) == false)
        start.utteranceEnded()
        #expect(start.mayPlay(at: .origin) == true)
    }

    /// What a bot has shown in one utterance serves the next: no lead for one that sends ahead.
    @Test func habitIsRemembered() {
        var bench = Bench()
        bench.play(Self.paced(30, every: 1, length: 100), until: .seconds(5))
        bench.play(Self.paced(30, every: 10, length: 100), until: .seconds(5))
        #expect(bench.delays.last == .zero)

        var pacing = Bench()
        pacing.play(Self.paced(20, every: 137.5, length: 137.5), until: .seconds(5))
        // A short first message, as a model's first token gives, does not shorten the lead of a bot that paces.
        pacing.play(
            [(at: .zero, length: .milliseconds(20))]
                + Self.paced(20, every: 137.5, length: 137.5).map {
                    (at: $0.at + .milliseconds(100), length: $0.length)
                },
            until: .seconds(5))
        #expect(pacing.holes == 0)
    }

    /// An utterance that ran dry goes on with the next message, and the next utterance has a longer lead.
    @Test func underrunGoesOnAtOnce() {
        var start = AdaptiveStart()
        start.messageArrived(.milliseconds(500), queued: .milliseconds(500), at: .origin)
        #expect(start.mayPlay(at: .origin) == true)
        start.ranDry(at: .origin + .milliseconds(500))
        #expect(start.mayPlay(at: .origin + .milliseconds(520)) == false)
        start.messageArrived(.milliseconds(20), queued: .milliseconds(20), at: .origin + .milliseconds(600))
        #expect(start.mayPlay(at: .origin + .milliseconds(600)) == true)
        #expect(start.underruns == 1)
        start.ranDry(at: .origin + .milliseconds(620))
        // After a pause it is another utterance, and not an underrun.
        let later = Instant.origin + .seconds(3)
        start.messageArrived(.milliseconds(100), queued: .milliseconds(100), at: later)
        #expect(start.underruns == 1)
        #expect(start.mayPlay(at: later + .milliseconds(150)) == false)
        #expect(start.mayPlay(at: later + .milliseconds(160)) == true)
    }

    @Test func learntLeadIsBounded() {
        var start = AdaptiveStart()
        var now = Instant.origin
        for _ in 0..<100 {
            start.messageArrived(.seconds(1), queued: .seconds(1), at: now)
            _ = start.mayPlay(at: now)
            start.ranDry(at: now + .seconds(1))
            now += .milliseconds(1_200)
        }
        start.cleared()
        start.messageArrived(.milliseconds(20), queued: .milliseconds(20), at: now)
        let longest = AdaptiveStart.lead + AdaptiveStart.extraLeadMax + .seconds(1)
        #expect(start.mayPlay(at: now + longest) == true)
    }

    @Test func promptNeedsNoLead() {
        var start = AdaptiveStart()
        start.promptArrived()
        #expect(start.mayPlay(at: .origin) == true)
    }

    @Test func clearBeginsAnew() {
        var start = AdaptiveStart()
        start.messageArrived(.seconds(1), queued: .seconds(1), at: .origin)
        #expect(start.mayPlay(at: .origin) == true)
        start.cleared()
        #expect(start.state == .idle)
        #expect(start.mayPlay(at: .origin) == false)
    }
}
