import Reactor
import TLS
import WebSocketFraming

/// How a bot's link ended.
package enum BotLinkEnd: Hashable, Sendable, CustomStringConvertible {
    /// The bot closed its WebSocket by the handshake of RFC 6455 section 7.
    case closedByBot(CloseCode?)
    /// The bot's process ended by itself with this exit code.
    case exited(code: Int32)
    /// The bot's process was ended by this signal.
    case killed(signal: Int32)
    case failed(BotLinkFailure)

    /// Whether the bot meant to end: a normal close, or exit code 0. Anything else is a failure of the bot.
    package var isOrderly: Bool {
        switch self {
        case .closedByBot(let code): code == nil || code == .normal || code == .goingAway
        case .exited(let code): code == 0
        case .killed, .failed: false
        }
    }

    package var description: String {
        switch self {
        case .closedByBot(nil): "the bot closed its connection"
        case .closedByBot(let code?): "the bot closed the WebSocket with code \(code.rawValue)"
        case .exited(let code): "the bot's process exited with code \(code)"
        case .killed(let signal): "the bot's process was killed by signal \(signal)"
        case .failed(let failure): failure.description
        }
    }
}

/// What broke a bot's link.
package enum BotLinkFailure: Hashable, Sendable, CustomStringConvertible {
    /// The connection ended without a close frame, or the process closed its output and lives on.
    case endOfStream
    /// The bot broke the rules of its WebSocket.
    case webSocket(WebSocketError)
    /// The bot broke the framing of its standard output.
    case framing(StdioFramingError)
    /// The bot has read nothing for so long that not even control messages fit any more.
    case notReading
    /// Nothing came from the bot, not even the answer to a ping.
    case silent
    case systemCall(code: Int32)
    /// The bot's end broke TLS.
    case tls(TLSError)

    package var description: String {
        switch self {
        case .endOfStream: "the bot's connection ended without a farewell"
        case .webSocket(let error): "the bot broke the WebSocket protocol: \(error)"
        case .framing(let error): "the bot broke the stdio framing: \(error)"
        case .notReading: "the bot stopped reading"
        case .silent: "the bot did not answer a ping"
        case .tls(let error): "the bot's connection broke TLS: \(error.description)"
        case .systemCall(let code): "the bot's connection failed: \(SystemError.text(of: code))"
        }
    }
}
