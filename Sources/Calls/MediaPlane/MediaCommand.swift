import AudioFiles
import BotDialects
import BotProtocol
import BotTransports
import CallAudio

/// What the owner of a session tells it.
package enum MediaCommand: Sendable {
    /// The far end is known: begins RTP and the recording. Again after a re-INVITE, with what has changed; keys that
    /// stay the same keep their rollover counters.
    case connect(WireParameters)
    /// The bot's link, which now belongs to the session; `start` is sent to it at once.
    case attach(ConnectedBot, dialect: BotDialect, start: BotStart)
    /// The call is answered: bot audio that waited begins to play, and the bot hears the caller.
    case answered
    /// Plays a prompt after what is queued.
    case play(Prompt)
    /// Digits 0-9, `*`, `#`, A-D by RFC 4733; others are refused and counted.
    case sendDTMF(String)
    /// Drops what is queued, within one frame.
    case clear
    /// Ends the session: the bot is told, RTCP BYE goes out, and `MediaEvent.ended` follows.
    case stop(MediaStopReason)
}

/// Why a session was stopped.
package enum MediaStopReason: Hashable, Sendable {
    /// The far end hung up.
    case callerHungUp
    /// The bot hung up or failed.
    case botEnded
    /// This gateway ended the call: time limit, API, set-up that failed.
    case gatewayEnded
    /// The gateway is stopping.
    case shutdown
}
