import FlowSimulator
import Foundation
import JSON
import RTP
import Testing

/// What somebody on the path sees of an SRTP call: nothing that is plain, of either side, RTP or RTCP.
@Suite(.timeLimit(.minutes(5))) struct SnifferTests {
    @Test(.enabled(if: LoopbackCapture.isPermitted, "capturing packets needs root"))
    func nothingOfAnSRTPCallIsPlain() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let port = try await LoopbackSocket.freePair()
        let capture = try LoopbackCapture()
        let carrier = try await SimulatedCarrier(.tls, in: workshop)
        let gateway = try await ServedGateway(
            try carrier.configuration(more: "media: {ports: \(port)-\(port + 1)}"), in: workshop)
        let id = try await gateway.place(SimulatedCarrier.order)
        _ = try await gateway.record(of: id) { $0["answered"]?.isNull == false }
        // Two reports are due within 10 s, whatever the dice say: 2.5 s and 5 s, each times 0.5 to 1.5 over 1.218 (RFC 3550
        // section 6.3.1). The BYE of RTCP may find the carrier's port closed already and does not count.
        try await Task.sleep(for: .seconds(12))
        #expect(try await gateway.request("DELETE", "/v1/calls/\(id)").status == 202)
        let record = try await gateway.endedRecord(of: id)
        let report = try #require(await carrier.simulator.reports(atLeast: 1).first)
        try await gateway.program.stop()
        await carrier.simulator.shutdown()
        let packets = capture.stop()

        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        #expect(record["media"]?["srtp_failures"]?.asInt == 0)
        // The carrier opens SRTP and SRTCP with libsrtp2, every packet of it.
        #expect(report.media?.srtpFailures == 0)
        #expect(report.media?.rtcpPackets ?? 0 >= 2)

        let datagrams = packets.filter(\.isUDP)
        Self.expectProtectedRTP(datagrams.filter { $0.source == port }.map(\.payload), of: "the gateway")
        Self.expectProtectedRTP(datagrams.filter { $0.destination == port }.map(\.payload), of: "the carrier")
        Self.expectProtectedRTCP(datagrams.filter { $0.source == port + 1 }.map(\.payload), of: "the gateway")
        // Nor do the keys, or any of SIP, cross the wire where they can be read.
        for packet in packets where !packet.isUDP && [packet.source, packet.destination].contains(carrier.port) {
            #expect(packet.payload.firstRange(of: Array("inline:".utf8)) == nil)
            #expect(packet.payload.firstRange(of: Array("SIP/2.0".utf8)) == nil)
        }
    }

    /// RTP's header is readable by design (RFC 3711 section 3.1); the tone behind it must not be.
    private static func expectProtectedRTP(_ packets: [[UInt8]], of side: String) {
        #expect(packets.count > 300, "\(side)")
        var payloads: [UInt8] = []
        for packet in packets {
            #expect(packet[0] >> 6 == 2, "\(side)")
            #expect(packet.count == 12 + 160 + 10, "no tag of 80 bits behind 20 ms of \(side)")
            payloads += packet.dropFirst(12).prefix(160)
        }
        #expect(EndToEndTests.share(of: 440, inALaw: payloads) < 0.01, "the tone can be heard: \(side)")
        let frequencies = Dictionary(payloads.map { ($0, 1) }, uniquingKeysWith: +).values.map {
            $0 * 256 / payloads.count
        }
        #expect(frequencies.allSatisfy { $0 <= 2 }, "octets of \(side) repeat, as those of silence would")
    }

    /// SRTCP (RFC 3711 section 3.4): after eight octets everything is encrypted, then the E flag, an index that never
    /// goes back, and the tag.
    private static func expectProtectedRTCP(_ packets: [[UInt8]], of side: String) {
        #expect(packets.count >= 2, "\(side)")
        var last = -1
        for packet in packets {
            #expect((try? RTCPCompound(packet.span)) == nil, "plain RTCP of \(side)")
            let trailer = packet.suffix(14)
            let word = trailer.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            #expect(word >> 31 == 1, "no E flag: \(side)")
            #expect(word & 0x7FFF_FFFF >= last, "the index goes back: \(side)")
            last = word & 0x7FFF_FFFF
            // The length of the first packet is in the clear; a plain one would be followed by an SDES or a BYE.
            let second = (Int(packet[2]) << 8 | Int(packet[3])) * 4 + 4
            if second + 2 < packet.count - 14 {
                let looksPlain = packet[second] >> 6 == 2 && (202...203).contains(packet[second + 1])
                #expect(!looksPlain, "a plain packet within the compound: \(side)")
            }
        }
    }
}
