import BotProtocol
import PCM

/// The wire dialects that a bot can be spoken to in; the raw value is the word in the configuration.
package enum BotDialectName: String, CaseIterable, Hashable, Sendable {
    case native
    case exotel
}

/// What the end of a link means in a dialect.
package enum LinkEndMeaning: Hashable, Sendable {
    /// The bot ends the call by closing, so an orderly close is its hang-up.
    case hangup
    /// The bot has a command for hanging up; an orderly close without it is a hang-up all the same, told as such.
    case hangupWithoutCommand
}

/// One bot's wire dialect: events and audio to messages, messages to commands and audio.
///
/// A value machine: no clock, no sockets. Concrete on purpose, because it is called for each packet. Make one for each
/// call; it holds sequence numbers and the odd byte between two messages.
package enum BotDialect: Sendable {
    case native(NativeDialect)
    case exotel(ExotelDialect)

    /// The gateway's own protocol (docs/bot-protocol.md).
    package static var native: BotDialect { .native(NativeDialect()) }

    /// Exotel AgentStream, with the gateway in Exotel's place.
    package static func exotel(_ options: ExotelDialectOptions) -> BotDialect {
        .exotel(ExotelDialect(options: options))
    }

    package var name: BotDialectName {
        switch self {
        case .native: .native
        case .exotel: .exotel
        }
    }

    /// The rate of audio in both directions. In the native dialect `ready` sets it; in the others it is fixed.
    package var rate: SampleRate {
        switch self {
        case .native(let dialect): dialect.rate
        case .exotel(let dialect): dialect.rate
        }
    }

    /// Whether the bot has said that it can talk, or, where it cannot say so, has been sent its start.
    package var isReady: Bool {
        switch self {
        case .native(let dialect): dialect.isReady
        case .exotel(let dialect): dialect.isReady
        }
    }

    /// What becomes of marks that a clear overtakes.
    package var clearPolicy: ClearPolicy {
        switch self {
        case .native: .reportCleared
        case .exotel: .returnPendingMarks
        }
    }

    package var linkEndMeaning: LinkEndMeaning {
        switch self {
        case .native: .hangupWithoutCommand
        case .exotel: .hangup
        }
    }

    /// Appends the messages of one event: none where the dialect has no word for it.
    package mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        switch self {
        case .native(var dialect):
            dialect.encode(event, into: &buffer)
            self = .native(dialect)
        case .exotel(var dialect):
            self.release()
            dialect.encode(event, into: &buffer)
            self = .exotel(dialect)
        }
    }

    /// Appends caller audio at `rate`, any number of samples (usually 20 ms).
    package mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        switch self {
        case .native(let dialect):
            dialect.encodeAudio(samples, into: &buffer)
        case .exotel(var dialect):
            self.release()
            dialect.encodeAudio(samples, into: &buffer)
            self = .exotel(dialect)
        }
    }

    /// Appends what one message of the bot means. A throw ends the bot: its later bytes cannot be trusted.
    package mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        switch self {
        case .native(var dialect):
            defer { self = .native(dialect) }
            try dialect.decode(kind, bytes, into: &batch)
        case .exotel(var dialect):
            self.release()
            defer { self = .exotel(dialect) }
            try dialect.decode(kind, bytes, into: &batch)
        }
    }

    /// Lets go of a machine that was just taken out, so that its buffers have one owner and change in place.
    private mutating func release() {
        self = .native(NativeDialect())
    }
}
