import RTP
import Testing
import Timekeeping

/// The delay that a network asks for, in virtual time.
@Suite struct PlayoutDelayTests {
    /// Packets of 20 ms, each late by what `lateness` gives.
    private static func run(
        _ delay: inout PlayoutDelay, from first: Int = 0, packets: Int, partsPerMillion: Int64 = 0,
        lateness: (Int) -> Duration
    ) {
        for number in first..<(first + packets) {
            let sent = Duration.nanoseconds(Int64(number) * (20_000_000 + 20 * partsPerMillion))
            delay.receive(
                timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: number) &* 160 &+ 4_294_960_000),
                at: .origin + .seconds(1) + sent + lateness(number))
        }
    }

    @Test func aQuietNetworkNeedsTheLeast() {
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 1_000) { .milliseconds($0 % 3 * 5) }
        #expect(delay.target == PlayoutDelay.min)
    }

    /// The target covers the jitter and little more.
    @Test(arguments: [60, 100, 200]) func followsTheJitter(_ milliseconds: Int) {
        var random = SeededGenerator(seed: UInt64(milliseconds))
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 1_000) { _ in .milliseconds(Int.random(in: 0...milliseconds, using: &random)) }
        #expect(delay.target >= .milliseconds(milliseconds * 9 / 10))
        #expect(delay.target <= .milliseconds(milliseconds + 10))
    }

    /// One packet of a bad network is enough at first, and two within five seconds later; one among many is an accident.
    @Test func growsAtOnce() {
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 10) { $0 == 9 ? .milliseconds(90) : .zero }
        #expect(delay.target == .milliseconds(100))
        delay = PlayoutDelay()
        Self.run(&delay, packets: 100) { $0 == 99 ? .milliseconds(90) : .zero }
        #expect(delay.target == PlayoutDelay.min)
        Self.run(&delay, from: 100, packets: 1) { _ in .milliseconds(90) }
        #expect(delay.target == .milliseconds(100))
    }

    /// Packets that play late enough for a restless network are held for long enough when it falls quiet, though every
    /// packet is now as slow as the slow ones were: the quickest of five seconds are meant, not the quickest of late.
    @Test func aSlowerNetworkLacksNothing() throws {
        var random = SeededGenerator(seed: 80)
        var delay = PlayoutDelay()
        #expect(delay.hold(of: RTPTimestamp(0), playedAt: .origin) == nil)
        for number in 0..<1_000 {
            Self.run(&delay, from: number, packets: 1) { _ in
                number < 500 ? .milliseconds(Int.random(in: 0...100, using: &random)) : .milliseconds(80)
            }
            let sent = Instant.origin + .seconds(1) + .milliseconds(number * 20)
            let timestamp = RTPTimestamp(UInt32(truncatingIfNeeded: number) &* 160 &+ 4_294_960_000)
            let hold = try #require(delay.hold(of: timestamp, playedAt: sent + .milliseconds(115)))
            #expect(number == 0 || hold >= delay.target - .milliseconds(5), "packet \(number)")
        }
        #expect(delay.target == PlayoutDelay.min)
        delay.restart()
        #expect(delay.hold(of: RTPTimestamp(0), playedAt: .origin) == nil)
    }

    /// Five seconds after the last slow packet the delay is the least again.
    @Test func shrinksWhenTheNetworkIsQuiet() {
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 300) { .milliseconds($0 % 2 * 120) }
        #expect(delay.target == .milliseconds(130))
        Self.run(&delay, from: 300, packets: 200) { _ in .zero }
        #expect(delay.target == .milliseconds(130))
        Self.run(&delay, from: 500, packets: 60) { _ in .zero }
        #expect(delay.target == PlayoutDelay.min)
    }

    @Test func staysWithinItsBounds() {
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 500) { .milliseconds($0 % 5 * 400) }
        #expect(delay.target == PlayoutDelay.max)
    }

    /// Half an hour at 200 millionths in either direction, with the timestamps' wrap in it, is no jitter.
    @Test(arguments: [-200, 200] as [Int64]) func driftLeavesNoTrace(_ partsPerMillion: Int64) {
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 90_000, partsPerMillion: partsPerMillion) { _ in .zero }
        #expect(delay.target == PlayoutDelay.min)
    }

    /// Another source has its own clock, and a jump of the clock is not the network's doing.
    @Test func restartsAndJumps() {
        var delay = PlayoutDelay()
        Self.run(&delay, packets: 100) { _ in .zero }
        delay.restart()
        delay.receive(timestamp: RTPTimestamp(77), at: .origin + .seconds(900))
        delay.receive(timestamp: RTPTimestamp(77 + 160), at: .origin + .seconds(900) + .milliseconds(20))
        #expect(delay.target == PlayoutDelay.min)
        delay.receive(timestamp: RTPTimestamp(2_000_000_000), at: .origin + .seconds(900) + .milliseconds(40))
        delay.receive(timestamp: RTPTimestamp(2_000_000_160), at: .origin + .seconds(900) + .milliseconds(60))
        #expect(delay.target == PlayoutDelay.min)
    }

    /// A pause that was announced leaves no hole before it or behind it; the announcement's number is no loss.
    @Test func announcedPauses() throws {
        var stream = Stream()
        for number in 0..<5 { _ = try stream.receive(Stream.datagram(UInt16(number))) }
        stream.buffer.pause(at: ExtendedSequenceNumber(5))
        stream.pass(.milliseconds(40))
        var played: [Stream.Played] = []
        for _ in 0..<7 { played.append(stream.play()) }
        #expect(played.packets == [0, 1, 2, 3, 4] && played.missing == 0)
        // 60 ms of pause: what sets in again waits for its delay and is no loss.
        _ = try stream.receive(Stream.datagram(6, timestamp: 8 * 160))
        #expect(stream.play() == .empty)
        stream.pass(.milliseconds(40))
        #expect(stream.play() == .packet(6, samples: 160))
        #expect(stream.buffer.missing == 0)
        // The pause of a packet that was overtaken says nothing.
        stream.buffer.pause(at: ExtendedSequenceNumber(3))
        #expect(stream.play() == .missing(samples: 160))
    }
}
