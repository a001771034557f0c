import RTP
import Testing
import Timekeeping

/// What the network and the clocks do to the timeline over minutes, in virtual time.
@Suite struct JitterBufferTimingTests {
    /// Sends packets at the times that `sentAt` gives and plays one slot each 20 ms until `end`.
    private func run(
        _ stream: inout Stream, packets: Int, until end: Duration, arrival: (Int) -> Duration?
    ) throws -> [Stream.Played] {
        var arrivals: [(at: Instant, number: Int)] = []
        for number in 0..<packets {
            if let after = arrival(number) { arrivals.append((.origin + after, number)) }
        }
        arrivals.sort { $0.at == $1.at ? $0.number < $1.number : $0.at < $1.at }
        var played: [Stream.Played] = []
        var next = 0
        var slot = Instant.origin
        while slot < .origin + end {
            while next < arrivals.count, arrivals[next].at <= slot {
                let number = arrivals[next].number
                stream.now = arrivals[next].at
                _ = try stream.receive(
                    Stream.datagram(
                        UInt16(truncatingIfNeeded: number), timestamp: UInt32(truncatingIfNeeded: number) &* 160))
                next += 1
            }
            stream.now = slot
            played.append(stream.play())
            slot += .milliseconds(20)
        }
        return played
    }

    /// A line whose clock is off by up to 200 ppm for half an hour: the delay stays bounded and what is lost or filled is
    /// what the drift amounts to, 18 packets at the most.
    @Test(arguments: [-200, -50, 50, 200]) func drift(_ partsPerMillion: Int) throws {
        var stream = Stream()
        let packets = 90_000
        let played = try self.run(&stream, packets: packets, until: .seconds(1_800)) { number in
            .nanoseconds(Int64(number) * (20_000_000 + 20 * Int64(partsPerMillion)))
        }
        let drifted = abs(partsPerMillion) * 1_800 / 20_000 + 1
        #expect(stream.buffer.depth <= .milliseconds(440))
        #expect(stream.buffer.late == 0)
        #expect(Int(stream.buffer.skipped) <= drifted && played.missing <= drifted)
        #expect(played.packets.count >= packets - 22 - drifted)
    }

    /// The path becomes 60 ms longer for good: the hole is filled once, then play-out goes on without loss.
    @Test func pathBecomesLonger() throws {
        var stream = Stream()
        let played = try self.run(&stream, packets: 500, until: .seconds(10)) { number in
            .milliseconds(number * 20 + (number < 100 ? 0 : 60))
        }
        #expect(stream.buffer.late == 0 && stream.buffer.skipped == 0)
        #expect((1...3).contains(played.missing))
        #expect(
            played.packets == (0..<played.packets.count).map { UInt8(truncatingIfNeeded: $0) }, "every packet, in order"
        )
    }

    /// Nothing arrives for a second and then everything at once: what plays afterwards is at most `depthMax` old.
    @Test func stallAndBurst() throws {
        var stream = Stream()
        let played = try self.run(&stream, packets: 500, until: .seconds(10)) { number in
            (100..<150).contains(number) ? .milliseconds(150 * 20) : .milliseconds(number * 20)
        }
        #expect(stream.buffer.depth <= .milliseconds(440))
        #expect(stream.buffer.skipped >= 25 && stream.buffer.skipped <= 35)
        #expect(played.missing <= 5, "after 100 ms there is nothing to conceal with")
    }

    /// Jitter within the delay costs nothing at all.
    @Test(arguments: [5, 20, 39]) func jitterWithinTheDelay(_ milliseconds: Int) throws {
        var random = SeededGenerator(seed: UInt64(milliseconds))
        var stream = Stream()
        let jitter = (0..<3_000).map { $0 == 0 ? 0 : Int.random(in: 0...milliseconds, using: &random) }
        let played = try self.run(&stream, packets: 3_000, until: .seconds(60)) { number in
            .milliseconds(number * 20 + jitter[number])
        }
        #expect(played.missing == 0 && stream.buffer.late == 0 && stream.buffer.skipped == 0)
        #expect(played.packets.count == 3_000 - 2)
    }

    /// Every loss leaves its slot, so what plays stays on the sender's clock: a hundredth, a tenth, bursts of five.
    @Test(arguments: [(1, 1), (10, 1), (4, 5)]) func lossKeepsTheClock(_ percent: Int, _ burst: Int) throws {
        var random = SeededGenerator(seed: 4_711)
        var lost: Set<Int> = []
        for number in stride(from: 50, to: 2_950, by: burst + 3)
        where Int.random(in: 0..<100, using: &random) < percent * (burst + 3) {
            lost.formUnion(number..<(number + burst))
        }
        var stream = Stream()
        let played = try self.run(&stream, packets: 3_000, until: .seconds(60)) { number in
            lost.contains(number) ? nil : .milliseconds(number * 20)
        }
        for (slot, part) in played.enumerated().dropFirst(2) {
            let number = slot - 2
            if case .packet(let value, _) = part {
                #expect(value == UInt8(truncatingIfNeeded: number))
            } else {
                #expect(lost.contains(number), "slot \(number)")
            }
        }
        #expect(stream.receiver.lost == Int64(lost.count))
    }

    /// A source that restarts while packets wait: those still play, the new ones follow, nothing is silent in between.
    @Test func restartWhilePacketsWait() throws {
        var stream = Stream()
        for number in 0..<3 { _ = try stream.receive(Stream.datagram(UInt16(number)), isAuthenticated: true) }
        for number in 0..<3 {
            _ = try stream.receive(
                Stream.datagram(
                    UInt16(40_000 + number), timestamp: 77 + UInt32(number) * 160, ssrc: 9, value: UInt8(100 + number)),
                isAuthenticated: true)
        }
        stream.pass(.milliseconds(40))
        #expect((0..<6).map { _ in stream.play() }.packets == [0, 1, 2, 100, 101, 102])
        #expect(stream.buffer.missing == 0)
    }

    /// The sender changes its packet time in mid-call.
    @Test func packetTimeChanges() throws {
        var stream = Stream(delay: .zero)
        var timestamp: UInt32 = 0
        var samples: [UInt32] = []
        for (number, milliseconds) in [20, 20, 30, 60, 10, 10, 200, 20].enumerated() {
            let datagram = Stream.datagram(
                UInt16(number), timestamp: timestamp, milliseconds: milliseconds, value: UInt8(number))
            #expect(try stream.receive(datagram) == .queued)
            timestamp += UInt32(8 * milliseconds)
        }
        for _ in 0..<8 {
            if case .packet(_, let count) = stream.play() { samples.append(count) }
        }
        #expect(samples == [160, 160, 240, 480, 80, 80, 1_600, 160])
        #expect(stream.buffer.missing == 0)
    }

    /// Digits take sequence numbers and time, but no audio: the timeline goes on behind them.
    @Test func digitsBetweenAudio() throws {
        var stream = Stream()
        for number in 0..<5 { _ = try stream.receive(Stream.datagram(UInt16(number))) }
        // Eight event packets, 5...12, went to the DTMF receiver and not here; audio goes on after 200 ms.
        for number in 13..<18 {
            _ = try stream.receive(Stream.datagram(UInt16(number), timestamp: UInt32(number + 2) * 160))
        }
        stream.pass(.milliseconds(40))
        let played = (0..<20).map { _ in stream.play() }
        #expect(played.packets == [0, 1, 2, 3, 4, 13, 14, 15, 16, 17])
        #expect(played.missing == 10, "200 ms of slots where the digit was, ten of the twenty")
    }

    /// The timestamp wraps in the middle of a call without anyone noticing.
    @Test func timestampWraps() throws {
        var stream = Stream()
        for number in 0..<10 {
            let timestamp = UInt32.max &- 700 &+ UInt32(number) &* 160
            #expect(try stream.receive(Stream.datagram(UInt16(number), timestamp: timestamp)) == .queued)
        }
        stream.pass(.milliseconds(40))
        #expect((0..<10).map { _ in stream.play() }.packets == (0..<10).map { UInt8($0) })
    }

    /// Each slot tells when its packet came, which is what a recording is aligned by, and when it had left.
    @Test func slotsTellTheirArrival() throws {
        var buffer = JitterBuffer(delay: .milliseconds(20))
        let datagram = Stream.datagram(1)
        let arrival = Instant.origin + .milliseconds(7)
        let packet = try RTPPacket(datagram.span)
        _ = buffer.insert(packet, of: datagram.span, sequence: ExtendedSequenceNumber(1), samples: 160, at: arrival)
        var payload = [UInt8](repeating: 0, count: JitterBuffer.payloadLengthMax)
        var span = payload.mutableSpan
        let early = buffer.next(at: arrival + .milliseconds(19), into: &span)
        let due = buffer.next(at: arrival + .milliseconds(20), into: &span)
        #expect(early == .empty)
        let wanted = JitterBuffer.Slot.packet(
            payloadType: .pcma, lengthInBytes: 160, samples: 160, arrival: arrival, timestamp: packet.timestamp)
        #expect(due == wanted)
    }
}
