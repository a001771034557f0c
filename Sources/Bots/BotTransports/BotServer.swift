import Addressing
import CLinux
import Reactor
import TLS
import WebSocketFraming

/// Where bots dial the gateway: a listening socket, and who may come in.
package struct BotServer: Sendable {
    /// The address with the port that it got.
    package let address: TransportAddress
    let listener: Int32
    let tls: TLSContext?
    let bots: [AwaitedBot]

    /// Listens at once, so that an address that cannot be had is known at the start; the connector owns the socket.
    ///
    /// - Parameter tls: a server's context; nil in clear.
    package init(
        listeningOn address: TransportAddress, tls: TLSContext? = nil, bots: [AwaitedBot]
    ) throws(ReactorError) {
        var local = clinux_address(address.address, port: address.port)
        var port: UInt16 = 0
        // Safe: the callee reads one address and writes one port.
        let result = unsafe clinux_tcp_listen(&local, &port)
        self.listener = try ReactorError.check(result, "listen")
        self.address = TransportAddress(address.address, port: port)
        self.tls = tls
        self.bots = bots
    }
}

/// A bot's connection from its accept until a call has taken it.
///
///     opening ─ admitted ─▶ waiting ─ taken ─▶ a link
///        └─ refused ─▶ closed  └─ ended ─▶ closed
struct InboundBot {
    enum State {
        case opening(ServerHandshake)
        case waiting(WaitingBot, path: String, name: String)
    }

    let descriptor: Int32
    let tls: TLSHandover?
    var state = State.opening(ServerHandshake())
    /// Bytes for the wire that the kernel has not taken.
    var outgoing: ArraySlice<UInt8> = []
    /// Whether the reactor watches for room to write.
    var watchesWrite = false

    init(descriptor: Int32, tls: TLSHandover?) {
        self.descriptor = descriptor
        self.tls = tls
    }

    /// What bytes of the wire mean.
    mutating func open(_ bytes: ArraySlice<UInt8>) throws(TLSError) -> [UInt8] {
        guard let tls = self.tls else { return Array(bytes) }
        do throws(TLSError) {
            let result = try tls.receive(bytes)
            self.outgoing += result.outgoing
            return result.plaintext
        } catch {
            // An alert may wait.
            self.outgoing += tls.takeOutgoing()
            throw error
        }
    }

    /// Queues bytes. A session that has failed sends nothing; reading tells its failure.
    mutating func send(_ plaintext: [UInt8]) {
        guard !plaintext.isEmpty else { return }
        guard let tls = self.tls else {
            self.outgoing += plaintext
            return
        }
        guard let sealed = try? tls.seal(plaintext) else { return }
        self.outgoing += sealed
    }
}
