import Addressing
import Foundation
import Logging
import NIOCore
import NIOPosix
import SIPSyntax
import SIPTransport
import Synchronization
import Testing

/// Strangers and slow peers against the limits of a listener; the client is a bare socket.
@Suite(.timeLimit(.minutes(5))) struct TransportLimitsTests {
    /// Half a message, no message, no handshake: each connection ends by its time-out, and the listener serves on.
    @Test(arguments: [
        (SIPTransportName.tcp, "INVITE sip:a@b SIP/2.0\r\nVia:"), (.tcp, ""), (.tls, ""), (.tls, "\u{16}\u{3}\u{1}"),
    ])
    func unfinishedBusinessIsClosed(transport: SIPTransportName, opening: String) async throws {
        var configuration = TransportConfiguration()
        configuration.messageTimeout = .milliseconds(200)
        configuration.handshakeTimeout = .milliseconds(200)
        let server = await TransportPeer(configuration)
        let address = try await server.listen(transport, names: transport == .tls ? "IP:127.0.0.1" : nil)
        let heard = try await BareSocket.talk(to: address, saying: opening) { _ in false }
        #expect(transport == .tls || heard.isEmpty)
        try await server.wait { $0.accepted == 0 }
        await server.layer.close()
    }

    /// RFC 5626 section 3.5.1: a double line end is answered by a single one, also between messages.
    @Test func pingsAreAnswered() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tcp)
        let heard = try await BareSocket.talk(to: address, saying: "\r\n\r\n") { $0.count >= 2 }
        #expect(heard == Array("\r\n".utf8))
        await server.layer.close()
    }

    /// Our pings go out by themselves; a peer that never answers is let go when the configuration says so.
    @Test func silentPeersAreLetGo() async throws {
        var configuration = TransportConfiguration()
        configuration.keepAliveInterval = .milliseconds(50)
        let patient = await TransportPeer(configuration)
        let address = try await patient.listen(.tcp)
        let heard = try await BareSocket.talk(to: address, saying: "\r\n\r\n") { $0.count >= 10 }
        #expect(heard.prefix(10) == Array("\r\n\r\n\r\n\r\n\r\n".utf8)[...])
        await patient.layer.close()

        configuration.pongTimeout = .milliseconds(100)
        let strict = await TransportPeer(configuration)
        let strictAddress = try await strict.listen(.tcp)
        _ = try await BareSocket.talk(to: strictAddress, saying: "\r\n\r\n") { _ in false }
        let close = try #require(await strict.nextClose())
        #expect(close.error == .pongMissing(close.path.remote))
        await strict.layer.close()
    }

    /// Two layers keep a connection by pings, with answers asked for.
    @Test func pingsKeepAConnection() async throws {
        var configuration = TransportConfiguration()
        configuration.keepAliveInterval = .milliseconds(30)
        configuration.pongTimeout = .milliseconds(2_000)
        let server = await TransportPeer(configuration)
        let address = try await server.listen(.tcp)
        let client = await TransportPeer(configuration)
        let destination = Destination(transport: .tcp, host: .ip(.loopback), port: address.port)
        let path = try await client.layer.send(options(1), to: destination)
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await client.layer.send(options(2), to: destination) == path)
        #expect(await server.nextMessage()?.bytes == options(1))
        #expect(await server.nextMessage()?.bytes == options(2))
        await client.layer.close()
        await server.layer.close()
    }

    @Test func anIdleConnectionIsClosed() async throws {
        var configuration = TransportConfiguration()
        configuration.keepAliveInterval = nil
        configuration.idleTimeout = .milliseconds(200)
        let server = await TransportPeer(configuration)
        let address = try await server.listen(.tcp)
        _ = try await BareSocket.talk(to: address, saying: "\r\n\r\n") { _ in false }
        let close = try #require(await server.nextClose())
        #expect(close.error == .idleTimedOut(close.path.remote))
        await server.layer.close()
    }

    /// One address cannot take every place, and known peers always get in.
    @Test func placesAreLimited() async throws {
        var configuration = TransportConfiguration()
        configuration.places.perAddressMax = 3
        let server = await TransportPeer(configuration)
        let address = try await server.listen(.tcp)
        let sockets = try await BareSocket.open(5, to: address)
        try await server.wait { $0.accepted == 3 && $0.refused == 2 }
        for socket in sockets { socket.close(promise: nil) }
        try await server.wait { $0.accepted == 0 }
        await server.layer.close()

        configuration.places.strangersMax = 1
        configuration.knownPeers = [.loopback]
        let open = await TransportPeer(configuration)
        let openAddress = try await open.listen(.tcp)
        let known = try await BareSocket.open(5, to: openAddress)
        try await open.wait { $0.accepted == 5 && $0.refused == 0 }
        for socket in known { socket.close(promise: nil) }
        await open.layer.close()
    }

    /// An owner that does not come to look: datagrams beyond the inbox are dropped and counted, strangers' beyond three
    /// quarters of it, and what was taken is handed over when he looks again.
    @Test(arguments: [([], 6), ([.loopback], 8)] as [(KnownPeers, Int)])
    func theInboxIsBounded(known: KnownPeers, room: Int) async throws {
        let owner = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = TransportConfiguration()
        configuration.inboxCountMax = 8
        configuration.knownPeers = known
        let layer = TransportLayer(
            eventLoop: owner.next(), connectionLoops: TransportPeer.loops, configuration: configuration,
            logger: Logger(label: "transport-tests") { _ in SwiftLogNoOpLogHandler() })
        let (events, continuation) = AsyncStream.makeStream(of: TransportEvent.self)
        await layer.start { continuation.yield($0) }
        let address = try await layer.listen(
            ListenerConfiguration(transport: .udp, address: TransportAddress(.loopback, port: 0)))
        let ownerLooks = Flag()
        owner.next().execute {
            while !ownerLooks.isSet.load(ordering: .relaxed) { usleep(1_000) }
        }
        let socket = try LoopbackSocket(.init(host: 1, port: 0))
        for number in 0..<20 { socket.send(options(number), to: .init(port: address.port)) }
        while layer.datagramsDropped < 20 - room { try await Task.sleep(for: .milliseconds(5)) }
        #expect(layer.backlog == .critical)
        ownerLooks.isSet.store(true, ordering: .relaxed)
        var taken = 0
        for await event in events {
            if case .received = event { taken += 1 }
            if taken == room { break }
        }
        #expect(layer.datagramsDropped == 20 - room)
        await layer.close()
        try await owner.shutdownGracefully()
    }

    /// A head without a usable length: the owner may answer, then the connection ends.
    @Test func anUnusableLengthEndsTheStream() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tcp)
        let request = String(decoding: options(1), as: UTF8.self)
            .replacing("Content-Length: 0", with: "Content-Length: 4294967328")
        async let heard = BareSocket.talk(to: address, saying: request + "INVITE smuggled") { _ in false }
        for await event in server.events {
            guard case .malformed(let fault, _, let path) = event else { continue }
            #expect(fault.request?.method == .options)
            _ = try await server.layer.send(Array("SIP/2.0 400 Bad\r\n\r\n".utf8), to: Destination(replyingOn: path))
            break
        }
        let close = try #require(await server.nextClose())
        #expect(close.error == .unframeable(close.path.remote))
        #expect(try await heard == Array("SIP/2.0 400 Bad\r\n\r\n".utf8))
        await server.layer.close()
    }

    /// A peer that reads nothing fills its bound and no more.
    @Test func theWriteBufferIsBounded() async throws {
        let listener = try await BareSocket.listenWithoutReading()
        var configuration = TransportConfiguration()
        configuration.writeBufferLengthMax = 200_000
        let client = await TransportPeer(configuration)
        let address = try #require(TransportAddress(text: "127.0.0.1", port: listener.localAddress?.port))
        let destination = Destination(transport: .tcp, host: .ip(.loopback), port: address.port)
        _ = try await client.layer.send(options(0), to: destination)
        let big = options(1, padding: 60_000)
        let failure = await client.firstFailure(sending: big, countMax: 2_000, to: destination)
        #expect(failure == .writeBufferFull(address))
        await client.layer.close()
        listener.close(promise: nil)
    }
}

extension TransportPeer {
    /// Sends without waiting until one message is refused.
    fileprivate func firstFailure(
        sending message: [UInt8], countMax: Int, to destination: Destination
    ) async -> TransportError? {
        let (failures, continuation) = AsyncStream.makeStream(of: TransportError?.self)
        await self.layer.repeatSending(message, countMax, to: destination) { continuation.yield($0) }
        for await failure in failures { return failure }
        return nil
    }
}

extension TransportLayer {
    fileprivate func repeatSending(
        _ message: [UInt8], _ count: Int, to destination: Destination,
        _ report: @escaping @Sendable (TransportError) -> Void
    ) {
        for _ in 0..<count {
            self.send(message, to: destination) { if case .failure(let error) = $0 { report(error) } }
        }
    }
}

private final class Flag: Sendable {
    let isSet = Atomic(false)
}

extension TransportAddress {
    fileprivate init?(text: String, port: Int?) {
        guard let address = IPAddress(text), let port = port.flatMap({ UInt16(exactly: $0) }) else { return nil }
        self.init(address, port: port)
    }
}
