import Addressing
import SIPSyntax
import Telemetry
import Testing
import Timekeeping

/// The capture file, taken apart byte by byte.
@Suite struct PacketCaptureTests {
    private static let anchor = WallClockAnchor(instant: .origin, sinceEpoch: .seconds(1_800_000_000))
    private let here = TransportAddress(.v4(0xC000_0201), port: 5_060)
    private let there = TransportAddress(.v4(0xCB00_7109), port: 5_070)

    private func message(
        _ arrow: SIPLadder.Arrow, _ transport: SIPTransportName, _ bytes: [UInt8], remote: TransportAddress? = nil,
        local: TransportAddress? = nil, at second: Int = 0
    ) -> TracedMessage {
        TracedMessage(
            instant: .origin + .seconds(second), arrow: arrow,
            path: TransportPath(transport: transport, local: local ?? self.here, remote: remote ?? self.there),
            bytes: bytes)
    }

    private struct Packet {
        var microseconds: UInt64
        var bytes: [UInt8]
        var comment: String
    }

    /// The packets of a file whose blocks are all whole.
    private func packets(_ messages: [TracedMessage]) throws -> [Packet] {
        let file = PacketCapture.file(of: messages, anchor: Self.anchor, localAddress: .v4(0xC000_0263))
        let number = { (place: Int) in (0..<4).reduce(UInt32(0)) { $0 | UInt32(file[place + $1]) << (8 * UInt32($1)) } }
        #expect(number(0) == 0x0A0D_0D0A && number(8) == 0x1A2B_3C4D)
        var packets: [Packet] = []
        var place = 0
        while place < file.count {
            let length = Int(number(place + 4))
            #expect(length.isMultiple(of: 4) && number(place + length - 4) == UInt32(length))
            if number(place) == 1 { #expect(number(place + 8) == 101) }
            if number(place) == 6 {
                let count = Int(number(place + 20))
                let option = place + 28 + (count + 3) / 4 * 4
                let commentLength = Int(number(option) >> 16)
                #expect(number(option) & 0xFFFF == 1)
                packets.append(
                    Packet(
                        microseconds: UInt64(number(place + 12)) << 32 | UInt64(number(place + 16)),
                        bytes: Array(file[(place + 28)..<(place + 28 + count)]),
                        comment: String(decoding: file[(option + 4)..<(option + 4 + commentLength)], as: UTF8.self)))
            }
            place += length
        }
        #expect(place == file.count)
        return packets
    }

    /// The sum over a whole that holds its own checksum is all ones (RFC 1071).
    private func sumsUp(_ bytes: [UInt8]) -> Bool {
        var sum = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += Int(bytes[index]) << 8 + (index + 1 < bytes.count ? Int(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return sum == 0xFFFF
    }

    private func pseudo(_ packet: [UInt8]) -> [UInt8] {
        let segment = packet.count - 20
        return Array(packet[12..<20]) + [0, packet[9], UInt8(segment >> 8), UInt8(segment & 0xFF)] + packet[20...]
    }

    @Test(arguments: [[UInt8]("OPTIONS".utf8), Array("INVITE".utf8), []])
    func aDatagram(bytes: [UInt8]) throws {
        let packet = try #require(try self.packets([self.message(.sent, .udp, bytes, at: 3)]).first)
        #expect(packet.microseconds == 1_800_000_003_000_000)
        #expect(packet.bytes[0] == 0x45 && packet.bytes[9] == 17)
        #expect(Int(packet.bytes[2]) << 8 | Int(packet.bytes[3]) == packet.bytes.count)
        #expect(Array(packet.bytes[12..<20]) == [192, 0, 2, 1, 203, 0, 113, 9])
        #expect(Array(packet.bytes[20..<24]) == [0x13, 0xC4, 0x13, 0xCE])
        #expect(Int(packet.bytes[25]) == 8 + bytes.count)
        #expect(Array(packet.bytes[28...]) == bytes)
        #expect(self.sumsUp(Array(packet.bytes[..<20])) && self.sumsUp(self.pseudo(packet.bytes)))
    }

    /// Both directions of a stream count their own bytes and acknowledge the other's; TLS is there as TCP.
    @Test func aStream() throws {
        let edge = TransportAddress(.v4(0xCB00_7109), port: 443)
        let packets = try self.packets([
            self.message(.sent, .tls, Array("abc".utf8), remote: edge),
            self.message(.received, .tls, Array("defgh".utf8), remote: edge),
            self.message(.notSent, .tls, Array("never".utf8), remote: edge),
            self.message(.sent, .tls, Array("i".utf8), remote: edge),
        ])
        #expect(packets.count == 3)
        let number = { (packet: Packet, place: Int) in
            packet.bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        #expect(packets.map { number($0, 24) } == [1, 1, 4])
        #expect(packets.map { number($0, 28) } == [1, 4, 6])
        for packet in packets {
            #expect(packet.bytes[9] == 6 && packet.bytes[32] == 0x50)
            #expect(self.sumsUp(self.pseudo(packet.bytes)))
            #expect(packet.comment.contains("203.0.113.9:443") && packet.comment.hasSuffix("decrypted"))
        }
        // A reader would take port 443 for TLS.
        #expect(Array(packets[0].bytes[20..<24]) == [0x13, 0xC4, 0x13, 0xC4])
    }

    /// What a socket for any address sent came from this machine's own; IPv6 has its own header.
    @Test func otherAddresses() throws {
        let any = TransportAddress(.any, port: 5_060)
        let packet = try #require(try self.packets([self.message(.sent, .udp, [1], local: any)]).first)
        #expect(Array(packet.bytes[12..<16]) == [192, 0, 2, 99])
        let v6 = TransportAddress(.v6(high: 0x2001_0DB8_0000_0000, low: 1), port: 5_060)
        let second = try #require(try self.packets([self.message(.received, .udp, [1], remote: v6, local: v6)]).first)
        #expect(second.bytes[0] == 0x60 && second.bytes[6] == 17 && second.bytes.count == 49)
        let pseudo = Array(second.bytes[8..<40]) + [0, 0, 0, 9, 0, 0, 0, 17] + second.bytes[40...]
        #expect(self.sumsUp(pseudo))
    }

    /// The longest message is cut for streams, and whole when put together.
    @Test func aLongMessage() throws {
        let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0) }
        let packets = try self.packets([self.message(.sent, .tcp, bytes)])
        #expect(packets.count == 3)
        #expect(packets.flatMap { $0.bytes[40...] } == bytes)
    }
}
