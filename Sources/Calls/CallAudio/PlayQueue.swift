import PCM

/// A mark that has been answered, and how much of the bot's audio had left by then.
package struct AnsweredMark: Hashable, Sendable {
    package var name: String
    package var isPlayed: Bool
    /// `PlayQueue.samplesHeard` when it was answered.
    package var samplesHeard: Int

    package init(name: String, isPlayed: Bool, samplesHeard: Int) {
        self.name = name
        self.isPlayed = isPlayed
        self.samplesHeard = samplesHeard
    }
}

/// What one call has yet to play: bot audio at 8 kHz, prompts and marks, in the order in which they came.
///
/// Audio comes in pieces of any size and leaves in frames. A mark is answered with the frame that carries the last
/// sample before it. When the queue is full the newest audio is refused: what was accepted first is part of a sentence
/// that the caller already hears.
package struct PlayQueue: Sendable {
    private enum Entry: Sendable {
        /// So many samples of the ring.
        case audio(Int)
        case prompt([Int16], next: Int)
        /// A prompt that is being read; what follows waits for it.
        case awaited(PromptTicket)
        case mark(String)
    }

    private var ring: SampleRing
    /// A list whose first `first` entries are spent; they are cut off when it runs empty, or when half of it is spent.
    private var entries: [Entry] = []
    private var first = 0
    private let entriesMax: Int
    private var nextTicket: UInt32 = 0

    /// All bot audio that has left since the beginning, in samples at 8 kHz; prompts do not count.
    package private(set) var samplesHeard = 0

    package init(limits: PlayQueueLimits) {
        self.ring = SampleRing(countMax: max(AudioPath.frameLength, SampleRate.hz8000.samples(in: limits.depth)))
        self.entriesMax = limits.entriesMax
    }

    /// Bot audio that waits, in samples; prompts do not count, because they cost no room.
    package var samplesWaiting: Int { self.ring.count }
    /// What `samplesWaiting` can be at most.
    package var samplesMax: Int { self.ring.countMax }
    package var isEmpty: Bool { self.first == self.entries.count }
    package var sizeInBytes: Int { self.ring.sizeInBytes + self.entries.capacity * MemoryLayout<Entry>.stride }
    private var isListFull: Bool { self.entries.count - self.first >= self.entriesMax }

    /// Appends bot audio, and returns how many of the samples were accepted; the rest, the newest, are refused.
    package mutating func append(_ samples: Span<Int16>) -> Int {
        if case .audio(let count)? = self.entries.last, self.first < self.entries.count {
            let accepted = self.ring.append(samples)
            self.entries[self.entries.count - 1] = .audio(count + accepted)
            return accepted
        }
        guard !self.isListFull else { return 0 }
        let accepted = self.ring.append(samples)
        if accepted > 0 { self.entries.append(.audio(accepted)) }
        return accepted
    }

    /// False when as many entries wait as the limits allow.
    package mutating func append(prompt samples: [Int16]) -> Bool {
        self.append(.prompt(samples, next: 0))
    }

    /// Keeps a place for a prompt that has yet to be read; nil when as many entries wait as the limits allow.
    package mutating func reservePrompt() -> PromptTicket? {
        let ticket = PromptTicket(number: self.nextTicket)
        guard self.append(.awaited(ticket)) else { return nil }
        self.nextTicket &+= 1
        return ticket
    }

    /// Fills a reserved place; nil samples give it up. A ticket whose place was cleared does nothing.
    package mutating func fulfil(_ ticket: PromptTicket, with samples: [Int16]?) {
        for index in self.first..<self.entries.count {
            guard case .awaited(ticket) = self.entries[index] else { continue }
            self.entries[index] = .prompt(samples ?? [], next: 0)
            return
        }
    }

    /// False when as many entries wait as the limits allow. The mark is answered by a later `fill`, or by a `clear`.
    package mutating func append(mark name: String) -> Bool {
        self.append(.mark(name))
    }

    /// Fills `frame` from `start` on with what waits, and returns how far it is filled then.
    ///
    /// Marks that this frame reaches are appended to `answered`, also one that stands right behind its last sample.
    package mutating func fill(
        _ frame: inout MutableSpan<Int16>, from start: Int = 0, answering answered: inout [AnsweredMark]
    ) -> Int {
        var filled = start
        while self.first < self.entries.count {
            switch self.entries[self.first] {
            case .awaited:
                return filled
            case .mark(let name):
                answered.append(self.answer(name, isPlayed: true))
                self.dropFirst()
            case .audio(let count):
                guard filled < frame.count else { return filled }
                let taken = min(count, frame.count - filled)
                self.ring.take(taken, into: &frame, at: filled)
                self.samplesHeard += taken
                filled += taken
                if taken == count { self.dropFirst() } else { self.entries[self.first] = .audio(count - taken) }
            case .prompt(let samples, let next):
                guard next < samples.count else {
                    self.dropFirst()
                    continue
                }
                guard filled < frame.count else { return filled }
                let taken = min(samples.count - next, frame.count - filled)
                for index in 0..<taken { frame[filled + index] = samples[next + index] }
                filled += taken
                self.entries[self.first] = .prompt(samples, next: next + taken)
            }
        }
        return filled
    }

    /// Answers the marks that nothing stands before; for marks that come while nothing is queued.
    package mutating func answerReachedMarks(into answered: inout [AnsweredMark]) {
        while self.first < self.entries.count, case .mark(let name) = self.entries[self.first] {
            answered.append(self.answer(name, isPlayed: true))
            self.dropFirst()
        }
    }

    /// Drops everything that waits. Each mark among it is appended to `answered` as not played; returns the bot audio
    /// that was dropped, in samples.
    package mutating func clear(answering answered: inout [AnsweredMark]) -> Int {
        for index in self.first..<self.entries.count {
            guard case .mark(let name) = self.entries[index] else { continue }
            answered.append(self.answer(name, isPlayed: false))
        }
        let dropped = self.ring.count
        self.entries.removeAll(keepingCapacity: true)
        self.first = 0
        self.ring.removeAll()
        return dropped
    }

    private mutating func append(_ entry: Entry) -> Bool {
        guard !self.isListFull else { return false }
        self.entries.append(entry)
        return true
    }

    private func answer(_ name: String, isPlayed: Bool) -> AnsweredMark {
        AnsweredMark(name: name, isPlayed: isPlayed, samplesHeard: self.samplesHeard)
    }

    private mutating func dropFirst() {
        self.entries[self.first] = .audio(0)
        self.first += 1
        if self.first == self.entries.count {
            self.entries.removeAll(keepingCapacity: true)
            self.first = 0
        } else if self.first >= 32, self.first * 2 >= self.entries.count {
            self.entries.removeFirst(self.first)
            self.first = 0
        }
    }
}

/// A place in the queue for a prompt that is being read.
package struct PromptTicket: Hashable, Sendable {
    package let number: UInt32
}
