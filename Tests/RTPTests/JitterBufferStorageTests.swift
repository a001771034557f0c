import RTP
import Testing
import Timekeeping

/// The store behind the jitter buffer: whatever comes in comes out octet for octet, and no room is ever lost.
@Suite struct JitterBufferStorageTests {
    /// A datagram with a payload of any length whose octets all differ from their neighbours'.
    private func datagram(_ number: Int, payloadLength: Int) -> [UInt8] {
        let header = RTPHeader(
            marker: false, payloadType: .pcma, sequenceNumber: SequenceNumber(UInt16(truncatingIfNeeded: number)),
            timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: number) &* 160), ssrc: SSRC(1))
        var octets = [UInt8](repeating: 0, count: 12)
        header.write(into: &octets)
        return octets + self.payload(number, length: payloadLength)
    }

    private func payload(_ number: Int, length: Int) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 13) }
    }

    /// Payloads of 1 to 1,600 octets, stored out of order and played, skipped and cleared for 20,000 packets: each that
    /// plays is whole, and the buffer can be filled as full at the end as at the beginning.
    @Test func randomLengths() throws {
        var random = SeededGenerator(seed: 96)
        var buffer = JitterBuffer(delay: .zero)
        var lengths: [Int: Int] = [:]
        var now = Instant.origin
        var output = [UInt8](repeating: 0, count: JitterBuffer.payloadLengthMax)
        var played = 0
        for base in stride(from: 0, to: 20_000, by: 4) {
            for number in [base + 1, base, base + 3, base + 2] {
                let length = Int.random(in: 1...JitterBuffer.payloadLengthMax, using: &random)
                let octets = self.datagram(number, payloadLength: length)
                let packet = try RTPPacket(octets.span)
                let insertion = buffer.insert(
                    packet, of: octets.span, sequence: ExtendedSequenceNumber(Int64(number)), samples: 160, at: now)
                if insertion == .queued { lengths[number & 0xFFFF] = length }
            }
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                var span = output.mutableSpan
                guard case .packet(_, let length, _, _, _) = buffer.next(at: now, into: &span) else { continue }
                let number = try #require(
                    lengths.first { self.payload($0.key, length: 1) == [output[0]] && $0.value == length }?.key)
                #expect(Array(output[..<length]) == self.payload(number, length: length))
                lengths[number] = nil
                played += 1
            }
            if Int.random(in: 0..<50, using: &random) == 0 {
                buffer.clear()
                lengths.removeAll()
            }
            now += .milliseconds(80)
        }
        #expect(played > 10_000)
        buffer.clear()
        try self.checkThatAllRoomIsFree(&buffer, at: now)
    }

    /// 96 cells hold nine of the longest packets and not ten.
    private func checkThatAllRoomIsFree(_ buffer: inout JitterBuffer, at now: Instant) throws {
        var answers: [JitterBuffer.Insertion] = []
        for number in 30_000..<30_010 {
            let octets = self.datagram(number, payloadLength: JitterBuffer.payloadLengthMax)
            let packet = try RTPPacket(octets.span)
            answers.append(
                buffer.insert(
                    packet, of: octets.span, sequence: ExtendedSequenceNumber(Int64(number)), samples: 160, at: now))
        }
        #expect(answers == Array(repeating: .queued, count: 9) + [.refused])
    }

    /// The length just above the longest is refused, and so is a payload of a datagram that lies about nothing but size.
    @Test(arguments: [1, 159, 160, 161, 320, 1_599, 1_600, 1_601, 9_000]) func lengthsAtTheEdges(_ length: Int) throws {
        var buffer = JitterBuffer(delay: .zero)
        let octets = self.datagram(1, payloadLength: length)
        let insertion = buffer.insert(
            try RTPPacket(octets.span), of: octets.span, sequence: ExtendedSequenceNumber(1), samples: 160, at: .origin)
        #expect(insertion == (length <= JitterBuffer.payloadLengthMax ? .queued : .refused))
        var output = [UInt8](repeating: 0, count: JitterBuffer.payloadLengthMax)
        var span = output.mutableSpan
        guard insertion == .queued, case .packet(_, let out, _, _, _) = buffer.next(at: .origin, into: &span) else {
            return
        }
        #expect(Array(output[..<out]) == self.payload(1, length: length))
    }
}
