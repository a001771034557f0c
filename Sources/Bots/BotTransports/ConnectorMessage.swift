import BotProtocol
import CLinux
import Reactor
import Timekeeping

/// What the connector's thread is asked for.
enum ConnectorMessage: Sendable {
    case connect(ConnectRequest)
    case close(CloseRequest)
    case stop
}

/// One bot to reach.
struct ConnectRequest: Sendable {
    let endpoint: BotEndpoint
    let callID: String
    let deadline: Instant
    let isWanted: @Sendable () -> Bool
    let completion: @Sendable (Result<ConnectedBot, BotConnectionError>) -> Void
}

/// One link to wind up: the remainder is written first.
struct CloseRequest: Sendable {
    let wire: ConnectedBot.Wire
    let remainder: [UInt8]
}

/// The way from a link to the thread that closes it.
enum LinkCloser {
    static func close(_ wire: ConnectedBot.Wire, remainder: [UInt8], through inbox: Inbox<ConnectorMessage>) {
        if inbox.postReserved(.close(CloseRequest(wire: wire, remainder: remainder))) { return }
        // The connector has ended and taken its children with it: only descriptors are left.
        switch wire {
        case .webSocket(let socket), .stream(let socket):
            _ = clinux_close(socket.descriptor)
        case .process(let input, let output, _, _):
            _ = clinux_close(input)
            _ = clinux_close(output)
        }
    }
}
