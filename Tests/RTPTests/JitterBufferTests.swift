import RTP
import Testing
import Timekeeping

/// The play-out timeline, in virtual time.
@Suite struct JitterBufferTests {
    /// Packets of every length from 10 to 200 ms come out whole, in order, at their own pace.
    @Test(arguments: [10, 20, 30, 40, 60, 100, 200]) func everyPacketLength(_ milliseconds: Int) throws {
        var stream = Stream()
        for number in 0..<20 {
            let insertion = try stream.receive(Stream.datagram(UInt16(number), milliseconds: milliseconds))
            #expect(insertion == .queued)
            stream.pass(.milliseconds(milliseconds))
            while stream.buffer.depth > .milliseconds(40 + milliseconds) {
                #expect(
                    stream.play()
                        == .packet(UInt8(number) - UInt8(stream.buffer.count), samples: UInt32(8 * milliseconds)))
            }
        }
        #expect(stream.buffer.skipped == 0 && stream.buffer.missing == 0)
    }

    /// The first packet waits for the delay; zero plays it at once.
    @Test(arguments: [0, 20, 40, 100]) func delayOfTheFirstPacket(_ milliseconds: Int) throws {
        var stream = Stream(delay: .milliseconds(milliseconds))
        _ = try stream.receive(Stream.datagram(1))
        for _ in 0..<(milliseconds / 20) {
            #expect(stream.play() == .empty)
            stream.pass(.milliseconds(20))
        }
        #expect(stream.play() == .packet(1, samples: 160))
    }

    /// Nothing is lost and the delay stays the same over an hour of packets in time.
    @Test func anHourKeepsItsDelay() throws {
        var stream = Stream()
        var played = 0
        for number in 0..<180_000 {
            _ = try stream.receive(
                Stream.datagram(UInt16(truncatingIfNeeded: number), timestamp: UInt32(number) &* 160))
            if case .packet = stream.play() { played += 1 }
            #expect(stream.buffer.count <= 2)
            stream.pass(.milliseconds(20))
        }
        #expect(played == 180_000 - 2)
        #expect(stream.buffer.missing == 0 && stream.buffer.late == 0 && stream.buffer.skipped == 0)
    }

    /// A packet that comes after the buffer ran dry still plays: the delay grows, nothing is thrown away.
    @Test func lateButNotReplacedStillPlays() throws {
        var stream = Stream(delay: .zero)
        _ = try stream.receive(Stream.datagram(1))
        #expect(stream.play() == .packet(1, samples: 160))
        stream.pass(.milliseconds(20))
        #expect(stream.play() == .missing(samples: 160))
        _ = try stream.receive(Stream.datagram(2))
        stream.pass(.milliseconds(20))
        #expect(stream.play() == .packet(2, samples: 160))
        #expect(stream.buffer.late == 0)
    }

    /// A packet whose slot went out as missing, with later ones behind it, is late.
    @Test func lateAfterItsSlot() throws {
        var stream = Stream(delay: .zero)
        for number in [1, 3, 4] as [UInt16] { _ = try stream.receive(Stream.datagram(number)) }
        #expect([stream.play(), stream.play(), stream.play()].packets == [1, 3])
        #expect(try stream.receive(Stream.datagram(2)) == .late)
        #expect(stream.buffer.late == 1 && stream.buffer.missing == 1)
    }

    /// A real loss at an empty buffer is counted once: what was missing already is part of the gap.
    @Test func lossDuringUnderrunKeepsTheTimeline() throws {
        var stream = Stream(delay: .zero)
        _ = try stream.receive(Stream.datagram(1))
        #expect(stream.play() == .packet(1, samples: 160))
        #expect(stream.play() == .missing(samples: 160))
        _ = try stream.receive(Stream.datagram(3))
        #expect(stream.play() == .packet(3, samples: 160), "2 was lost, and its slot is over")
        #expect(stream.buffer.missing == 1)
    }

    /// Concealment ends after 100 ms; then nothing is meant to play until the next packet, which starts anew.
    @Test func longUnderrunBecomesSilence() throws {
        var stream = Stream(delay: .milliseconds(20))
        _ = try stream.receive(Stream.datagram(1))
        stream.pass(.milliseconds(20))
        #expect(stream.play() == .packet(1, samples: 160))
        #expect((0..<5).map { _ in stream.play() }.missing == 5)
        #expect(stream.play() == .empty)
        stream.pass(.seconds(3))
        _ = try stream.receive(Stream.datagram(152))
        #expect(stream.play() == .empty, "it waits for its delay again")
        stream.pass(.milliseconds(20))
        #expect(stream.play() == .packet(152, samples: 160))
    }

    /// DTX: the next packet follows without loss but later in time; it plays `delay` after it came, not after the gap.
    @Test func pauseOfTheSender() throws {
        var stream = Stream()
        _ = try stream.receive(Stream.datagram(1, timestamp: 0))
        stream.pass(.milliseconds(40))
        #expect(stream.play() == .packet(1, samples: 160))
        stream.pass(.milliseconds(60))
        _ = try stream.receive(Stream.datagram(2, timestamp: 800, marker: true))
        #expect(stream.play() == .empty, "a pause is no loss")
        stream.pass(.milliseconds(40))
        #expect(stream.play() == .packet(2, samples: 160))
        #expect(stream.buffer.missing == 0)
    }

    /// A timestamp that jumps back does not make later packets late.
    @Test func timestampJumpsBack() throws {
        var stream = Stream()
        for (number, timestamp) in [(1, 900_000), (2, 900_160), (3, 40), (4, 200)] as [(UInt16, UInt32)] {
            #expect(try stream.receive(Stream.datagram(number, timestamp: timestamp)) == .queued)
            stream.pass(.milliseconds(20))
        }
        #expect(stream.playOut().packets == [1, 2, 3, 4])
        #expect(stream.buffer.late == 0)
    }

    /// A burst beyond `depthMax` makes room from the oldest end, so that the delay cannot grow without bound.
    @Test func burstIsCutToDepth() throws {
        var stream = Stream()
        for number in 0..<50 { _ = try stream.receive(Stream.datagram(UInt16(number))) }
        #expect(stream.buffer.depth <= .milliseconds(440))
        #expect(stream.buffer.skipped == 50 - 22)
        stream.pass(.milliseconds(40))
        #expect(stream.play() == .packet(28, samples: 160))
    }

    /// 64 packets and 96 cells are the most; what does not fit is refused and counted, and all room comes back.
    @Test func slotsAreBounded() throws {
        var stream = Stream(delay: .seconds(1))
        var refused = 0
        for number in 0..<80 where try stream.receive(Stream.datagram(UInt16(number), milliseconds: 10)) == .refused {
            refused += 1
        }
        #expect(stream.buffer.count == JitterBuffer.slotsMax && refused == 80 - JitterBuffer.slotsMax)
        #expect(stream.buffer.refused == UInt64(refused))
        stream.buffer.clear()
        for round in 0..<50 {
            for number in 0..<6 {
                #expect(
                    try stream.receive(Stream.datagram(UInt16(1_000 + round * 6 + number), milliseconds: 200))
                        == .queued)
                #expect(stream.buffer.count <= 6)
            }
            stream.buffer.clear()
            #expect(stream.buffer.count == 0)
        }
    }

    @Test func uselessPacketsAreRefused() throws {
        var buffer = JitterBuffer()
        let datagram = Stream.datagram(1)
        var packet = try RTPPacket(datagram.span)
        let number = ExtendedSequenceNumber(1)
        #expect(buffer.insert(packet, of: datagram.span, sequence: number, samples: 0, at: .origin) == .refused)
        #expect(buffer.insert(packet, of: datagram.span, sequence: number, samples: 1_601, at: .origin) == .refused)
        packet.payload = 12..<12
        #expect(buffer.insert(packet, of: datagram.span, sequence: number, samples: 160, at: .origin) == .refused)
        #expect(buffer.refused == 3)
    }

    @Test func duplicatesAreCounted() throws {
        var buffer = JitterBuffer()
        let datagram = Stream.datagram(1)
        let packet = try RTPPacket(datagram.span)
        let number = ExtendedSequenceNumber(1)
        #expect(buffer.insert(packet, of: datagram.span, sequence: number, samples: 160, at: .origin) == .queued)
        #expect(buffer.insert(packet, of: datagram.span, sequence: number, samples: 160, at: .origin) == .duplicate)
        #expect(buffer.duplicates == 1)
    }

    /// Random jitter, reordering, duplicates and losses for ten minutes: what plays is in order, nothing plays twice, and
    /// every packet is accounted for.
    @Test func everyPacketIsAccountedFor() throws {
        var random = SeededGenerator(seed: 3_550)
        var arrivals: [(at: Instant, number: Int)] = []
        for number in 0..<30_000 {
            guard Int.random(in: 0..<100, using: &random) >= 3 else { continue }
            let at = Instant.origin + .milliseconds(number * 20 + Int.random(in: 0...50, using: &random))
            arrivals.append((at, number))
            if number % 20 == 0 { arrivals.append((at + .milliseconds(3), number)) }
        }
        arrivals.sort { $0.at < $1.at }
        var stream = Stream()
        var queued = 0
        var played: [UInt8] = []
        var next = 0
        for tick in 0..<30_100 {
            stream.now = .origin + .milliseconds(tick * 20)
            while next < arrivals.count, arrivals[next].at <= stream.now {
                let number = arrivals[next].number
                let datagram = Stream.datagram(
                    UInt16(truncatingIfNeeded: number), timestamp: UInt32(number) &* 160)
                if try stream.receive(datagram) == .queued { queued += 1 }
                next += 1
            }
            if case .packet(let value, _) = stream.play() { played.append(value) }
        }
        #expect(queued == played.count + stream.buffer.count + Int(stream.buffer.skipped))
        #expect(zip(played, played.dropFirst()).allSatisfy { (1...20).contains($1 &- $0) }, "in order, none twice")
        #expect(played.count > 28_000)
    }
}
