import FlowSimulator
import Testing
import Timekeeping

/// Loss, order, jitter and digits of what arrived.
@Suite struct ReceptionTests {
    /// Sequence numbers that arrive, and what is made of them.
    struct Arrival: Sendable {
        var numbers: [UInt16]
        var lost = 0
        var duplicates = 0
        var reordered = 0
    }

    @Test(arguments: [
        Arrival(numbers: [1, 2, 3]), Arrival(numbers: [1, 2, 4], lost: 1), Arrival(numbers: [1, 5, 6], lost: 3),
        Arrival(numbers: [1, 2, 2, 3], duplicates: 1), Arrival(numbers: [1, 3, 2, 4], reordered: 1),
        Arrival(numbers: [65_534, 65_535, 0, 1]), Arrival(numbers: [65_534, 1], lost: 2),
        Arrival(numbers: [1, 100, 2], lost: 97, reordered: 1), Arrival(numbers: [1, 40_000, 40_001]),
        Arrival(numbers: [5]), Arrival(numbers: [10, 12, 11, 11], duplicates: 1, reordered: 1),
    ])
    func lossAndOrder(arrival: Arrival) {
        var figures = ReceptionFigures()
        for (index, number) in arrival.numbers.enumerated() {
            figures.received(
                source: 7, sequence: number, timestamp: UInt32(index * 160), lengthInBytes: 160, isAudio: true,
                at: .origin + .milliseconds(index * 20))
        }
        #expect(figures.packets == arrival.numbers.count)
        #expect(figures.octets == arrival.numbers.count * 160)
        #expect(figures.lost == arrival.lost)
        #expect(figures.duplicates == arrival.duplicates)
        #expect(figures.reordered == arrival.reordered)
    }

    /// A new source is a new span: what the old one lost stays counted.
    @Test func aNewSourceBeginsAnew() {
        var figures = ReceptionFigures()
        for (source, number) in [(1, 1), (1, 3), (2, 500), (2, 501)] as [(UInt32, UInt16)] {
            figures.received(
                source: source, sequence: number, timestamp: 0, lengthInBytes: 1, isAudio: true, at: .origin)
        }
        #expect(figures.lost == 1)
    }

    /// RFC 3550 section 6.4.1: a steady stream has none; one packet 16 ms late adds a sixteenth of its 128 units.
    @Test func jitter() {
        var figures = ReceptionFigures()
        for packet in 0..<10 {
            let late = packet == 9 ? 16 : 0
            figures.received(
                source: 1, sequence: UInt16(packet), timestamp: UInt32(packet * 160), lengthInBytes: 160, isAudio: true,
                at: .origin + .milliseconds(packet * 20 + late))
        }
        #expect(figures.jitterInTimestampUnits == 8)
        #expect(figures.jitter == .milliseconds(1))
    }

    /// The packets of an event share a timestamp, which is no jitter.
    @Test func eventsAreNoJitter() {
        var figures = ReceptionFigures()
        for packet in 0..<10 {
            figures.received(
                source: 1, sequence: UInt16(packet), timestamp: 0, lengthInBytes: 4, isAudio: false,
                at: .origin + .milliseconds(packet * 20))
        }
        #expect(figures.jitterInTimestampUnits == 0)
    }

    // MARK: Digits

    private static func event(_ event: UInt8, end: Bool = false, duration: Int) -> ArraySlice<UInt8> {
        [event, (end ? 0x80 : 0) | 10, UInt8(duration >> 8), UInt8(duration & 0xFF)]
    }

    @Test func oneDigitOfManyPackets() {
        var receiver = DigitReceiver(origin: .origin)
        let now = Instant.origin + .milliseconds(1_234)
        #expect(receiver.receive(Self.event(2, duration: 160), timestamp: 1_000, at: now)?.description == "2")
        #expect(receiver.receive(Self.event(2, duration: 800), timestamp: 1_000, at: now) == nil)
        for _ in 0..<3 {
            #expect(receiver.receive(Self.event(2, end: true, duration: 960), timestamp: 1_000, at: now) == nil)
        }
        #expect(receiver.heard.map(\.digit) == ["2"])
        #expect(receiver.heard.map(\.atInMilliseconds) == [1_234])
        #expect(receiver.heard.map(\.durationInMilliseconds) == [120])
        #expect(receiver.heard.map(\.packets) == [5])
        #expect(receiver.heard.map(\.ended) == [true])
    }

    /// Only the last of the packets arrived: the digit counts all the same.
    @Test func theEndAloneIsADigit() {
        var receiver = DigitReceiver(origin: .origin)
        #expect(
            receiver.receive(Self.event(11, end: true, duration: 800), timestamp: 5, at: .origin)?.description == "#")
    }

    @Test func theSameDigitTwiceIsTwo() {
        var receiver = DigitReceiver(origin: .origin)
        for timestamp in [100, 1_000] as [UInt32] {
            _ = receiver.receive(Self.event(1, end: true, duration: 800), timestamp: timestamp, at: .origin)
        }
        #expect(receiver.heard.map(\.digit) == ["1", "1"])
    }

    /// A copy of an earlier digit that comes late is no digit; nor is a flash or half a payload.
    @Test func lateAndStrangePayloadsAreIgnored() {
        var receiver = DigitReceiver(origin: .origin)
        _ = receiver.receive(Self.event(1, end: true, duration: 800), timestamp: 1_000, at: .origin)
        #expect(receiver.receive(Self.event(3, end: true, duration: 800), timestamp: 100, at: .origin) == nil)
        #expect(receiver.receive(Self.event(16, end: true, duration: 800), timestamp: 2_000, at: .origin) == nil)
        #expect(receiver.receive([1, 2, 3], timestamp: 3_000, at: .origin) == nil)
        #expect(receiver.ignored == 3)
        #expect(receiver.heard.count == 1)
    }

    /// The limit of what is kept.
    @Test func atMostAThousandDigitsAreKept() {
        var receiver = DigitReceiver(origin: .origin)
        for timestamp in 0..<1_001 {
            _ = receiver.receive(Self.event(1, end: true, duration: 800), timestamp: UInt32(timestamp), at: .origin)
        }
        #expect(receiver.heard.count == 1_000)
        #expect(receiver.ignored == 1)
    }

    @Test func digitsAndCharacters() {
        let text = "0123456789*#ABCD"
        #expect(text.compactMap { Digit($0) }.map(\.description).joined() == text)
        #expect(text.compactMap { Digit($0) }.map(\.event) == Array(0..<16))
        #expect(Digit("a") == nil)
        #expect(Digit(event: 16) == nil)
    }

    /// A report keeps a thousand keys, and counts the rest as ignored.
    @Test func digitsAreBounded() {
        var receiver = DigitReceiver(origin: .origin)
        for number in 1...1_500 as ClosedRange<UInt32> {
            _ = receiver.receive(Self.event(1, end: true, duration: 800), timestamp: number * 1_000, at: .origin)
        }
        #expect(receiver.heard.count == 1_000 && receiver.ignored == 500)
    }

    /// So do its ladder and its list of deeds; the first entries stay.
    @Test func entriesOfAReportAreBounded() {
        var entries: [Int] = []
        for number in 0..<(3 * CallReport.entriesMax) { entries.append(number, upTo: CallReport.entriesMax) }
        #expect(entries == Array(0..<CallReport.entriesMax))
    }
}
