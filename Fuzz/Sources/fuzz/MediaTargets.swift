import RTP
import Timekeeping

/// Datagrams of one RTP session, each behind a byte with its length: they go through the receiver, the jitter buffer and
/// the reader of telephone events, and what comes out lies within their limits.
enum RTPTarget {
    static func check(_ bytes: [UInt8]) {
        var receiver = RTPReceiver()
        var buffer = JitterBuffer()
        var events = TelephoneEventReceiver()
        var now = Instant.origin
        var payload = [UInt8](repeating: 0, count: JitterBuffer.payloadLengthMax)
        for datagram in Self.datagrams(in: bytes) {
            now = now + .milliseconds(5)
            _ = DatagramKind(datagram.span)
            guard let packet = try? RTPPacket(datagram.span) else { continue }
            require(packet.payload.lowerBound >= RTPPacket.headerLengthInBytes, "the payload is behind the header")
            require(packet.payload.upperBound <= datagram.count, "the payload lies in the datagram")
            switch receiver.receive(packet, at: now) {
            case .accepted(let sequence):
                _ = buffer.insert(
                    packet, of: datagram.span, sequence: sequence, samples: UInt32(packet.payload.count), at: now)
            case .restarted(let sequence):
                _ = buffer.insert(
                    packet, of: datagram.span, sequence: sequence, restarts: true,
                    samples: UInt32(packet.payload.count), at: now)
            case .held, .duplicate:
                break
            }
            if let report = try? TelephoneEventPayload(datagram.span.extracting(packet.payload)) {
                _ = events.receive(report, timestamp: packet.timestamp, at: now)
            }
            var span = payload.mutableSpan
            _ = buffer.next(at: now, into: &span)
            require(buffer.count <= JitterBuffer.slotsMax, "the jitter buffer keeps to its limit")
            require(receiver.lost >= 0, "no fewer than no packets are lost")
        }
    }

    private static func datagrams(in bytes: [UInt8]) -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        var rest = bytes[...]
        while let length = rest.popFirst(), datagrams.count < 64 {
            datagrams.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return datagrams
    }
}

/// One RTCP datagram: what can be read survives being written.
enum RTCPTarget {
    static func check(_ bytes: [UInt8]) {
        guard let compound = try? RTCPCompound(bytes.span) else { return }
        require(compound.packets.count <= RTCPCompound.packetsMax, "a compound keeps to its limit")
        let written = compound.encoded()
        guard !written.isEmpty, let again = try? RTCPCompound(written.span) else { return }
        require(again.encoded() == written, "a written compound reads and writes the same")
    }
}
