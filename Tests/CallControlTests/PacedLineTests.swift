import CallControl
import Synchronization
import Testing
import Timekeeping
import Trunks

/// A waiting line of calls: in order, within its pace, none lost.
@Suite struct PacedLineTests {
    private final class Granted: Sendable {
        private let calls = Mutex<[CallIdentifier]>([])
        var all: [CallIdentifier] { self.calls.withLock { $0 } }
        func note(_ call: CallIdentifier) { self.calls.withLock { $0.append(call) } }
    }

    private static func calls(_ count: Int) -> [CallIdentifier] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in CallIdentifier(using: &generator) }
    }

    private static func line(
        limit: Int, waiting: Int, places: CallPlaces = CallPlaces(max: 100), _ granted: Granted
    ) -> PacedLine {
        var pace = Pace()
        pace.limit = limit
        pace.waitingMax = waiting
        return PacedLine(pace: pace, places: places, now: { .origin }, grant: { granted.note($0) })
    }

    @Test func grantsUpToThePaceAndKeepsTheRest() async {
        let granted = Granted()
        let line = Self.line(limit: 2, waiting: 2, granted)
        let calls = Self.calls(5)
        for call in calls.prefix(4) { #expect(await line.request(call)) }
        #expect(granted.all == Array(calls.prefix(2)))
        #expect(await line.waitingCount == 2)
        #expect(await !line.request(calls[4]), "the line is full")
        await line.withdraw(calls[2])
        #expect(await line.waitingCount == 1)
        #expect(await line.request(calls[4]))
        #expect(granted.all == Array(calls.prefix(2)))
    }

    /// Those that wait take no place; those that go wait for one, and one that goes again is first and needs no other.
    @Test func theLineStandsWhileNoPlaceIsLeft() async {
        let granted = Granted()
        let places = CallPlaces(max: 2)
        let line = Self.line(limit: 100, waiting: 10, places: places, granted)
        let calls = Self.calls(4)
        for call in calls { #expect(await line.request(call)) }
        #expect(granted.all == Array(calls.prefix(2)))
        #expect(places.isFull)
        #expect(await line.waitingCount == 2)

        #expect(await line.request(calls[1]), "a fail-over")
        #expect(granted.all == [calls[0], calls[1], calls[1]])

        places.release(calls[0])
        await line.withdraw(calls[3])
        #expect(await line.request(calls[3]))
        #expect(granted.all.last == calls[2])
        #expect(places.take(calls[1]) && !places.take(calls[3]))
    }

    /// Where ports rest after short calls, who goes next would find none and be lost: it waits for them.
    @Test func theLineStandsWhileNoPortIsLeft() async {
        let granted = Granted()
        let pairs = Mutex(2)
        let places = CallPlaces(max: 100) { pairs.withLock { $0 } }
        let line = Self.line(limit: 100, waiting: 10, places: places, granted)
        let calls = Self.calls(4)
        for call in calls { #expect(await line.request(call)) }
        #expect(granted.all == Array(calls.prefix(2)))
        #expect(!places.isFull, "an order may still join the line")

        places.release(calls[0])
        pairs.withLock { $0 = 1 }
        #expect(await line.request(calls[1]), "a fail-over has its ports")
        #expect(granted.all == [calls[0], calls[1], calls[1]])
        pairs.withLock { $0 = 2 }
        await line.withdraw(calls[3])
        #expect(await line.request(calls[3]))
        #expect(granted.all.last == calls[2])
        #expect(await line.waitingCount == 1)
    }

    /// A Retry-After of the carrier holds everybody back.
    @Test func aPauseHoldsTheLine() async {
        let granted = Granted()
        let line = Self.line(limit: 10, waiting: 10, granted)
        await line.pause(for: .seconds(5))
        #expect(await line.request(Self.calls(1)[0]))
        #expect(granted.all.isEmpty)
        #expect(await line.waitingCount == 1)
    }
}
