import Addressing
import CallAudio
import RTP
import Testing
import Timekeeping

/// Whose media is the call's: symmetric RTP without handing the call to a stranger.
@Suite struct SourceLatchTests {
    static let signalled = TransportAddress(.v4(0xC000_0201), port: 40_000)
    static let natted = TransportAddress(.v4(0xC633_6401), port: 61_000)
    static let stranger = TransportAddress(.v4(0xC000_0201), port: 40_002)

    static func packet(_ sequence: Int, ssrc: UInt32 = 7) throws -> RTPPacket {
        var bytes = [UInt8](repeating: 0, count: 172)
        RTPHeader(
            marker: false, payloadType: .pcma,
            sequenceNumber: SequenceNumber(UInt16(truncatingIfNeeded: sequence)),
            timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: 160 * sequence)), ssrc: SSRC(ssrc)
        ).write(into: &bytes)
        return try RTPPacket(bytes.span)
    }

    static func instant(_ slot: Int) -> Instant { .origin + .milliseconds(20 * slot) }

    @Test func signalledSourceIsBelievedAtOnce() throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        #expect(latch.destination == Self.signalled)
        #expect(!latch.isLatched)
        let verdict = latch.judge(
            try Self.packet(1), from: Self.signalled, isAuthenticated: false, at: .origin)
        #expect(verdict == .acceptAndMove(to: Self.signalled))
        #expect(latch.judge(try Self.packet(2), from: Self.signalled, isAuthenticated: false, at: .origin) == .accept)
        #expect(latch.isLatched)
    }

    /// Once the signalled source has spoken, 500 packets of somebody else move nothing (CVE-2017-14099).
    @Test(arguments: [stranger, natted]) func strangerNeverTakesALatchedCall(source: TransportAddress) throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        _ = latch.judge(try Self.packet(1), from: Self.signalled, isAuthenticated: false, at: .origin)
        for slot in 0..<500 {
            let verdict = latch.judge(
                try Self.packet(slot, ssrc: 9), from: source, isAuthenticated: false, at: Self.instant(slot))
            #expect(verdict == .stranger)
        }
        #expect(latch.destination == Self.signalled)
    }

    /// A far end behind a NAT shows itself by packets in a row, over the time that they play, after the grace.
    @Test func nattedSourceIsLearntByRepetition() throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        var accepted: Int?
        for slot in 0..<100 where accepted == nil {
            let verdict = latch.judge(
                try Self.packet(slot), from: Self.natted, isAuthenticated: false, at: Self.instant(slot))
            if verdict == .acceptAndMove(to: Self.natted) { accepted = slot } else { #expect(verdict == .stranger) }
        }
        #expect(accepted == 25)
        #expect(latch.destination == Self.natted)
        #expect(
            latch.judge(try Self.packet(26), from: Self.natted, isAuthenticated: false, at: Self.instant(26)) == .accept
        )
        #expect(
            latch.judge(try Self.packet(1), from: Self.stranger, isAuthenticated: false, at: Self.instant(27))
                == .stranger)
    }

    /// Who was learnt gives way to the signalled address, which is final.
    @Test func signalledSourceWinsOverALearntOne() throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        for slot in 0..<40 {
            _ = latch.judge(try Self.packet(slot), from: Self.natted, isAuthenticated: false, at: Self.instant(slot))
        }
        #expect(latch.destination == Self.natted)
        let verdict = latch.judge(
            try Self.packet(1), from: Self.signalled, isAuthenticated: false, at: Self.instant(41))
        #expect(verdict == .acceptAndMove(to: Self.signalled))
        #expect(
            latch.judge(try Self.packet(42), from: Self.natted, isAuthenticated: false, at: Self.instant(42))
                == .stranger)
    }

    /// A burst proves nothing, nor do numbers with holes, nor another SSRC in each packet.
    @Test func repetitionMustLookLikeAStream() throws {
        var burst = SourceLatch(signalled: Self.signalled, at: .origin)
        let late = Instant.origin + .seconds(5)
        for sequence in 0..<300 {
            _ = burst.judge(
                try Self.packet(sequence), from: Self.natted, isAuthenticated: false,
                at: late + .microseconds(100 * sequence))
        }
        #expect(!burst.isLatched)

        var holes = SourceLatch(signalled: Self.signalled, at: .origin)
        var sources = SourceLatch(signalled: Self.signalled, at: .origin)
        for slot in 0..<300 {
            _ = holes.judge(
                try Self.packet(slot * 2), from: Self.natted, isAuthenticated: false, at: Self.instant(slot))
            _ = sources.judge(
                try Self.packet(slot, ssrc: UInt32(slot + 1)), from: Self.natted, isAuthenticated: false,
                at: Self.instant(slot))
        }
        #expect(!holes.isLatched)
        #expect(!sources.isLatched)
    }

    /// Two who send by turns spoil each other's row: none of them is believed.
    @Test func twoCandidatesSpoilEachOther() throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        for slot in 0..<200 {
            _ = latch.judge(try Self.packet(slot), from: Self.natted, isAuthenticated: false, at: Self.instant(slot))
            _ = latch.judge(
                try Self.packet(slot, ssrc: 2), from: Self.stranger, isAuthenticated: false, at: Self.instant(slot))
        }
        #expect(!latch.isLatched)
        #expect(latch.destination == Self.signalled)
    }

    /// An authenticated packet moves the latch at once, also later, when a NAT has forgotten its mapping.
    @Test func authenticatedPacketMovesTheLatch() throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        #expect(
            latch.judge(try Self.packet(1), from: Self.natted, isAuthenticated: true, at: .origin)
                == .acceptAndMove(to: Self.natted))
        #expect(
            latch.judge(try Self.packet(2), from: Self.stranger, isAuthenticated: true, at: .origin)
                == .acceptAndMove(to: Self.stranger))
        #expect(latch.destination == Self.stranger)
    }

    @Test func newNegotiationBeginsAnew() throws {
        var latch = SourceLatch(signalled: Self.signalled, at: .origin)
        _ = latch.judge(try Self.packet(1), from: Self.signalled, isAuthenticated: false, at: .origin)
        latch.negotiated(Self.signalled, at: Self.instant(1))
        #expect(latch.isLatched)
        latch.negotiated(Self.natted, at: Self.instant(2))
        #expect(!latch.isLatched)
        #expect(latch.destination == Self.natted)
    }

    /// Nothing is ever sent to nobody or to everybody.
    @Test(arguments: [
        TransportAddress(.any, port: 4_000), TransportAddress(.v4(0xE000_0001), port: 4_000),
        TransportAddress(.v4(0xFFFF_FFFF), port: 4_000), TransportAddress(.loopback, port: 0),
    ])
    func unusableAddressIsNoDestination(address: TransportAddress) {
        #expect(SourceLatch(signalled: address, at: .origin).destination == nil)
    }
}
