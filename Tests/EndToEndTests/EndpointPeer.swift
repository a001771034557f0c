import Addressing
import Foundation
import Logging
import NIOCore
import NIOPosix
import SIPEndpoint
import SIPSyntax
import SIPTransaction
import SIPTransport
import SIPUserAgent
import Testing
import Timekeeping

/// An endpoint on loopback whose session events, messages and faults a test reads one after the other.
struct EndpointPeer: Sendable {
    let endpoint: Endpoint
    let events: AsyncStream<(id: SessionID, event: SessionEvent)>
    let messages: AsyncStream<ObservedMessage>
    let faults: AsyncStream<TransportError>
    let address: TransportAddress

    /// Listens on a free port; a TLS endpoint has a certificate for 127.0.0.1 and trusts the tests' authority.
    init(_ transport: SIPTransportName, at address: IPAddress = .loopback) async throws {
        let (events, eventWriter) = AsyncStream.makeStream(of: (id: SessionID, event: SessionEvent).self)
        let (messages, messageWriter) = AsyncStream.makeStream(of: ObservedMessage.self)
        let (faults, faultWriter) = AsyncStream.makeStream(of: TransportError.self)
        var userAgent = UserAgentConfiguration()
        // 64·T1 is 6.4 s: the gauges fall to 0 within the test, and a busy machine does not run into time-outs.
        userAgent.timings = TransactionTimings(
            roundTrip: .milliseconds(100), retransmissionMax: .milliseconds(800), messageLifetime: .seconds(1))
        var configuration = TransportConfiguration()
        let certificates = try TransportCertificates.shared.get()
        configuration.defaultProfile.tls = try certificates.clientContext()
        self.endpoint = Endpoint(
            eventLoop: TransportPeer.loops.next(), connectionLoops: TransportPeer.loops,
            configuration: EndpointConfiguration(userAgent: userAgent, transport: configuration),
            handlers: EndpointHandlers(
                onEvent: { eventWriter.yield(($0, $1)) }, onTransportFault: { faultWriter.yield($1) },
                onMessage: { messageWriter.yield($0) }),
            logger: Logger(label: "endpoint-tests") { _ in SwiftLogNoOpLogHandler() })
        self.events = events
        self.messages = messages
        self.faults = faults
        let tls = transport == .tls ? try certificates.serverContext(names: "IP:127.0.0.1,IP:::1") : nil
        let bound = try await self.endpoint.start([
            ListenerConfiguration(transport: transport, address: TransportAddress(address, port: 0), tls: tls)
        ])
        self.address = try #require(bound.first)
    }

    /// Whether this machine has `::1`: sandboxes are known that do not.
    static let hasIPv6 =
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?
        .contains("00000000000000000000000000000001 ") == true

    /// A call to a peer's address, as a trunk would place it.
    func call(to peer: TransportAddress, over transport: SIPTransportName) -> OutgoingInvite {
        let target = SIPURI(host: .ip(peer.address), port: peer.port)
        return OutgoingInvite(
            requestURI: target, from: NameAddress(uri: SIPURI(host: .ip(self.address.address))),
            to: NameAddress(uri: target), advertised: AdvertisedAddress(self.address),
            destination: Destination(transport: transport, host: .ip(peer.address), port: peer.port),
            offer: Array("v=0\r\n".utf8))
    }

    func nextEvent() async -> (id: SessionID, event: SessionEvent)? {
        for await event in self.events { return event }
        return nil
    }

    /// The next event that is no provisional answer: those come again with every retransmission.
    func nextDecisiveEvent() async -> SessionEvent? {
        for await (_, event) in self.events {
            if case .provisional = event { continue }
            return event
        }
        return nil
    }

    func nextFault() async -> TransportError? {
        for await fault in self.faults { return fault }
        return nil
    }

    /// The first different messages, each with an arrow for its direction; retransmissions are left out.
    func ladder(_ count: Int) async throws -> [String] {
        var lines: [String] = []
        for await observed in self.messages {
            let arrow =
                switch observed.direction {
                case .received: "<-"
                case .sent: "->"
                case .notSent: "-|"
                }
            let message = try #require(observed.message)
            let method = try message.headers.cSeq.method.rawValue
            let line =
                switch message {
                case .request: "\(arrow) \(method)"
                case .response(let response): "\(arrow) \(response.status.number) \(method)"
                }
            if !lines.contains(line) { lines.append(line) }
            if lines.count == count { break }
        }
        return lines
    }

    /// Waits until every call, transaction and dialog is gone; the test's time limit bounds the wait.
    func waitUntilIdle() async throws {
        let idle = UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0)
        while await self.endpoint.counts.userAgent != idle { try await Task.sleep(for: .milliseconds(10)) }
    }
}
