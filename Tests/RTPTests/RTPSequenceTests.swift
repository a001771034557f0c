import RTP
import Testing
import Timekeeping

/// Resources/rtp_sequences.json through receiver and jitter buffer together.
@Suite struct RTPSequenceTests {
    @Test func vectors() throws {
        let vectors = try Vectors.load("rtp_sequences", as: [SequenceVector].self)
        #expect(vectors.count == 9)
        for vector in vectors { try Self.check(vector) }
    }

    /// One packet each 20 ms, with play-out in step.
    private static func run(_ vector: SequenceVector) throws -> (stream: Stream, played: [Stream.Played]) {
        var stream = Stream()
        var played: [Stream.Played] = []
        for (index, number) in (vector.seqs ?? []).enumerated() {
            _ = try stream.receive(
                Stream.datagram(
                    number, timestamp: vector.ts?[index], ssrc: vector.ssrc?[index] ?? 1,
                    marker: vector.marker?[index] == 1))
            played.append(stream.play())
            stream.pass(.milliseconds(20))
        }
        return (stream, played + stream.playOut())
    }

    private static func check(_ vector: SequenceVector) throws {
        let (stream, played) = try Self.run(vector)
        let numbers = (vector.seqs ?? []).map { UInt8(truncatingIfNeeded: $0) }
        switch vector.name {
        case "seq wrap":
            #expect(played.packets == numbers && played.missing == 0)
            #expect(stream.receiver.lost == 0 && stream.receiver.packets == 4)
        case "reorder":
            #expect(played.packets == [1, 2, 3, 4] && played.missing == 0)
            #expect(stream.receiver.lost == 0)
        case "duplicate":
            #expect(played.packets == [1, 2, 3])
            #expect(stream.receiver.duplicates == 1 && stream.receiver.packets == 3)
        case "gap":
            #expect(played.packets == [1, 2, 6, 7])
            #expect(played.missing == 3, "the timeline is kept")
            #expect(stream.receiver.lost == 3)
        case "jump +5000":
            #expect(played.packets == [1, 2, 5_003, 5_004].map { UInt8(truncatingIfNeeded: $0) })
            #expect(stream.receiver.held == 1 && stream.receiver.restarts == 1)
            #expect(played.count < 20, "no 100 s of silence")
            #expect(stream.receiver.lost == 0, "a jump is no loss")
        case "ts jump with marker":
            #expect(played.packets == [1, 2, 3])
            #expect(played.count < 10, "no 200 s of silence")
        case "SSRC change mid call":
            #expect(played.packets == [1, 2, 901].map { UInt8(truncatingIfNeeded: $0) })
            #expect(stream.receiver.ssrc == SSRC(2) && stream.receiver.held == 1)
            try Self.checkAuthenticatedChange(vector)
        case "injected from another port", "first packet from a stranger before the peer":
            // Addresses are the business of the source latch (CallAudio); here one stray packet of another SSRC moves nothing.
            var stream = Stream()
            _ = try stream.receive(Stream.datagram(1))
            #expect(try stream.receive(Stream.datagram(500, ssrc: 99)) == nil)
            #expect(try stream.receive(Stream.datagram(2)) == .queued)
            #expect(stream.receiver.ssrc == SSRC(1) && stream.receiver.restarts == 0)
        default:
            throw UnknownVector(name: vector.name)
        }
    }

    /// With SRTP the first authenticated packet of another SSRC is followed, and nothing is lost.
    private static func checkAuthenticatedChange(_ vector: SequenceVector) throws {
        var stream = Stream()
        for (number, ssrc) in zip(vector.seqs ?? [], vector.ssrc ?? []) {
            let datagram = Stream.datagram(number, ssrc: ssrc)
            #expect(try stream.receive(datagram, isAuthenticated: true) == .queued)
            stream.pass(.milliseconds(20))
        }
        #expect(stream.playOut().packets == [1, 2, 900, 901].map { UInt8(truncatingIfNeeded: $0) })
        #expect(stream.receiver.restarts == 1 && stream.receiver.held == 0)
    }
}
