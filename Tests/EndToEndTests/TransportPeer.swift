import Addressing
import Logging
import NIOCore
import NIOPosix
import SIPSyntax
import SIPTransport
import TLS

/// A transport layer on loopback whose events a test reads one after the other.
struct TransportPeer: Sendable {
    let layer: TransportLayer
    let events: AsyncStream<TransportEvent>

    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)

    init(_ configuration: TransportConfiguration = TransportConfiguration()) async {
        let (events, continuation) = AsyncStream.makeStream(of: TransportEvent.self)
        self.layer = TransportLayer(
            eventLoop: Self.loops.next(), connectionLoops: Self.loops, configuration: configuration,
            logger: Logger(label: "transport-tests") { _ in SwiftLogNoOpLogHandler() })
        self.events = events
        await self.layer.start { continuation.yield($0) }
    }

    /// Listens on a free port. `names` are those of a TLS listener's certificate.
    func listen(_ transport: SIPTransportName, names: String? = nil) async throws -> TransportAddress {
        let context = try names.map { try TransportCertificates.shared.get().serverContext(names: $0) }
        return try await self.listen(transport, context: context)
    }

    func listen(_ transport: SIPTransportName, context: TLSContext?) async throws -> TransportAddress {
        try await self.layer.listen(
            ListenerConfiguration(transport: transport, address: TransportAddress(.loopback, port: 0), tls: context))
    }

    /// The next message, whatever else happens before.
    func nextMessage() async -> ReceivedMessage? {
        for await event in self.events {
            if case .received(let received) = event { return received }
        }
        return nil
    }

    /// The next end of a connection.
    func nextClose() async -> (path: TransportPath, error: TransportError?)? {
        for await event in self.events {
            if case .closed(let path, let error) = event { return (path, error) }
        }
        return nil
    }

    /// Waits until the layer holds what the test expects; the test's time limit bounds the wait.
    func wait(until isSatisfied: @Sendable (TransportCounts) -> Bool) async throws {
        while !isSatisfied(await self.layer.counts) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// An OPTIONS request as bytes, told apart by its number.
func options(_ number: Int, padding: Int = 0) -> [UInt8] {
    Array(
        ("""
        OPTIONS sip:edge.test SIP/2.0\r
        Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK\(number);rport\r
        From: <sip:test@127.0.0.1>;tag=1\r
        To: <sip:edge.test>\r
        Call-ID: \(number)@127.0.0.1\r
        CSeq: \(number) OPTIONS\r
        Max-Forwards: 70\r
        Content-Length: \(padding)\r
        \r

        """ + String(repeating: "x", count: padding)).utf8)
}

extension TransportPeer {
    /// Hands over all messages in one go, and returns what became of each.
    @discardableResult
    func sendAll(_ messages: [[UInt8]], to destination: Destination) async -> [TransportError?] {
        let (results, continuation) = AsyncStream.makeStream(of: (Int, TransportError?).self)
        await self.layer.sendAll(messages, to: destination) { continuation.yield(($0, $1)) }
        var errors = [TransportError?](repeating: nil, count: messages.count)
        var left = messages.count
        for await (index, error) in results {
            errors[index] = error
            left -= 1
            if left == 0 { break }
        }
        return errors
    }
}

extension TransportLayer {
    fileprivate func sendAll(
        _ messages: [[UInt8]], to destination: Destination,
        _ report: @escaping @Sendable (Int, TransportError?) -> Void
    ) {
        for (index, message) in messages.enumerated() {
            self.send(message, to: destination) { result in
                switch result {
                case .success: report(index, nil)
                case .failure(let error): report(index, error)
                }
            }
        }
    }
}
