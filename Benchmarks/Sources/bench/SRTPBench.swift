import CPeers
import SRTP

/// AES_CM_128_HMAC_SHA1_80 over packets of 172 octets: ours on libcrypto beside libsrtp2 as Debian builds it.
///
/// Each unit is a packet of its own, as replays would be refused; packets are built, and for the receivers protected,
/// outside of the time.
enum SRTPBench {
    private static let length = 172
    private static let stride = 192

    static func run(rounds: Int) -> [Comparison] {
        [
            compare("SRTP protect, 172 octets", Self.senders(), unitsARound: 2_000, rounds: rounds),
            compare("SRTP unprotect, 172 octets", Self.receivers(), unitsARound: 2_000, rounds: rounds),
        ]
    }

    private static let key: [UInt8] = (0..<30).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }

    private static func senders() -> [Contender] {
        let ours = Packets()
        let theirs = Packets()
        let sender = OurSender(Self.key)
        let peer = unsafe Peer(peer_srtp_open(Self.key, true), close: { unsafe peer_srtp_close($0) })
        return [
            Contender(
                name: "trunkline",
                run: { count in for index in 0..<count { sender.protect(ours, at: index) } },
                prepare: { ours.fill(count: $0) }),
            Contender(
                name: "libsrtp2",
                run: { count in
                    for index in 0..<count {
                        let start = unsafe theirs.buffer.start + index * Self.stride
                        let length = unsafe peer_srtp_protect(peer.handle, start, Int32(Self.length))
                        precondition(length == Self.length + 10, "libsrtp2 refused a packet")
                    }
                },
                prepare: { theirs.fill(count: $0) }),
        ]
    }

    private static func receivers() -> [Contender] {
        let ours = Packets()
        let theirs = Packets()
        let oursSource = OurSender(Self.key)
        let theirsSource = OurSender(Self.key)
        let receiver = OurReceiver(Self.key)
        let peer = unsafe Peer(peer_srtp_open(Self.key, false), close: { unsafe peer_srtp_close($0) })
        return [
            Contender(
                name: "trunkline",
                run: { count in for index in 0..<count { receiver.unprotect(ours, at: index) } },
                prepare: { count in
                    ours.fill(count: count)
                    for index in 0..<count { oursSource.protect(ours, at: index) }
                }),
            Contender(
                name: "libsrtp2",
                run: { count in
                    for index in 0..<count {
                        let start = unsafe theirs.buffer.start + index * Self.stride
                        let length = unsafe peer_srtp_unprotect(peer.handle, start, Int32(Self.length + 10))
                        precondition(length == Self.length, "libsrtp2 refused a packet")
                    }
                },
                prepare: { count in
                    theirs.fill(count: count)
                    for index in 0..<count { theirsSource.protect(theirs, at: index) }
                }),
        ]
    }

    /// A run of RTP packets whose sequence numbers go on from round to round.
    private final class Packets {
        let buffer = Buffer<UInt8>(count: 2_000 * SRTPBench.stride)
        private var sequenceNumber: UInt16 = 0

        func fill(count: Int) {
            self.buffer.withSpan { bytes in
                for packet in 0..<count {
                    let start = packet * SRTPBench.stride
                    let header: [UInt8] = [
                        0x80, 8, UInt8(self.sequenceNumber >> 8), UInt8(truncatingIfNeeded: self.sequenceNumber),
                        0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78,
                    ]
                    for index in 0..<SRTPBench.length {
                        bytes[start + index] = index < 12 ? header[index] : UInt8(truncatingIfNeeded: index)
                    }
                    self.sequenceNumber &+= 1
                }
            }
        }

        /// The packet's own octets and the room behind them.
        @inline(__always)
        func withPacket(_ index: Int, _ body: (inout MutableSpan<UInt8>) -> Void) {
            // Safe: each packet has `stride` octets of the buffer to itself.
            let start = unsafe self.buffer.start + index * SRTPBench.stride
            var span = unsafe MutableSpan(_unsafeStart: start, count: SRTPBench.stride)
            body(&span)
        }
    }

    private final class OurSender {
        private var sender: SRTPSender

        init(_ octets: [UInt8]) {
            guard let key = MasterKey(octets), let sender = try? SRTPSender(.aesCM128HMACSHA1_80, key) else {
                preconditionFailure("the key is well-formed")
            }
            self.sender = sender
        }

        @inline(__always)
        func protect(_ packets: Packets, at index: Int) {
            packets.withPacket(index) { packet in
                let length = try? self.sender.protectRTP(&packet, count: SRTPBench.length)
                precondition(length == SRTPBench.length + 10, "our sender refused a packet")
            }
        }
    }

    private final class OurReceiver {
        private var receiver: SRTPReceiver

        init(_ octets: [UInt8]) {
            guard let key = MasterKey(octets), let receiver = try? SRTPReceiver(.aesCM128HMACSHA1_80, key) else {
                preconditionFailure("the key is well-formed")
            }
            self.receiver = receiver
        }

        @inline(__always)
        func unprotect(_ packets: Packets, at index: Int) {
            packets.withPacket(index) { packet in
                let length = try? self.receiver.unprotectRTP(&packet, count: SRTPBench.length + 10)
                precondition(length == SRTPBench.length, "our receiver refused a packet")
            }
        }
    }
}
