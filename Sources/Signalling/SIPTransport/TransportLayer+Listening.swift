import Addressing
import NIOCore
import NIOPosix
import SIPSyntax
import TLS

extension TransportLayer {
    /// Begins to listen, and returns the address with the port that was taken.
    package func listen(_ listener: ListenerConfiguration) async throws(TransportError) -> TransportAddress {
        if listener.transport == .tls, listener.tls == nil { throw .listenerWithoutCertificate(listener.address) }
        let identity = listener.transport == .tls ? listener.tls.map(ServerIdentity.init) : nil
        let channel: any Channel
        do {
            let address = try SocketAddress(listener.address)
            channel =
                switch listener.transport {
                case .udp: try await self.datagramBootstrap().bind(to: address).get()
                case .tcp: try await self.streamBootstrap(.tcp, nil).bind(to: address).get()
                case .tls: try await self.streamBootstrap(.tls, identity).bind(to: address).get()
                }
        } catch {
            throw .bindFailed(listener.transport, listener.address, reason: TransportError.reason(error))
        }
        guard !self.isClosed, let bound = TransportAddress(channel.localAddress) else {
            channel.close(promise: nil)
            throw .closed
        }
        switch listener.transport {
        case .udp:
            let socket = DatagramSocket(local: bound, channel: channel)
            self.datagramSockets.append(socket)
            if self.filtered.count > 0 { self.filter(socket) }
        case .tcp, .tls: self.listeners.append(channel)
        }
        if let identity { self.serverIdentities.append(identity) }
        return bound
    }

    private func streamBootstrap(_ transport: SIPTransportName, _ tls: ServerIdentity?) -> ServerBootstrap {
        ServerBootstrap(group: self.connectionLoops)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // One at a time: whether there are descriptors is asked again before the next.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { [hasDescriptors = self.configuration.hasDescriptors] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPace(hasDescriptors))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.acknowledgementTimeout, value: self.configuration.acknowledgementTimeoutForKernel)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let remote = TransportAddress(channel.remoteAddress) else { throw TransportError.closed }
                    let id = ConnectionID.next()
                    guard self.admits(channel, id, remote, transport) else { throw TransportError.tooManyConnections }
                    if let tls {
                        let handler = TLSHandler(
                            serving: tls.current, timeout: self.configuration.handshakeTimeout,
                            peer: remote)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        StreamHandler(id, transport, .accepted, peer: remote, layer: self))
                }
            }
    }

    private nonisolated func admits(
        _ channel: any Channel, _ id: ConnectionID, _ remote: TransportAddress, _ transport: SIPTransportName
    ) -> Bool {
        guard !self.sources.isBanned(remote.address, over: transport) else {
            self.sources.noteUnheard()
            return false
        }
        guard self.configuration.hasDescriptors() else {
            self.admission.refuse()
            return false
        }
        let isKnown = self.sources.standing(of: remote.address) == .known
        switch self.admission.admit(id, channel, from: remote.address, isKnown: isKnown) {
        case .admitted, .admittedInPlaceOf: return true
        case .refused: return false
        case .refusedToAddress:
            self.sources.note(.tooManyConnections, from: remote.address, over: transport)
            return false
        }
    }

    private func datagramBootstrap() -> DatagramBootstrap {
        DatagramBootstrap(group: self.connectionLoops)
            .channelOption(.socketOption(.so_reuseaddr), value: 0)
            // As much as the kernel grants: a burst waits here, before anybody can choose what to drop.
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: DatagramHandler.lengthMax)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(layer: self))
                }
            }
    }
}
