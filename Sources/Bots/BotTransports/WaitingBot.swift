import Timekeeping
import WebSocketFraming

/// A bot's WebSocket that waits for a call: it is pinged, its pings are answered, and it has nothing to say yet.
///
///     quiet ─ 10 s ─▶ pinged ─ 10 s ─▶ silent: ended
///       ▲               │
///       └─ any byte ────┘
package struct WaitingBot: Sendable {
    /// Why it waits no more.
    package enum End: Error, Hashable, Sendable, CustomStringConvertible {
        case closedByBot
        /// It sent a message although no call has started.
        case spokeEarly
        case webSocket(WebSocketError)
        case silent

        package var description: String {
            switch self {
            case .closedByBot: "the bot closed its connection"
            case .spokeEarly: "the bot sent a message before it had a call"
            case .webSocket(let error): "\(error)"
            case .silent: "the bot did not answer a ping"
            }
        }

        /// The code to close with (RFC 6455 section 7.4.1).
        package var closeCode: CloseCode {
            switch self {
            case .closedByBot: .normal
            case .spokeEarly, .silent: .policyViolation
            case .webSocket(let error): error.closeCode
            }
        }
    }

    private enum State: Sendable {
        case quiet(since: Instant)
        case pinged(at: Instant)
    }

    private var reader = FrameReader(role: .server, messageLengthMax: WaitingBot.messageLengthMax)
    private var state: State

    package init(at now: Instant) {
        self.state = .quiet(since: now)
    }

    /// When `handleTimeout` is to be called.
    package var deadline: Instant {
        switch self.state {
        case .quiet(let since): since + Self.pingInterval
        case .pinged(let at): at + Self.pongDeadline
        }
    }

    /// The beginning of a frame that has not come whole: the first bytes of whoever takes the connection.
    package var remainder: [UInt8] { Array(self.reader.buffer.suffix(self.reader.pendingCount)) }

    /// Takes bytes of the bot; returns what is to be sent. Of several pings the last is answered (RFC 6455 section 5.5.3).
    package mutating func receive(_ bytes: ArraySlice<UInt8>, at now: Instant) throws(End) -> [UInt8] {
        if !bytes.isEmpty { self.state = .quiet(since: now) }
        self.reader.append(bytes)
        var pong: [UInt8] = []
        while let unit = try self.nextUnit() {
            switch unit {
            case .ping(let range):
                pong.removeAll(keepingCapacity: true)
                FrameWriter.append(.pong, self.reader.buffer[range], maskingKey: nil, to: &pong)
            case .pong: continue
            case .close: throw .closedByBot
            case .text, .binary: throw .spokeEarly
            }
        }
        return pong
    }

    /// To be called at `deadline`; returns the ping that is to be sent.
    package mutating func handleTimeout(at now: Instant) throws(End) -> [UInt8] {
        guard self.deadline <= now else { return [] }
        switch self.state {
        case .pinged: throw .silent
        case .quiet:
            self.state = .pinged(at: now)
            var ping: [UInt8] = []
            FrameWriter.append(.ping, [], maskingKey: nil, to: &ping)
            return ping
        }
    }

    private mutating func nextUnit() throws(End) -> FrameReader.Unit? {
        do throws(WebSocketError) {
            return try self.reader.next()
        } catch {
            throw .webSocket(error)
        }
    }

    package static let pingInterval: Duration = .seconds(10)
    package static let pongDeadline: Duration = .seconds(10)
    /// Bytes: a message is refused anyway.
    private static let messageLengthMax = 4_096
}
