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
    /// Stop playing, but keep what waits, until `continuePlayout`.
    case pausePlayout
    case continuePlayout
    /// Tell how the bot's audio stands.
    case reportStatus
    /// Tell, once, when nothing waits any more.
    case reportDrained
    /// Send these keys to the far end.
    case dtmf([DTMFDigit])
    /// End the call. The reason is the bot's own words for the record.
    case hangup(reason: String?)
    /// Answer a call that came in and of which the bot is in its early media; any other call is answered already.
    case answer
    /// Put the far end on hold: it still hears what the bot plays, and is not heard until `resume`.
    case hold
    case resume
    /// Give the far end to somebody else.
    case transfer(BotTransfer)
    /// Give the far end to the far end of another call of this gateway, by that call's id. Not validated here.
    case transferToCall(String)
}

/// A transfer that a bot asks for: to whom, and with which headers.
package struct BotTransfer: Hashable, Sendable {
    /// A number. Not validated here: the trunk knows its numbers.
    package var to: String
    /// Headers for the INVITE to the one who is called, in order.
    package var headers: [NamedValue]

    package init(to: String, headers: [NamedValue] = []) {
        self.to = to
        self.headers = headers
    }
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
