/// What strangers may send, and after how much they are not heard for a while. Known peers are bound by none of it.
package struct SourceLimits: Hashable, Sendable {
    /// Messages of one stranger's address a second; as many may come at once. Further datagrams are dropped and further
    /// messages on a stream end it.
    package var messagesPerSecond = 50
    /// When strangers are banned; nil bans none.
    package var ban: Ban? = Ban()
    /// Addresses whose rate and offences are remembered.
    package var sourcesMax = 8_192

    package init() {}

    /// So many offences within `window`, and the address is not heard for `duration`.
    package struct Ban: Hashable, Sendable {
        package var offences = 20
        package var window: Duration = .seconds(60)
        package var duration: Duration = .seconds(300)
        /// Bans at once; while so many last, nobody else is banned.
        package var countMax = 4_096

        package init() {}
    }
}

/// What an address did that no peer of ours does.
package enum Offence: String, Hashable, Sendable {
    case malformedMessage = "a message that cannot be read"
    case unframeableStream = "a stream in which no message can be found"
    case unfinishedMessage = "a message that was not ended in time"
    case failedHandshake = "a TLS handshake that failed"
    case tooManyMessages = "too many messages"
    case tooManyConnections = "too many connections"
    case uninvitedCall = "a call from an address on no trunk"
    case foreignRequest = "a request for somebody else's dialog"
}
