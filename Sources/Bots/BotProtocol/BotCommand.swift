import PCM
import Timekeeping

/// What a bot asks of the gateway, besides sending audio.
package enum BotCommand: Hashable, Sendable {
    /// The bot can talk. A nil rate leaves the rate as it was.
    case ready(rate: SampleRate?)
    /// Play the prompt of this name from the gateway's library, after what is queued. Not validated here.
    case play(prompt: String)
    /// Tell when the audio queued before it has left on the wire.
    case mark(name: String)
    /// Drop all queued audio and prompts at once.
    case clear
    /// Send these keys to the far end.
    case dtmf([DTMFDigit])
    /// End the call. The reason is the bot's own words for the record.
    case hangup(reason: String?)
}

/// What a dialect does with marks that a clear overtakes.
package enum ClearPolicy: Hashable, Sendable {
    /// Each is sent back as if it had been played (Twilio, Exotel).
    case returnPendingMarks
    /// Each is reported as cleared (native, jambonz).
    case reportCleared
    /// None is answered (Asterisk chan_websocket).
    case dropSilently
    /// None is answered, the clear itself once (Plivo).
    case ackOnce
}
