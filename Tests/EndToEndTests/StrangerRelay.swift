import Foundation
import Synchronization

/// A man in the middle of a call's media: takes what the carrier sends to 127.0.0.2, hands it on to the gateway at
/// 127.0.0.1, and the other way round, and keeps a copy of everything.
///
/// The gateway's trunk names 127.0.0.2 as its external address, as it would that of a NAT.
final class MediaRelay: Sendable {
    static let host: UInt8 = 2

    /// One datagram as it was on the wire.
    struct Captured: Sendable {
        var isFromGateway: Bool
        var isRTCP: Bool
        var bytes: [UInt8]
    }

    private struct State {
        var captured: [Captured] = []
        var isOver = false
    }

    let port: UInt16
    private let rtp: LoopbackSocket
    private let rtcp: LoopbackSocket
    private let state = Mutex(State())

    /// - Parameter port: the RTP port of the gateway; RTCP has the next one.
    init(port: UInt16) throws {
        self.port = port
        self.rtp = try LoopbackSocket(.init(host: Self.host, port: port))
        self.rtcp = try LoopbackSocket(.init(host: Self.host, port: port + 1))
        Thread.detachNewThread { [self] in
            var carriers: [UInt16: LoopbackSocket.Address] = [:]
            while !self.state.withLock(\.isOver) {
                self.relay(self.rtp, isRTCP: false, &carriers)
                self.relay(self.rtcp, isRTCP: true, &carriers)
                usleep(1_000)
            }
        }
    }

    func stop() {
        self.state.withLock { $0.isOver = true }
    }

    var captured: [Captured] { self.state.withLock(\.captured) }

    /// Sends to the gateway from the address that the gateway knows as the call's own.
    func inject(_ packet: Captured) {
        let socket = packet.isRTCP ? self.rtcp : self.rtp
        socket.send(packet.bytes, to: .init(port: socket.address.port))
    }

    private func relay(_ socket: LoopbackSocket, isRTCP: Bool, _ carriers: inout [UInt16: LoopbackSocket.Address]) {
        let gateway = LoopbackSocket.Address(port: socket.address.port)
        for (source, bytes) in socket.receive() {
            let isFromGateway = source == gateway
            self.state.withLock {
                $0.captured.append(Captured(isFromGateway: isFromGateway, isRTCP: isRTCP, bytes: bytes))
            }
            if isFromGateway {
                if let carrier = carriers[gateway.port] { socket.send(bytes, to: carrier) }
            } else {
                carriers[gateway.port] = source
                socket.send(bytes, to: gateway)
            }
        }
    }
}
