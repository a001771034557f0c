import Addressing
import NIOCore
import SIPSyntax

/// A bound UDP socket.
struct DatagramSocket: Sendable {
    let local: TransportAddress
    let channel: any Channel
}

extension TransportLayer {
    /// A datagram goes from the socket of the destination's path, so that a peer behind NAT sees the port that it knows.
    func sendDatagram(_ message: ConnectionPool.Waiting, to destination: Destination) {
        if let path = destination.path {
            return self.sendDatagram(message, to: path.remote, from: path.local)
        }
        let profile = self.profiles[destination.host] ?? self.configuration.defaultProfile
        self.locator.servers(of: destination).whenComplete { result in
            self.assumeIsolated { layer in
                switch result {
                case .success(let servers):
                    // Of a name with addresses of both families, the first that a socket of ours can reach.
                    let reachable = servers.first { server in
                        layer.datagramSockets.contains { $0.local.address.isV4 == server.address.isV4 }
                    }
                    guard let server = reachable ?? servers.first else { return }
                    let local = profile.localAddress.map { TransportAddress($0, port: 0) }
                    layer.sendDatagram(message, to: server, from: local)
                case .failure(let error):
                    message.completion(.failure(TransportError(locating: error)))
                }
            }
        }
    }

    private func sendDatagram(
        _ message: ConnectionPool.Waiting, to remote: TransportAddress, from local: TransportAddress?
    ) {
        let usable = self.datagramSockets.filter { $0.local.address.isV4 == remote.address.isV4 }
        let socket =
            usable.first { $0.local == local } ?? usable.first { $0.local.address == local?.address } ?? usable.first
        guard let socket else { return message.completion(.failure(.noDatagramSocket(to: remote))) }
        let completion = message.completion
        let path = TransportPath(transport: .udp, local: socket.local, remote: remote)
        do {
            let envelope = AddressedEnvelope(
                remoteAddress: try SocketAddress(remote), data: ByteBuffer(bytes: message.bytes))
            socket.channel.writeAndFlush(envelope).hop(to: self.eventLoop).whenComplete { result in
                switch result {
                case .success: completion(.success(path))
                case .failure(let error): completion(.failure(TransportError(writing: error, to: remote)))
                }
            }
        } catch {
            completion(.failure(TransportError(writing: error, to: remote)))
        }
    }
}
