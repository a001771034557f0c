import Addressing
import Logging
import NIOCore
import SIPSyntax
import Synchronization

/// One UDP socket: each datagram is a message (RFC 3261 section 18.3), a keep-alive or junk.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let layer: TransportLayer

    init(layer: TransportLayer) {
        self.layer = layer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        guard !Self.isKeepAlive(envelope.data), let local = TransportAddress(context.localAddress),
            let remote = TransportAddress(envelope.remoteAddress), remote.port != 0
        else { return }
        let standing = self.layer.sources.standing(of: remote.address)
        // The last quarter of the inbox is for what belongs to calls: INVITEs come again.
        let isInvite = envelope.data.readableBytesView.starts(with: Self.inviteStart)
        guard !self.layer.isInboxFull(for: isInvite ? .stranger : standing) else {
            self.layer.droppedCount.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let path = TransportPath(transport: .udp, local: local, remote: remote)
        switch self.layer.sources.hears(path, standing) {
        case .heard: break
        case .unheard: return
        case .flooding(let end): return self.layer.filterOut(remote.address, until: end)
        }
        let bytes = Array(envelope.data.readableBytesView)
        do {
            let message = try MessageParser.parse(bytes, limits: self.layer.configuration.messageLimits)
            self.layer.post(.received(ReceivedMessage(message: message, bytes: bytes, path: path, standing: standing)))
        } catch {
            self.layer.sources.note(.malformedMessage, from: remote.address, over: .udp)
            self.layer.post(.malformed(error, bytes: bytes, path: path))
        }
    }

    /// A datagram's error (an ICMP answer, a message too long) is told by its write; the socket stays.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.layer.logger.debug("UDP socket", metadata: ["error": "\(TransportError.reason(error))"])
    }

    /// Line ends and NULs in any number, and the single octets that some phones send to keep their NAT open.
    private static func isKeepAlive(_ datagram: ByteBuffer) -> Bool {
        datagram.readableBytes < 4 || datagram.readableBytesView.allSatisfy { [0x0D, 0x0A, 0x00].contains($0) }
    }

    private static let inviteStart = Array("INVITE ".utf8)

    /// The longest datagram that UDP carries.
    static let lengthMax = 65_535
}
