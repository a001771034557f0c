import RTP
import Testing
import Timekeeping

/// Sender, receiver and RTCP of two parties together, over a link that loses, doubles and reorders.
@Suite struct RTPSessionTests {
    /// One party: what it sends, what it hears, what it reports.
    private struct Party {
        var sender: RTPSender
        var receiver = RTPReceiver()
        var schedule: RTCPSchedule
        var random: SeededGenerator
        var roundTrip: Duration?
        var reports = 0

        init(seed: UInt64) {
            self.random = SeededGenerator(seed: seed)
            self.sender = RTPSender(using: &self.random)
            self.schedule = RTCPSchedule(at: .origin, using: &self.random)
        }

        mutating func nextDatagram() -> [UInt8] {
            var octets = [UInt8](repeating: 0xD5, count: 172)
            self.sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160).write(into: &octets)
            return octets
        }

        /// The report that is due now, if one is.
        mutating func report(at now: Instant) -> [UInt8]? {
            guard self.schedule.isDue(at: now) else { return nil }
            let blocks = self.receiver.reportBlock(at: now).map { [$0] } ?? []
            let octets = RTCPCompound([
                .senderReport(
                    SenderReport(
                        ssrc: self.sender.ssrc, ntpTimestamp: RTPSessionTests.wallClock(at: now),
                        rtpTimestamp: self.sender.timestamp, packetCount: self.sender.packetCount,
                        octetCount: self.sender.octetCount, blocks: blocks)),
                .sourceDescription([SourceDescriptionChunk(ssrc: self.sender.ssrc, cname: "party@test")]),
            ]).encoded()
            self.schedule.sent(lengthInBytes: octets.count, at: now, using: &self.random)
            self.reports += 1
            return octets
        }

        mutating func hear(report octets: [UInt8], at now: Instant) throws {
            self.schedule.received(lengthInBytes: octets.count)
            for packet in try RTCPCompound(octets.span).packets {
                guard case .senderReport(let report) = packet else { continue }
                self.receiver.receive(report, at: now)
                for block in report.blocks where block.ssrc == self.sender.ssrc {
                    self.roundTrip = block.roundTrip(receivedAt: RTPSessionTests.wallClock(at: now)) ?? self.roundTrip
                }
            }
        }
    }

    private static func wallClock(at now: Instant) -> NTPTimestamp {
        NTPTimestamp(sinceEpoch: .seconds(1_795_000_000) + Instant.origin.duration(to: now))
    }

    /// Two minutes over a link of 35 ms each way: both measure the round trip, count the losses of the other's stream, and
    /// report about each 5 s.
    @Test func twoParties() throws {
        var link = SeededGenerator(seed: 1)
        var alice = Party(seed: 2)
        var bob = Party(seed: 3)
        var inFlight: [(at: Instant, toBob: Bool, isReport: Bool, octets: [UInt8])] = []
        var dropped = 0
        for slot in 0..<6_000 {
            let now = Instant.origin + .milliseconds(slot * 20)
            while let first = inFlight.first, first.at <= now {
                inFlight.removeFirst()
                switch (first.toBob, first.isReport) {
                case (true, true): try bob.hear(report: first.octets, at: first.at)
                case (false, true): try alice.hear(report: first.octets, at: first.at)
                case (true, false): _ = bob.receiver.receive(try RTPPacket(first.octets.span), at: first.at)
                case (false, false): _ = alice.receiver.receive(try RTPPacket(first.octets.span), at: first.at)
                }
            }
            let arrival = now + .milliseconds(35)
            let datagram = alice.nextDatagram()
            if slot > 0, Int.random(in: 0..<50, using: &link) == 0 {
                dropped += 1
            } else {
                inFlight.append((arrival, true, false, datagram))
            }
            inFlight.append((arrival, false, false, bob.nextDatagram()))
            if let report = alice.report(at: now) { inFlight.append((arrival, true, true, report)) }
            if let report = bob.report(at: now) { inFlight.append((arrival, false, true, report)) }
        }
        for party in [alice, bob] {
            let roundTrip = try #require(party.roundTrip)
            #expect(abs(roundTrip.inSeconds - 0.070) < 0.001)
            #expect((20...60).contains(party.reports), "\(party.reports) reports in two minutes")
        }
        #expect(bob.receiver.lost <= Int64(dropped) && bob.receiver.lost >= Int64(dropped) - 2)
        #expect(alice.receiver.lost == 0 && alice.receiver.jitter == .zero)
    }

    /// Losses, duplicates and misordering are counted for what they are, over several wraps of the sequence number.
    @Test(arguments: [0, 1, 5, 20]) func countsOverWraps(_ percent: Int) throws {
        var random = SeededGenerator(seed: UInt64(percent) + 100)
        var receiver = RTPReceiver()
        var lost = 0
        var doubled = 0
        var swapped: [UInt8]?
        let total = 200_000
        for number in 0..<total {
            let datagram = Stream.datagram(
                UInt16(truncatingIfNeeded: number + 65_000), timestamp: UInt32(truncatingIfNeeded: number) &* 160,
                milliseconds: 10)
            let now = Instant.origin + .milliseconds(number * 20)
            let isEdge = number == 0 || number == total - 1
            switch isEdge ? 99 : Int.random(in: 0..<100, using: &random) {
            case 0..<percent: lost += 1
            case percent..<(percent + 2):
                doubled += 1
                _ = receiver.receive(try RTPPacket(datagram.span), at: now)
                #expect(receiver.receive(try RTPPacket(datagram.span), at: now) == .duplicate)
            case 60..<62 where swapped == nil: swapped = datagram
            default:
                _ = receiver.receive(try RTPPacket(datagram.span), at: now)
                if let late = swapped {
                    #expect(receiver.receive(try RTPPacket(late.span), at: now) != .held)
                    swapped = nil
                }
            }
        }
        #expect(receiver.lost == Int64(lost) && receiver.duplicates == UInt64(doubled))
        #expect(receiver.packets == UInt64(total - lost) && receiver.restarts == 0 && receiver.held == 0)
        #expect(receiver.octets == receiver.packets * 80)
    }

    /// Digits over a link that loses a tenth: each of which anything arrives is heard once, in order.
    @Test(arguments: [0, 10, 30]) func digitsOverLoss(_ percent: Int) throws {
        var random = SeededGenerator(seed: UInt64(percent) + 7)
        var events = TelephoneEventSender()
        var sender = RTPSender(using: &random)
        var receiver = TelephoneEventReceiver()
        let keys = Array("1234567890*#ABCD1122334455667788990")
        for key in keys {
            let isQueued = events.enqueue(try #require(TelephoneEvent(digit: key)))
            #expect(isQueued)
        }
        var arrived: [RTPTimestamp] = []
        var heard: [Character?] = []
        var now = Instant.origin
        while !events.isIdle {
            if let deadline = receiver.deadline, deadline <= now, let ended = receiver.handleTimeout(at: now) {
                heard.append(ended.event.digit)
            }
            switch events.nextSlot(at: sender.timestamp, samples: 160) {
            case .packet(let packet), .lastPacket(let packet):
                let header = sender.nextEvent(packet, payloadType: .telephoneEvent)
                guard Int.random(in: 0..<100, using: &random) >= percent else { break }
                if arrived.last != header.timestamp { arrived.append(header.timestamp) }
                if let ended = receiver.receive(packet.payload, timestamp: header.timestamp, at: now).ended {
                    heard.append(ended.event.digit)
                }
            case .pause, .audio: break
            }
            sender.pass(samples: 160)
            now += .milliseconds(20)
        }
        if let deadline = receiver.deadline, let ended = receiver.handleTimeout(at: deadline) {
            heard.append(ended.event.digit)
        }
        #expect(heard.count == arrived.count)
        #expect(percent > 10 || heard == keys.map { $0 }, "eight packets survive a tenth")
    }

    /// One octet of a good packet replaced by any value: read or refused, never beyond the end.
    @Test func everySubstitutionInTheHeader() throws {
        let good = hexadecimalOctets("92e50001000000a0112233440102030405060708bede0001aabbccddd5d5d5d5d5d5d504")
        let goodCount = good.count
        for index in 0..<24 {
            for value in UInt8.min...UInt8.max {
                var octets = good
                octets[index] = value
                guard let packet = try? RTPPacket(octets.span) else { continue }
                #expect(packet.payload.lowerBound >= 12 && packet.payload.upperBound <= goodCount)
            }
        }
    }
}
