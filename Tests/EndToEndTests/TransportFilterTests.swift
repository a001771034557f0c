import Addressing
import SIPSyntax
import SIPTransport
import Testing

/// The kernel's filter on a real socket: a flood of a banned stranger does not reach us any more, everybody else does.
@Suite(.timeLimit(.minutes(1))) struct TransportFilterTests {
    @Test func aBannedFloodIsLeftToTheKernel() async throws {
        var configuration = TransportConfiguration()
        var limits = SourceLimits()
        var ban = SourceLimits.Ban()
        ban.offences = 3
        ban.duration = .seconds(2)
        limits.ban = ban
        configuration.sourceLimits = limits
        let server = await TransportPeer(configuration)
        let port = try await server.listen(.udp).port
        let stranger = try LoopbackSocket(.init(host: 77, port: 0))
        let other = try LoopbackSocket(.init(host: 78, port: 0))
        let target = LoopbackSocket.Address(port: port)

        // Junk until the ban, then a flood until the kernel takes over.
        while await server.layer.counts.filtered == 0 {
            for _ in 0..<20 { stranger.send(Array("no message at all".utf8), to: target) }
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(await server.layer.counts.bans == 1)
        // What the socket took before the filter was there is read first: the other's message comes after it.
        try await self.expectHeard(other, 1, by: server, at: target)
        let unheard = await server.layer.counts.unheard
        #expect(unheard >= 100)
        for _ in 0..<1_000 { stranger.send(options(0), to: target) }
        try await self.expectHeard(other, 2, by: server, at: target)
        #expect(await server.layer.counts.unheard == unheard)

        // The ban ends, and with it the filter.
        try await server.wait { $0.filtered == 0 }
        try await self.expectHeard(stranger, 3, by: server, at: target)
        await server.layer.close()
    }

    /// Sends until it is heard, as the socket's buffer may be full.
    private func expectHeard(
        _ sender: LoopbackSocket, _ number: Int, by server: TransportPeer, at target: LoopbackSocket.Address
    ) async throws {
        let sending = Task {
            while !Task.isCancelled {
                sender.send(options(number), to: target)
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        defer { sending.cancel() }
        while let received = await server.nextMessage() {
            if try received.message.headers.cSeq.number == UInt32(number) { return }
        }
        Issue.record("message \(number) was not heard")
    }
}
