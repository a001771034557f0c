import AudioCodecs
import CallAudio
import PCM
import RTP
import Timekeeping

/// What an end with a clock of its own sends, over and over, as A-law leaves it.
struct DriftSound: Sendable, CustomStringConvertible {
    enum Kind: Hashable, Sendable {
        /// 437.5 Hz without a pause: its period is no whole number of samples.
        case tone
        /// 1.2 s of a voice at 125 Hz, 400 ms of a faint hum.
        case voice
    }

    let kind: Kind
    /// Whole frames of 20 ms, and whole periods of all that sounds in them.
    let cycle: [Int16]

    init(_ kind: Kind) {
        self.kind = kind
        let samples = (0..<(kind == .tone ? 3_200 : Self.voiceCycle)).map { Self.sample($0, kind) }
        self.cycle = samples.map { ALaw.decode(ALaw.encode($0)) }
    }

    static let voiceCycle = 12_800
    static let voiceLength = 9_600
    /// 437.5 Hz at 8 kHz, in radians a sample.
    static let step = 2 * Double.pi * 437.5 / 8_000

    var description: String { "\(self.kind)" }

    /// What it sounds like when nobody trims: some seconds of it.
    var untouched: [Int16] { Array(repeating: self.cycle, count: 4).flatMap { $0 } }

    private static func sample(_ index: Int, _ kind: Kind) -> Int16 {
        let time = Double(index) / 8_000
        switch kind {
        case .tone:
            return Int16(8_000 * Transcendental.sine(Self.step * Double(index)))
        case .voice where index >= Self.voiceLength:
            return Int16(20 * Transcendental.sine(2 * .pi * 50 * time))
        case .voice:
            let sum = (1...8).reduce(0.0) { sum, harmonic in
                sum + Transcendental.sine(2 * .pi * 125 * Double(harmonic) * time) / Double(harmonic)
            }
            return Int16(4_000 * sum)
        }
    }

    /// `count` samples from `start` on, no more than a cycle.
    func samples(from start: Int, count: Int) -> [Int16] {
        let first = start % self.cycle.count
        let end = first + count
        guard end > self.cycle.count else { return Array(self.cycle[first..<end]) }
        return Array(self.cycle[first...] + self.cycle[..<(end - self.cycle.count)])
    }
}

/// Half an hour of one direction of a call, in virtual time, whose sending end has a clock of its own.
struct DriftBench {
    enum Direction: Hashable, Sendable {
        /// The line's clock against ours: jitter buffer, towards the bot.
        case fromLine
        /// The bot's clock against ours, in messages of so many samples: play-out queue, towards the line.
        case fromBot(message: Int)
    }

    let direction: Direction
    let sound: DriftSound
    /// By how much the sender's clock is fast, in millionths.
    let partsPerMillion: Int
    /// By how much messages come early or late at most.
    var jitter = Duration.zero

    static let slots = 90_000

    /// What the other end hears, slot by slot.
    private(set) var heard: [Int16] = []
    /// The delay once a second, as the path sees it: held packets, or queued audio right after a frame has left.
    private(set) var delays: [Duration] = []
    private(set) var report = AudioReport()

    init(_ direction: Direction, _ sound: DriftSound, partsPerMillion: Int, jitter: Duration = .zero) {
        self.direction = direction
        self.sound = sound
        self.partsPerMillion = partsPerMillion
        self.jitter = jitter
    }

    /// How long a piece of the sender's audio takes on our clock.
    private func time(ofSamples count: Int) -> Duration {
        .nanoseconds(Int64(Double(count) * 125_000 / (1 + Double(self.partsPerMillion) / 1_000_000)))
    }

    mutating func run() {
        var call = VirtualCall.answered()
        call.keeps = false
        var random = SeededGenerator(seed: 7)
        var samplesSent = 0
        // Between two slots, as on a wire whose phase is nobody's.
        let begin = call.now + .milliseconds(7)
        var due = begin
        self.heard.reserveCapacity(Self.slots * 160)
        for slot in 0..<Self.slots {
            while due <= call.now {
                samplesSent += self.send(from: samplesSent, at: due, to: &call)
                due = begin + self.time(ofSamples: samplesSent)
                if self.jitter > .zero {
                    due += .nanoseconds(Int64.random(in: -self.bound...self.bound, using: &random))
                }
            }
            call.path.hear(at: call.now, into: &call.output)
            call.path.speak(at: call.now + .milliseconds(5), into: &call.output)
            self.listen(to: call.output)
            if slot % 50 == 49 { self.noteDelay(of: call.path) }
            call.output.removeAll()
            call.now += AudioPath.frameTime
        }
        self.report = call.path.report
    }

    private var bound: Int64 { self.jitter.components.attoseconds / 1_000_000_000 }

    private func send(from start: Int, at due: Instant, to call: inout VirtualCall) -> Int {
        switch self.direction {
        case .fromLine:
            let packet = call.farPacket(self.sound.samples(from: start, count: 160))
            call.path.receive(
                packet.span, from: VirtualCall.remoteRTP, isAuthenticated: false, at: due, into: &call.output)
            return 160
        case .fromBot(let message):
            let samples = self.sound.samples(from: start, count: message)
            call.path.receiveBotAudio(samples.span, at: due, into: &call.output)
            return message
        }
    }

    private mutating func listen(to output: AudioPathOutput) {
        switch self.direction {
        case .fromLine:
            for item in output.botItems {
                if case .audio(let range) = item { self.heard += output.botSamples[range] }
            }
        case .fromBot:
            for datagram in output.datagrams where datagram.kind == .rtp {
                self.heard += output.datagramBytes[datagram.range].dropFirst(12).map { ALaw.decode($0) }
            }
        }
    }

    private mutating func noteDelay(of path: AudioPath) {
        switch self.direction {
        case .fromLine: self.delays.append(path.report.playoutDelay ?? .zero)
        case .fromBot: self.delays.append(SampleRate.hz8000.duration(ofSamples: path.samplesQueued))
        }
    }

    // MARK: What it came to

    /// From when the sender began a voice to when it was heard, for each of them, on our clock: measured at the ends
    /// alone.
    var onsets: [Duration] {
        var quiet = 0
        var times: [Int] = []
        for (index, sample) in self.heard.enumerated() {
            if sample.magnitude < 400 {
                quiet += 1
            } else {
                if quiet > 1_600 || times.isEmpty { times.append(index) }
                quiet = 0
            }
        }
        return times.enumerated().map { number, index in
            let began = Duration.milliseconds(7) + self.time(ofSamples: number * DriftSound.voiceCycle)
            return SampleRate.hz8000.duration(ofSamples: index) - began
        }
    }

}

/// What a trim must not leave behind.
enum Clicks {
    /// The largest step from one sample to the next.
    static func stepMax(_ samples: some Collection<Int16>) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
    }

    /// The largest step within the pauses of a voice, their edges left out.
    static func stepMaxInPauses(_ samples: [Int16]) -> Int {
        var largest = 0
        var began = 0
        for (index, sample) in samples.enumerated() where sample.magnitude >= 400 {
            if index - began > 1_600 { largest = max(largest, Self.stepMax(samples[(began + 200)..<(index - 200)])) }
            began = index + 1
        }
        return largest
    }

    /// The most energy in 20 ms of what a click spreads over the upper half of the band and these sounds do not hold, in
    /// dB against full scale. Six differences in a row weigh 4 kHz 300 times more than 1 kHz.
    static func splatter(_ samples: some RandomAccessCollection<Int16>) -> Double {
        let samples = Array(samples)
        var most = 0.0
        var energy = 0.0
        for index in 6..<samples.count {
            var sum = 0
            for (place, weight) in Self.sixDifferences.enumerated() { sum += weight * Int(samples[index - place]) }
            energy += Double(sum * sum)
            guard index % 160 == 159 else { continue }
            most = max(most, energy)
            energy = 0
        }
        // 924: the sum of the squares of the weights.
        return 10 * Transcendental.logarithm10(max(most / 160 / 924, 1) / (32_768 * 32_768))
    }

    private static let sixDifferences = [1, -6, 15, -20, 15, -6, 1]
}
