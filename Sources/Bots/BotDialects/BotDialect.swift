import BotProtocol
import PCM

/// The wire dialects that a bot can be spoken to in; the raw value is the word in the configuration.
package enum BotDialectName: String, CaseIterable, Hashable, Sendable {
    case native
    case exotel
}

/// One bot's wire dialect: events and audio to messages, messages to commands and audio.
///
/// A value machine: no clock, no sockets. Concrete on purpose, because it is called for each packet. Make one for each
/// call; it holds sequence numbers and the odd byte between two messages.
package enum BotDialect: Sendable {
    case nativeDialect(NativeDialect)
    case exotelDialect(ExotelDialect)

    /// The gateway's own protocol (docs/bot-protocol.md).
    package static var native: BotDialect { .nativeDialect(NativeDialect()) }

    /// Exotel AgentStream, with the gateway in Exotel's place.
    package static func exotel(_ options: ExotelDialectOptions) -> BotDialect {
        .exotelDialect(ExotelDialect(options: options))
    }

    package var name: BotDialectName {
        switch self {
        case .nativeDialect: .native
        case .exotelDialect: .exotel
        }
    }

    /// The rate of audio in both directions. In the native dialect `ready` sets it; in the others it is fixed.
    package var rate: SampleRate {
        switch self {
        case .nativeDialect(let dialect): dialect.rate
        case .exotelDialect(let dialect): dialect.rate
        }
    }

    /// Whether the bot has said that it can talk, or, where it cannot say so, has been sent its start.
    package var isReady: Bool {
        switch self {
        case .nativeDialect(let dialect): dialect.isReady
        case .exotelDialect(let dialect): dialect.isReady
        }
    }

    /// What becomes of marks that a clear overtakes.
    package var clearPolicy: ClearPolicy {
        switch self {
        case .nativeDialect: .reportCleared
        case .exotelDialect: .returnPendingMarks
        }
    }

    /// Appends the messages of one event: none where the dialect has no word for it.
    package mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch self {
        case .nativeDialect(var dialect):
            dialect.encode(event, into: &buffer)
            self = .nativeDialect(dialect)
        case .exotelDialect(var dialect):
            self.release()
            dialect.encode(event, into: &buffer)
            self = .exotelDialect(dialect)
        }
    }

    /// Appends caller audio at `rate`, any number of samples (usually 20 ms).
    package mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        switch self {
        case .nativeDialect(let dialect):
            dialect.encodeAudio(samples, into: &buffer)
        case .exotelDialect(var dialect):
            self.release()
            dialect.encodeAudio(samples, into: &buffer)
            self = .exotelDialect(dialect)
        }
    }

    /// Appends what one message of the bot means. A throw ends the bot: its later bytes cannot be trusted.
    package mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch self {
        case .nativeDialect(var dialect):
            defer { self = .nativeDialect(dialect) }
            try dialect.decode(kind, bytes, into: &batch)
        case .exotelDialect(var dialect):
            self.release()
            defer { self = .exotelDialect(dialect) }
            try dialect.decode(kind, bytes, into: &batch)
        }
    }

    /// Lets go of a machine that was just taken out, so that its buffers have one owner and change in place.
    private mutating func release() {
        self = .nativeDialect(NativeDialect())
    }
}
