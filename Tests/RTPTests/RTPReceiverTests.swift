import RTP
import Testing
import Timekeeping

/// RFC 3550 appendices A.1, A.3 and A.8.
@Suite struct RTPReceiverTests {
    private func packet(_ number: UInt16, timestamp: UInt32? = nil, ssrc: UInt32 = 1) throws -> RTPPacket {
        try RTPPacket(Stream.datagram(number, timestamp: timestamp, ssrc: ssrc).span)
    }

    @Test func numbersRunOnOverTheWrap() throws {
        var receiver = RTPReceiver()
        var numbers: [Int64] = []
        for number in [65_530, 65_535, 3, 65_534, 4] as [UInt16] {
            guard case .accepted(let extended) = receiver.receive(try self.packet(number), at: .origin) else {
                Issue.record("all are packets of the stream")
                return
            }
            numbers.append(extended.rawValue)
        }
        #expect(numbers == [0, 5, 9, 4, 10])
        #expect(receiver.lost == 6)
    }

    /// A step of `dropoutMax` and a packet `misorderMax` + 1 behind are suspicious; the steps just inside are not.
    @Test func edgesOfDropoutAndMisorder() throws {
        var receiver = RTPReceiver()
        _ = receiver.receive(try self.packet(1_000), at: .origin)
        #expect(receiver.receive(try self.packet(1_000 + 3_000), at: .origin) == .held)
        #expect(receiver.receive(try self.packet(1_000 + 2_999), at: .origin) != .held)
        #expect(receiver.receive(try self.packet(3_999 - 101), at: .origin) == .held)
        #expect(receiver.receive(try self.packet(3_999 - 100), at: .origin) != .held)
        #expect(receiver.receive(try self.packet(3_999 - 100), at: .origin) == .duplicate)
    }

    /// Two stray packets that do not follow each other restart nothing, and a good packet between clears suspicion.
    @Test func straysDoNotRestart() throws {
        var receiver = RTPReceiver()
        _ = receiver.receive(try self.packet(1), at: .origin)
        #expect(receiver.receive(try self.packet(20_000), at: .origin) == .held)
        #expect(receiver.receive(try self.packet(30_000), at: .origin) == .held)
        #expect(receiver.receive(try self.packet(2), at: .origin) != .held)
        #expect(receiver.receive(try self.packet(30_001), at: .origin) == .held)
        #expect(receiver.restarts == 0)
        #expect(receiver.receive(try self.packet(30_002), at: .origin) != .held)
        #expect(receiver.restarts == 1)
    }

    /// No extended number is given twice, over restarts and late packets of either source.
    @Test func numbersNeverRepeat() throws {
        var receiver = RTPReceiver()
        var seen: Set<ExtendedSequenceNumber> = []
        for (number, ssrc) in [
            (10, 1), (11, 1), (12, 1), (500, 2), (501, 2), (499, 2), (450, 2), (502, 2), (9, 3), (10, 3),
        ]
            as [(UInt16, UInt32)]
        {
            switch receiver.receive(try self.packet(number, ssrc: ssrc), at: .origin, isAuthenticated: ssrc == 2) {
            case .accepted(let extended), .restarted(let extended):
                #expect(seen.insert(extended).inserted)
            case .held, .duplicate: break
            }
        }
        #expect(seen.count == 9)
    }

    /// A.8 by hand: transit differences of 0, 80 and 80 clock units.
    @Test func jitterFollowsTheFormula() throws {
        var receiver = RTPReceiver()
        let arrivals: [(UInt16, Int64)] = [(0, 0), (1, 20), (2, 50), (3, 60)]
        for (number, milliseconds) in arrivals {
            _ = receiver.receive(
                try self.packet(number), at: .origin + .milliseconds(milliseconds))
        }
        // J = 0; then 0; then 80 sixteenths; then 80 + 80 - 5 = 155 sixteenths: 9 whole units of 125 µs.
        #expect(receiver.jitter == .microseconds(9 * 125))
    }

    /// A jump of the peer's timestamp by minutes is no jitter.
    @Test func timestampJumpIsNoJitter() throws {
        var receiver = RTPReceiver()
        _ = receiver.receive(try self.packet(0), at: .origin)
        _ = receiver.receive(try self.packet(1, timestamp: 160), at: .origin + .milliseconds(20))
        _ = receiver.receive(try self.packet(2, timestamp: 90_000_000), at: .origin + .milliseconds(40))
        _ = receiver.receive(try self.packet(3, timestamp: 90_000_160), at: .origin + .milliseconds(60))
        #expect(receiver.jitter == .zero)
    }

    /// A.3: the fraction is of the interval since the last report, the total of the whole call.
    @Test func reportBlockCountsLosses() throws {
        var receiver = RTPReceiver()
        #expect(receiver.reportBlock(at: .origin) == nil)
        for number in [0, 1, 2, 3, 6, 7, 8, 9] as [UInt16] {
            _ = receiver.receive(try self.packet(number), at: .origin)
        }
        let firstBlock = receiver.reportBlock(at: .origin)
        let first = try #require(firstBlock)
        #expect(first.fractionLost == 51 && first.cumulativeLost == 2 && first.highestSequenceNumber == 9)
        for number in 10..<20 { _ = receiver.receive(try self.packet(UInt16(number)), at: .origin) }
        let secondBlock = receiver.reportBlock(at: .origin)
        let second = try #require(secondBlock)
        #expect(second.fractionLost == 0 && second.cumulativeLost == 2 && second.highestSequenceNumber == 19)
    }

    /// LSR and DLSR let the sender of the report compute the round trip (section 6.4.1).
    @Test func roundTrip() throws {
        var receiver = RTPReceiver()
        _ = receiver.receive(try self.packet(0), at: .origin)
        let sentAt = NTPTimestamp(sinceEpoch: .seconds(1_000))
        let report = SenderReport(
            ssrc: SSRC(1), ntpTimestamp: sentAt, rtpTimestamp: RTPTimestamp(0), packetCount: 1, octetCount: 160,
            blocks: [])
        receiver.receive(report, at: .origin + .milliseconds(100))
        let reported = receiver.reportBlock(at: .origin + .milliseconds(600))
        let block = try #require(reported)
        #expect(block.lastSenderReport == sentAt.middle)
        #expect(block.delaySinceLastSenderReport == 32_768)
        let roundTrip = try #require(
            block.roundTrip(receivedAt: NTPTimestamp(sinceEpoch: .milliseconds(1_000_750))))
        #expect(abs(roundTrip.inSeconds - 0.25) < 0.001)
        #expect(block.roundTrip(receivedAt: NTPTimestamp(sinceEpoch: .milliseconds(1_000_100))) == nil)
        var silent = block
        silent.lastSenderReport = 0
        #expect(silent.roundTrip(receivedAt: sentAt) == nil)
    }

    /// A report of another source is none of ours.
    @Test func reportsOfStrangersAreIgnored() throws {
        var receiver = RTPReceiver()
        _ = receiver.receive(try self.packet(0), at: .origin)
        let report = SenderReport(
            ssrc: SSRC(2), ntpTimestamp: NTPTimestamp(sinceEpoch: .seconds(9)), rtpTimestamp: RTPTimestamp(0),
            packetCount: 1, octetCount: 160, blocks: [])
        receiver.receive(report, at: .origin)
        #expect(receiver.reportBlock(at: .origin)?.lastSenderReport == 0)
    }
}
