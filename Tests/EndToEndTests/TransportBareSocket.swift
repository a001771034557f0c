import Addressing
import NIOCore
import NIOPosix

/// TCP without SIP, for what a transport layer would never send.
enum BareSocket {
    /// Connects, says something, and listens until the peer closes or enough was heard. Returns all that was heard.
    static func talk(
        to address: TransportAddress, saying text: String, until isEnough: ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: TransportPeer.loops)
            .connect(host: address.address.description, port: Int(address.port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            if !text.isEmpty { try await outbound.write(ByteBuffer(string: text)) }
            var heard: [UInt8] = []
            for try await buffer in inbound {
                heard += buffer.readableBytesView
                if isEnough(heard) { break }
            }
            return heard
        }
    }

    /// Connects several times and says nothing.
    static func open(_ count: Int, to address: TransportAddress) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            channels.append(
                try await ClientBootstrap(group: TransportPeer.loops)
                    .connect(host: address.address.description, port: Int(address.port)).get())
        }
        return channels
    }

    /// Accepts connections and never reads from them.
    static func listenWithoutReading() async throws -> any Channel {
        try await ServerBootstrap(group: TransportPeer.loops)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
    }
}
