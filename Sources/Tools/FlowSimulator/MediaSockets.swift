import Addressing
import NIOCore
import NIOPosix

/// The RTP and RTCP sockets of one call.
struct MediaSockets: Sendable {
    let rtp: any Channel
    let rtcp: any Channel
    /// The even one.
    let port: UInt16

    func close() {
        self.rtp.close(promise: nil)
        self.rtcp.close(promise: nil)
    }
}

/// Hands out pairs of ports from a range, in turn, and steps over the taken ones.
///
/// Confined to the event loop on which its sockets live.
final class MediaPorts {
    private let address: IPAddress
    private let first: UInt16
    private let pairs: Int
    private var next = 0

    init(address: IPAddress, ports: ClosedRange<UInt16>) {
        self.address = address
        self.first = ports.lowerBound % 2 == 0 ? ports.lowerBound : ports.lowerBound + 1
        self.pairs = max(0, (Int(ports.upperBound) + 1 - Int(self.first)) / 2)
    }

    /// The ports to try, each once, beginning after the last one handed out.
    func candidates() -> [UInt16] {
        guard self.pairs > 0 else { return [] }
        let start = self.next
        self.next = (self.next + 1) % self.pairs
        return (0..<min(self.pairs, Self.triesMax)).map { self.first + UInt16((start + $0) % self.pairs * 2) }
    }

    private static let triesMax = 200
}

extension MediaSockets {
    typealias Receiver = @Sendable (_ datagram: [UInt8], _ isRTCP: Bool) -> Void

    /// Binds the first free pair of `ports`; fails when none is free.
    static func open(
        on loop: any EventLoop, address: IPAddress, ports: ArraySlice<UInt16>, receiver: @escaping Receiver
    ) -> EventLoopFuture<MediaSockets> {
        guard let port = ports.first else {
            return loop.makeFailedFuture(SimulatorError.mediaPortsExhausted)
        }
        let host = address.description
        let rtp = Self.bootstrap(on: loop, isRTCP: false, receiver).bind(host: host, port: Int(port))
        let pair = rtp.flatMap { rtp in
            Self.bootstrap(on: loop, isRTCP: true, receiver).bind(host: host, port: Int(port) + 1)
                .map { MediaSockets(rtp: rtp, rtcp: $0, port: port) }
                .flatMapErrorThrowing { error in
                    rtp.close(promise: nil)
                    throw error
                }
        }
        return pair.flatMapError { _ in
            Self.open(on: loop, address: address, ports: ports.dropFirst(), receiver: receiver)
        }
    }

    private static func bootstrap(
        on loop: any EventLoop, isRTCP: Bool, _ receiver: @escaping Receiver
    ) -> DatagramBootstrap {
        DatagramBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2_048))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramReader(receiver: receiver, isRTCP: isRTCP))
                }
            }
    }
}

/// Turns datagrams into arrays of octets.
private final class DatagramReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let receiver: MediaSockets.Receiver
    private let isRTCP: Bool

    init(receiver: @escaping MediaSockets.Receiver, isRTCP: Bool) {
        self.receiver = receiver
        self.isRTCP = isRTCP
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.receiver(Array(self.unwrapInboundIn(data).data.readableBytesView), self.isRTCP)
    }

    /// An ICMP message says that the peer's port is closed; the call's own end is told by signalling.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
