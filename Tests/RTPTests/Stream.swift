import RTP
import Timekeeping

/// A receiver and a jitter buffer as a call has them, fed packets of 20 ms that carry their number as payload.
struct Stream {
    var receiver = RTPReceiver()
    var buffer: JitterBuffer
    var now = Instant.origin

    init(delay: Duration = .milliseconds(40)) {
        self.buffer = JitterBuffer(delay: delay)
    }

    static func datagram(
        _ number: UInt16, timestamp: UInt32? = nil, ssrc: UInt32 = 1, marker: Bool = false, milliseconds: Int = 20,
        value: UInt8? = nil
    ) -> [UInt8] {
        let header = RTPHeader(
            marker: marker, payloadType: .pcma, sequenceNumber: SequenceNumber(number),
            timestamp: RTPTimestamp(timestamp ?? UInt32(number) * UInt32(8 * milliseconds)), ssrc: SSRC(ssrc))
        var octets = [UInt8](repeating: value ?? UInt8(truncatingIfNeeded: number), count: 12 + 8 * milliseconds)
        header.write(into: &octets)
        return octets
    }

    /// Hands a datagram to receiver and buffer; nil when the receiver keeps it from the buffer.
    mutating func receive(_ datagram: [UInt8], isAuthenticated: Bool = false) throws -> JitterBuffer.Insertion? {
        let packet = try RTPPacket(datagram.span)
        let sequence: ExtendedSequenceNumber
        var restarts = false
        switch self.receiver.receive(packet, at: self.now, isAuthenticated: isAuthenticated) {
        case .accepted(let number): sequence = number
        case .restarted(let number):
            sequence = number
            restarts = true
        case .held, .duplicate: return nil
        }
        return self.buffer.insert(
            packet, of: datagram.span, sequence: sequence, restarts: restarts, samples: UInt32(packet.payload.count),
            at: self.now)
    }

    /// What play-out gets now.
    enum Played: Hashable {
        /// A packet by the octet that fills it, with its length in samples.
        case packet(UInt8, samples: UInt32)
        case missing(samples: UInt32)
        case empty
    }

    mutating func play() -> Played {
        var payload = [UInt8](repeating: 0, count: JitterBuffer.payloadLengthMax)
        var span = payload.mutableSpan
        switch self.buffer.next(at: self.now, into: &span) {
        case .packet(_, let length, let samples, _, _):
            precondition(payload[..<length].allSatisfy { $0 == payload[0] }, "payloads come out whole")
            return .packet(payload[0], samples: samples)
        case .missing(let samples): return .missing(samples: samples)
        case .empty: return .empty
        }
    }

    mutating func pass(_ duration: Duration) {
        self.now += duration
    }

    /// Plays every 20 ms until nothing is left to play.
    mutating func playOut() -> [Played] {
        var played: [Played] = []
        while self.buffer.count > 0 {
            played.append(self.play())
            self.pass(.milliseconds(20))
        }
        return played
    }
}

extension Array where Element == Stream.Played {
    /// The packets' octets in the order in which they were played.
    var packets: [UInt8] {
        self.compactMap { played in
            if case .packet(let value, _) = played { value } else { nil }
        }
    }

    var missing: Int {
        self.count { played in
            if case .missing = played { true } else { false }
        }
    }
}
