import Addressing
import NIOCore
import NIOPosix
import SIPSyntax
import Synchronization
import Timekeeping

/// Where SIP messages are reported to, and as whom.
package struct HEPConfiguration: Hashable, Sendable {
    package var host: String
    package var port: UInt16
    /// The number by which the collector knows this node.
    package var captureID: UInt32
    /// What the collector may ask for; it goes in the clear, as the protocol has it.
    package var password: String?

    package init(host: String, port: UInt16 = 9_060, captureID: UInt32 = 1, password: String? = nil) {
        self.host = host
        self.port = port
        self.captureID = captureID
        self.password = password
    }
}

/// Sends each SIP message to a Homer collector, as HEP3 over UDP.
///
/// `export` may be called from any thread and never waits: at most `waitingMax` messages wait for the socket; what comes
/// beyond them, or is too long for a datagram, is counted and dropped. A collector that is not there costs nothing else.
package final class HEPExporter: Sendable {
    package static let waitingMax = 1_024

    private let configuration: HEPConfiguration
    private let channel: any Channel
    private let anchor: WallClockAnchor
    /// Stands for the unspecified address that a SIP socket is bound to.
    private let localAddress = Mutex(IPAddress.loopback)
    private let waiting = Atomic<Int>(0)
    private let sent = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)

    /// Finds the collector's address, once, and opens a socket toward it.
    package static func start(
        _ configuration: HEPConfiguration, over loops: any EventLoopGroup, anchor: WallClockAnchor
    ) async throws -> HEPExporter {
        let channel = try await DatagramBootstrap(group: loops)
            .connect(host: configuration.host, port: Int(configuration.port)).get()
        return HEPExporter(configuration, channel: channel, anchor: anchor)
    }

    private init(_ configuration: HEPConfiguration, channel: any Channel, anchor: WallClockAnchor) {
        self.configuration = configuration
        self.channel = channel
        self.anchor = anchor
    }

    /// Says where this machine is reached, once it is known.
    package func setLocalAddress(_ address: IPAddress) {
        self.localAddress.withLock { $0 = address }
    }

    package var counts: (sent: UInt64, dropped: UInt64) {
        (self.sent.load(ordering: .relaxed), self.dropped.load(ordering: .relaxed))
    }

    package func export(_ message: TracedMessage, callID: String?) {
        let path = message.path
        let isUnspecified = path.local.address.isUnspecified
        let address = isUnspecified ? self.localAddress.withLock { $0 } : path.local.address
        let local = TransportAddress(address, port: path.local.port)
        let (from, to) = message.arrow == .received ? (path.remote, local) : (local, path.remote)
        let packet = HEPPacket(
            from: from, to: to, transport: path.transport, sinceEpoch: self.anchor.sinceEpoch(at: message.instant),
            captureID: self.configuration.captureID, password: self.configuration.password, callID: callID,
            payload: message.bytes)
        guard let bytes = packet.encoded, self.admit() else {
            self.dropped.add(1, ordering: .relaxed)
            return
        }
        let buffer = self.channel.allocator.buffer(bytes: bytes)
        self.channel.writeAndFlush(buffer).whenComplete { result in
            self.waiting.subtract(1, ordering: .relaxed)
            switch result {
            case .success: self.sent.add(1, ordering: .relaxed)
            case .failure: self.dropped.add(1, ordering: .relaxed)
            }
        }
    }

    package func stop() async {
        try? await self.channel.close()
    }

    private func admit() -> Bool {
        guard self.waiting.add(1, ordering: .relaxed).newValue <= Self.waitingMax else {
            self.waiting.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }
}
