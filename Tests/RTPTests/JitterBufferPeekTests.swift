import RTP
import Testing
import Timekeeping

/// What concealment may know of the audio behind a hole.
struct JitterBufferPeekTests {
    @Test func theFollowerOfAHoleIsSeenAndStays() throws {
        var stream = Stream(delay: .zero)
        for number: UInt16 in [1, 3] { _ = try stream.receive(Stream.datagram(number)) }
        #expect(stream.play() == .packet(1, samples: 160))
        #expect(Self.peek(stream.buffer).isEmpty, "the hole comes first")
        #expect(stream.play() == .missing(samples: 160))
        #expect(Self.peek(stream.buffer) == [UInt8](repeating: 3, count: 160))
        #expect(stream.play() == .packet(3, samples: 160))
        #expect(Self.peek(stream.buffer).isEmpty)
    }

    /// Nothing is known when the buffer has run dry, and a talk spurt that begins is no continuation.
    @Test func aDryBufferKnowsNothing() throws {
        var stream = Stream(delay: .zero)
        _ = try stream.receive(Stream.datagram(1))
        #expect(stream.play() == .packet(1, samples: 160))
        #expect(stream.play() == .missing(samples: 160))
        #expect(Self.peek(stream.buffer).isEmpty)
        _ = try stream.receive(Stream.datagram(2, timestamp: 16_000))
        #expect(Self.peek(stream.buffer).isEmpty)
    }

    private static func peek(_ buffer: JitterBuffer) -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: JitterBuffer.payloadLengthMax)
        var span = payload.mutableSpan
        let length = buffer.peek(into: &span)
        return Array(payload[..<length])
    }
}
