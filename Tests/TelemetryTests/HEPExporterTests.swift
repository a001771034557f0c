import Addressing
import NIOCore
import NIOPosix
import SIPSyntax
import Synchronization
import Telemetry
import Testing
import Timekeeping

/// Messages as a collector gets them, on loopback.
@Suite struct HEPExporterTests {
    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        let datagrams = Mutex<[[UInt8]]>([])

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = self.unwrapInboundIn(data)
            self.datagrams.withLock { $0.append(Array(envelope.data.readableBytesView)) }
        }
    }

    private static let anchor = WallClockAnchor(
        instant: .origin, sinceEpoch: .seconds(1_800_000_000) + .microseconds(123_456))

    private func exporter(
        password: String? = nil, _ body: (HEPExporter, Collector) async throws -> Void
    ) async throws {
        let collector = Collector()
        let loops = MultiThreadedEventLoopGroup.singleton
        let server = try await DatagramBootstrap(group: loops)
            .channelInitializer { channel in channel.pipeline.addHandler(collector) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(server.localAddress?.port ?? 0)
        let exporter = try await HEPExporter.start(
            HEPConfiguration(host: "127.0.0.1", port: port, captureID: 0x0102_0304, password: password), over: loops,
            anchor: Self.anchor)
        try await body(exporter, collector)
        await exporter.stop()
        try await server.close()
    }

    private func message(
        _ arrow: SIPLadder.Arrow, _ transport: SIPTransportName, local: String, remote: String, bytes: [UInt8]
    ) throws -> TracedMessage {
        let local = TransportAddress(try #require(IPAddress(local)), port: 5_070)
        let remote = TransportAddress(try #require(IPAddress(remote)), port: 443)
        return TracedMessage(
            instant: .origin + .seconds(2), arrow: arrow,
            path: TransportPath(transport: transport, local: local, remote: remote), bytes: bytes)
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<1_000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }

    /// Sent over TLS from an unspecified address: decrypted, as TCP, from where this machine is reached.
    @Test func aMessageOverTLS() async throws {
        try await self.exporter(password: "hunter2") { exporter, collector in
            exporter.setLocalAddress(try #require(IPAddress("198.51.100.1")))
            let bytes = Array("INVITE sip:a@b SIP/2.0\r\n\r\n".utf8)
            exporter.export(
                try self.message(.sent, .tls, local: "0.0.0.0", remote: "203.0.113.9", bytes: bytes), callID: "c@1")
            try await self.eventually { collector.datagrams.withLock { $0.count } == 1 }
            let packet = try HEPDecoder(collector.datagrams.withLock { $0[0] })
            #expect(packet.number(1) == 2 && packet.number(2) == 6)
            #expect(packet.chunks[3] == [198, 51, 100, 1] && packet.chunks[4] == [203, 0, 113, 9])
            #expect(packet.number(7) == 5_070 && packet.number(8) == 443)
            #expect(packet.number(9) == 1_800_000_002 && packet.number(10) == 123_456)
            #expect(packet.number(11) == 1 && packet.number(12) == 0x0102_0304)
            #expect(packet.text(14) == "hunter2" && packet.text(17) == "c@1")
            #expect(packet.chunks[15] == bytes)
            try await self.eventually { exporter.counts.sent == 1 }
            #expect(exporter.counts.dropped == 0)
        }
    }

    /// Received over UDP and IPv6; without password and Call-ID there are no such chunks.
    @Test func aMessageOverUDP() async throws {
        try await self.exporter { exporter, collector in
            exporter.export(
                try self.message(.received, .udp, local: "2001:db8::1", remote: "2001:db8::2", bytes: [65]), callID: nil
            )
            try await self.eventually { collector.datagrams.withLock { $0.count } == 1 }
            let packet = try HEPDecoder(collector.datagrams.withLock { $0[0] })
            #expect(packet.number(1) == 10 && packet.number(2) == 17)
            #expect(packet.chunks[5]?.last == 2 && packet.chunks[6]?.last == 1)
            #expect(packet.number(7) == 443 && packet.number(8) == 5_070)
            #expect(packet.chunks.keys.sorted() == [1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 15])
        }
    }

    /// What no datagram holds is dropped and counted; so is what comes while `waitingMax` messages wait.
    @Test func theQueueIsBounded() async throws {
        try await self.exporter { exporter, _ in
            let long = [UInt8](repeating: 65, count: 65_500)
            exporter.export(
                try self.message(.sent, .udp, local: "127.0.0.1", remote: "127.0.0.1", bytes: long), callID: nil)
            #expect(exporter.counts.dropped == 1)

            // The loops write meanwhile; what is beyond the bound is dropped without waiting for them.
            let short = try self.message(.sent, .udp, local: "127.0.0.1", remote: "127.0.0.1", bytes: [65])
            let count = 20 * HEPExporter.waitingMax
            for _ in 0..<count { exporter.export(short, callID: nil) }
            try await self.eventually { exporter.counts.sent + exporter.counts.dropped == UInt64(count + 1) }
            #expect(exporter.counts.sent >= UInt64(HEPExporter.waitingMax))
        }
    }

    /// A collector that is gone costs the messages and nothing else.
    @Test func aClosedSocketDropsAndCounts() async throws {
        try await self.exporter { exporter, _ in
            await exporter.stop()
            let message = try self.message(.sent, .udp, local: "127.0.0.1", remote: "127.0.0.1", bytes: [65])
            for _ in 0..<3_000 { exporter.export(message, callID: nil) }
            try await self.eventually { exporter.counts.dropped == 3_000 }
        }
    }
}
