import PCM

/// The wire dialects that a bot can be spoken to in; the raw value is the word in the configuration.
package enum BotDialectName: String, CaseIterable, Hashable, Sendable {
    /// The gateway's own protocol (docs/bot-protocol.md).
    case native
    /// Exotel AgentStream.
    case exotel
    /// Twilio Media Streams.
    case twilio
    /// Telnyx media streaming.
    case telnyx
    /// Plivo audio streaming, and its clones.
    case plivo
    /// Vonage Voice API WebSockets; Infobip's are the same.
    case vonage
    /// jambonz `listen` and `stream`.
    case jambonz
    /// Plain PCM, as FreeSWITCH's mod_audio_stream sends it.
    case raw
    /// Asterisk's chan_websocket with control in words.
    case asterisk
    /// Asterisk's chan_websocket with control in JSON.
    case asteriskJSON = "asterisk-json"
    /// Asterisk's AudioSocket, on a plain TCP connection.
    case audioSocket = "audiosocket"
    /// Genesys AudioHook.
    case genesys

    /// What the dialect carries, the default first. Empty for the native dialect, in which the bot asks for a rate.
    package var formats: [BotAudioFormat] {
        switch self {
        case .native: []
        case .exotel: Self.linear(.hz8000, .hz16000, .hz24000)
        case .twilio, .genesys: [BotAudioFormat(.muLaw)]
        case .telnyx:
            [BotAudioFormat(.muLaw), BotAudioFormat(.aLaw)] + Self.linear(.hz8000, .hz16000, .hz24000)
        case .plivo: [BotAudioFormat(.muLaw)] + Self.linear(.hz8000, .hz16000)
        case .vonage: Self.linear(.hz16000, .hz8000, .hz24000)
        case .jambonz, .raw, .audioSocket: Self.linear(.hz8000, .hz16000, .hz24000, .hz48000)
        case .asterisk, .asteriskJSON:
            [BotAudioFormat(.muLaw), BotAudioFormat(.aLaw)] + Self.linear(.hz8000, .hz16000, .hz24000, .hz48000)
        }
    }

    /// The first of `formats` that has this encoding and this rate; nil asks for nothing in particular.
    package func format(encoding: BotAudioEncoding?, rate: SampleRate?) -> BotAudioFormat? {
        self.formats.first(where: { format in
            (encoding == nil || format.encoding == encoding) && (rate == nil || format.rate == rate)
        })
    }

    /// The WebSocket subprotocols that its bots want to be offered (RFC 6455 section 1.9), the preferred first.
    package var subprotocols: [String] {
        switch self {
        // The module's own name and the one that its documents use.
        case .jambonz: ["audio.drachtio.org", "audio.jambonz.org"]
        case .asterisk, .asteriskJSON: ["media"]
        case .native, .exotel, .twilio, .telnyx, .plivo, .vonage, .raw, .audioSocket, .genesys: []
        }
    }

    private static func linear(_ rates: SampleRate...) -> [BotAudioFormat] {
        rates.map { BotAudioFormat(.linear, $0) }
    }
}

/// How a dialect writes a sample; the raw value is the word in the configuration.
package enum BotAudioEncoding: String, CaseIterable, Hashable, Sendable {
    case muLaw = "pcmu"
    case aLaw = "pcma"
    /// PCM16, little-endian.
    case linear = "l16"
}

/// The audio of one stream, mono.
package struct BotAudioFormat: Hashable, Sendable, CustomStringConvertible {
    package let encoding: BotAudioEncoding
    package let rate: SampleRate

    package init(_ encoding: BotAudioEncoding, _ rate: SampleRate = .hz8000) {
        self.encoding = encoding
        self.rate = rate
    }

    package var description: String { "\(self.encoding.rawValue) at \(self.rate.hertz)" }
}
