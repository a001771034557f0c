import CLinux
import Reactor
import TLS
import WebSocketFraming

/// Why a bot could not be reached or started.
package enum BotConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not a WebSocket URL that can be dialled.
    case invalidURL(String)
    /// A header name or value that cannot be sent.
    case invalidHeader(String)
    /// Arguments, environment or directory that cannot be passed to a program.
    case invalidInvocation(String)
    /// The name has no address.
    case unresolvable(host: String)
    /// No address accepted the connection; `code` is the last errno.
    case connectFailed(host: String, code: Int32)
    /// The server closed the connection in the handshake.
    case closedInHandshake
    case handshakeFailed(HandshakeError)
    /// No TLS session: the files cannot be used, the server's certificate is not trusted, or it is no TLS at all.
    case tlsFailed(TLSError)
    /// The attempt took longer than its deadline; `phase` says what it was waiting for.
    case deadlineExceeded(phase: Phase)
    /// The program was not started; `code` is the errno (2: no such file).
    case spawnFailed(program: String, code: Int32)
    /// The process is out of descriptors, memory or the like.
    case systemCall(String, code: Int32)
    /// No connection of a bot that dials the gateway waited, and none came in time.
    case noneWaiting(path: String)
    /// Too many attempts at once.
    case queueFull
    /// The gateway is ending.
    case shutDown

    package enum Phase: String, Hashable, Sendable {
        case queue
        case resolution
        case connection
        case security
        case handshake
    }

    /// Whether the gateway had no room for one more bot, so that the fault is not the bot's.
    package var isOutOfRoom: Bool {
        switch self {
        case .connectFailed(_, let code), .spawnFailed(_, let code), .systemCall(_, let code):
            clinux_too_many_descriptors(code) != 0
        case .queueFull:
            true
        case .invalidURL, .tlsFailed, .invalidHeader, .invalidInvocation, .unresolvable, .closedInHandshake,
            .handshakeFailed, .deadlineExceeded, .noneWaiting, .shutDown:
            false
        }
    }

    package var description: String {
        switch self {
        case .invalidURL(let text): "invalid bot URL: \(text)"
        case .invalidHeader(let name): "header \"\(name)\" cannot be sent"
        case .invalidInvocation(let text): "the bot's command cannot be started: \(text)"
        case .unresolvable(let host): "\(host) has no address"
        case .connectFailed(let host, let code): "connecting to \(host) failed: \(SystemError.text(of: code))"
        case .closedInHandshake: "the bot closed the connection in the WebSocket handshake"
        case .handshakeFailed(let error): "the WebSocket handshake failed: \(error)"
        case .tlsFailed(let error): "TLS with the bot failed: \(error.description)"
        case .deadlineExceeded(let phase): "the bot was not reached in time (waiting for the \(phase.rawValue))"
        case .spawnFailed(let program, let code): "\(program) was not started: \(SystemError.text(of: code))"
        case .systemCall(let name, let code): "\(name): \(SystemError.text(of: code))"
        case .noneWaiting(let path): "no bot was connected at \(path), and none dialled in time"
        case .queueFull: "too many bots are being connected at once"
        case .shutDown: "the gateway is ending"
        }
    }
}
