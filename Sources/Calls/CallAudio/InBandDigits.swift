import AudioAnalysis
import BotProtocol
import PCM
import Timekeeping

/// Digits as tones in the audio itself, both ways, for far ends that take no telephone events.
struct InBandDigits: Sendable {
    private var detector = DTMFDetector()
    private var waiting: [DTMFDigit] = []
    private var sending: Sending?

    private struct Sending: Sendable {
        var digit: DTMFDigit
        var tone: ToneGenerator
        var slots = 0
    }

    /// What a slot carries besides what it would carry anyway.
    enum Slot: Hashable, Sendable {
        case audio
        /// The frame holds a piece of the tone; with the digit, when it is its last.
        case tone(completed: DTMFDigit?)
        case pause
    }

    /// Digits that may wait to be sent.
    static let waitingMax = 64
    /// 100 ms of tone and 100 ms of pause: twice what Q.24 asks for.
    private static let toneSlots = 5
    private static let pauseSlots = 5
    /// Of each of the two tones, in dB of full scale: about -9 dBm0.
    private static let level = -12.0

    init() {}

    /// False when too many wait.
    mutating func enqueue(_ digit: DTMFDigit) -> Bool {
        guard self.waiting.count < Self.waitingMax else { return false }
        self.waiting.append(digit)
        return true
    }

    /// Decides a slot, and fills its frame with tone where it carries one.
    mutating func nextSlot(_ frame: inout MutableSpan<Int16>) -> Slot {
        if self.sending == nil, !self.waiting.isEmpty {
            let digit = self.waiting.removeFirst()
            self.sending = Sending(digit: digit, tone: Self.tone(of: digit))
        }
        guard var current = self.sending else { return .audio }
        current.slots += 1
        defer { self.sending = current.slots < Self.toneSlots + Self.pauseSlots ? current : nil }
        guard current.slots <= Self.toneSlots else { return .pause }
        current.tone.fill(&frame)
        Self.shape(&frame, rises: current.slots == 1, falls: current.slots == Self.toneSlots)
        return .tone(completed: current.slots == Self.toneSlots ? current.digit : nil)
    }

    /// Takes what is heard, and returns the digit that it shows to be released.
    mutating func hear(_ frame: Span<Int16>) -> (digit: DTMFDigit, duration: Duration)? {
        guard let press = self.detector.process(frame), let digit = DTMFDigit(eventCode: press.code) else { return nil }
        return (digit, press.duration)
    }

    private static func tone(of digit: DTMFDigit) -> ToneGenerator {
        let (row, column) = Self.places[Int(digit.eventCode)]
        return ToneGenerator(
            frequencies: (Self.rows[row], Self.columns[column]), level: Self.level, rate: .hz8000)
    }

    /// 2.5 ms of slope at either end, so that nothing clicks.
    private static func shape(_ frame: inout MutableSpan<Int16>, rises: Bool, falls: Bool) {
        for step in 0..<min(Self.slopeLength, frame.count) {
            let weight = Float(step) / Float(Self.slopeLength)
            if rises { frame[step] = Int16(Float(frame[step]) * weight) }
            let last = frame.count - 1 - step
            if falls { frame[last] = Int16(Float(frame[last]) * weight) }
        }
    }

    private static let slopeLength = 20
    /// ITU-T Q.23, in hertz.
    private static let rows: [Double] = [697, 770, 852, 941]
    private static let columns: [Double] = [1_209, 1_336, 1_477, 1_633]
    /// Row and column of each event code: 0 to 9, `*`, `#`, A to D.
    private static let places: [(Int, Int)] = [
        (3, 1), (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 2), (0, 3), (1, 3),
        (2, 3), (3, 3),
    ]
}
