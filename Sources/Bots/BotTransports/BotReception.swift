import WebSocketFraming

/// Who may come in, and who waits for whom: of each bot connections wait for calls, or calls for connections, never both.
///
/// Knows numbers only. Whoever waits longest is served first.
package struct BotReception: Sendable {
    /// Why a bot is not let in; each is an answer of its own.
    package enum Refusal: Error, Hashable, Sendable {
        /// No bot has this path: 404.
        case unknownBot
        /// 401.
        case wrongToken
        /// So many of this bot wait already: 503.
        case full(waitingMax: Int)

        /// The answer, whole.
        package var answer: [UInt8] {
            switch self {
            case .unknownBot: ServerHandshake.refusal("404 Not Found")
            case .wrongToken:
                ServerHandshake.refusal(
                    "401 Unauthorized", field: "WWW-Authenticate: Bearer realm=\"trunkline\"\r\n")
            case .full: ServerHandshake.refusal("503 Service Unavailable", field: "Retry-After: 5\r\n")
            }
        }
    }

    private struct Seats: Sendable {
        let bot: AwaitedBot
        var connections: [UInt64] = []
        var calls: [UInt64] = []
    }

    private var seats: [String: Seats]

    package init(_ bots: [AwaitedBot]) {
        self.seats = Dictionary(bots.map { ($0.path, Seats(bot: $0)) }) { first, _ in first }
    }

    /// Connections that wait, of all bots.
    package var connectionCount: Int { self.seats.values.reduce(0) { $0 + $1.connections.count } }
    /// Calls that wait, of all bots.
    package var callCount: Int { self.seats.values.reduce(0) { $0 + $1.calls.count } }

    /// The path of the bot that this request may connect as.
    package func admit(_ opening: ServerHandshake.Opening) throws(Refusal) -> String {
        let path = String(opening.target.prefix(while: { $0 != "?" }))
        guard let seats = self.seats[path] else { throw .unknownBot }
        guard seats.bot.token.isShown(by: opening.head) else { throw .wrongToken }
        guard seats.connections.count < seats.bot.waitingMax else { throw .full(waitingMax: seats.bot.waitingMax) }
        return path
    }

    /// A connection that was admitted has opened: the call that it is for, or nil when it waits.
    package mutating func arrive(_ connection: UInt64, at path: String) -> UInt64? {
        precondition(self.seats[path] != nil, "only who was admitted arrives")
        guard self.seats[path]?.calls.isEmpty == false else {
            self.seats[path]?.connections.append(connection)
            return nil
        }
        return self.seats[path]?.calls.removeFirst()
    }

    /// The connection of this bot that has waited longest, which waits no more; nil when none does.
    package mutating func take(from path: String) -> UInt64? {
        guard self.seats[path]?.connections.isEmpty == false else { return nil }
        return self.seats[path]?.connections.removeFirst()
    }

    /// A call waits for the next connection of a bot. False when the bot is unknown or too many wait.
    package mutating func wait(_ call: UInt64, for path: String) -> Bool {
        guard let seats = self.seats[path], seats.calls.count < Self.callsMax else { return false }
        self.seats[path]?.calls.append(call)
        return true
    }

    /// A connection has ended.
    package mutating func leave(_ connection: UInt64, from path: String) {
        self.seats[path]?.connections.removeAll(where: { $0 == connection })
    }

    /// A call waits no more.
    package mutating func withdraw(_ call: UInt64, from path: String) {
        self.seats[path]?.calls.removeAll(where: { $0 == call })
    }

    /// As many as the gateway can have calls at once.
    package static let callsMax = 2_000
}
