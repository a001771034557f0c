import Foundation
import NIOCore
import NIOPosix

/// The load test's bot: a WebSocket server of the native protocol that says back what it hears, on one thread.
///
/// It prints the URL that it listens on and runs until it is killed.
@main
struct EchoBot {
    static func main() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        // `print` would keep the line in its buffer, as standard output is a pipe.
        let line = "ws://127.0.0.1:\(server.localAddress?.port ?? 0)/\n"
        try FileHandle.standardOutput.write(contentsOf: Array(line.utf8))
        try await server.closeFuture.get()
    }
}
