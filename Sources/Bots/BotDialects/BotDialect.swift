import BotProtocol
import PCM

/// One bot's wire dialect: events and audio to messages, messages to commands and audio.
///
/// A value machine: no clock, no sockets. Make one for each call; it holds sequence numbers and the odd byte between two
/// messages. Each dialect is a machine of its own; this is the face that all of them have.
package struct BotDialect: Sendable {
    private var machine: any WireDialect

    /// The gateway's own protocol (docs/bot-protocol.md).
    package static var native: BotDialect { BotDialect(machine: NativeDialect()) }

    /// Exotel AgentStream, with the gateway in Exotel's place.
    package static func exotel(_ options: ExotelDialectOptions) -> BotDialect {
        BotDialect(machine: ExotelDialect(options: options))
    }

    private init(machine: any WireDialect) {
        self.machine = machine
    }

    /// A dialect by its name; nil when it does not carry such audio.
    ///
    /// - Parameter accountID: what the dialects with accounts say in their start.
    package init?(
        _ name: BotDialectName, accountID: String, encoding: BotAudioEncoding? = nil, rate: SampleRate? = nil
    ) {
        if name == .native {
            guard encoding == nil, rate == nil else { return nil }
            self = .native
            return
        }
        guard let format = name.format(encoding: encoding, rate: rate) else { return nil }
        switch name {
        case .native: self = .native
        case .exotel: self = .exotel(ExotelDialectOptions(accountSID: accountID, rate: format.rate))
        case .twilio: self.init(machine: TwilioDialect(accountID: accountID))
        case .telnyx: self.init(machine: TelnyxDialect(userID: accountID, format: format))
        case .plivo: self.init(machine: PlivoDialect(accountID: accountID, format: format))
        case .vonage: self.init(machine: VonageDialect(rate: format.rate))
        case .jambonz: self.init(machine: JambonzDialect(.jambonz(accountID: accountID), rate: format.rate))
        case .raw: self.init(machine: JambonzDialect(.raw, rate: format.rate))
        case .asterisk: self.init(machine: AsteriskDialect(.words, format: format))
        case .asteriskJSON: self.init(machine: AsteriskDialect(.json, format: format))
        case .audioSocket: self.init(machine: AudioSocketDialect(rate: format.rate))
        case .genesys: self.init(machine: GenesysDialect(accountID: accountID))
        }
    }

    package var name: BotDialectName { self.machine.name }

    /// The rate of audio in both directions. In the native dialect `ready` sets it; in the others it is fixed.
    package var rate: SampleRate { self.machine.rate }

    /// Whether the bot has said that it can talk, or, where it cannot say so, has been sent its start.
    package var isReady: Bool { self.machine.isReady }

    /// What becomes of marks that a clear overtakes.
    package var clearPolicy: ClearPolicy { self.machine.clearPolicy }

    /// At which depths the bot is asked to wait; nil where the dialect has no words for it.
    package var backPressure: BackPressureDepths? { self.machine.backPressure }

    /// Appends the messages of one event: none where the dialect has no word for it.
    package mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer) {
        self.machine.encode(event, into: &buffer)
    }

    /// Appends caller audio at `rate`, any number of samples (usually 20 ms).
    package mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer) {
        self.machine.encodeAudio(samples, into: &buffer)
    }

    /// Appends what one message of the bot means. A throw ends the bot: its later bytes cannot be trusted.
    package mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError) {
        try self.machine.decode(kind, bytes, into: &batch)
    }

    /// Whether the dialect itself has answers for the bot, which go out before anything else.
    package var hasReplies: Bool { self.machine.hasReplies }

    /// Moves those answers to `buffer`.
    package mutating func takeReplies(into buffer: inout BotMessageBuffer) {
        self.machine.takeReplies(into: &buffer)
    }
}

/// A dialect's machine.
///
/// An existential, called a few times for each packet: the witness call is some nanoseconds, and the machine is changed
/// in place, because nothing else owns its box.
protocol WireDialect: Sendable {
    var name: BotDialectName { get }
    var rate: SampleRate { get }
    var isReady: Bool { get }
    var clearPolicy: ClearPolicy { get }
    var backPressure: BackPressureDepths? { get }

    mutating func encode(_ event: BotEvent, into buffer: inout BotMessageBuffer)
    mutating func encodeAudio(_ samples: Span<Int16>, into buffer: inout BotMessageBuffer)
    mutating func decode(
        _ kind: BotMessageKind, _ bytes: Span<UInt8>, into batch: inout BotCommandBatch
    ) throws(BotDialectError)

    var hasReplies: Bool { get }
    mutating func takeReplies(into buffer: inout BotMessageBuffer)
}

/// Most dialects have no back-pressure and answer nothing by themselves.
extension WireDialect {
    var backPressure: BackPressureDepths? { nil }
    var hasReplies: Bool { false }

    mutating func takeReplies(into buffer: inout BotMessageBuffer) {}
}
