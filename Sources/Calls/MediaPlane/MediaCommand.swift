import AudioFiles
import BotDialects
import BotProtocol
import BotTransports
import CallAudio

/// What the owner of a session tells it.
package enum MediaCommand: Sendable {
    /// The far end is known: begins RTP and the recording; nil security is plain RTP. Again after a re-INVITE, with what
    /// has changed; keys that stay the same keep their rollover counters.
    case connect(WireParameters, security: WireSecurity?)
    /// The bot's link, which now belongs to the session; `start` is sent to it at once.
    case attach(ConnectedBot, dialect: BotDialect, start: BotStart)
    /// Audio flows before the answer, one way or both.
    case early(EarlyAudio)
    /// Tells the bot how its call stands.
    case tell(BotEvent)
    /// The call is answered: bot audio that waited begins to play, and the bot hears the caller.
    case answered
    /// Plays a prompt after what is queued.
    case play(Prompt)
    /// Sends keys: by RFC 4733, in place of audio, counted as refused where telephone-event was not agreed; or through
    /// `MediaEvent.digitsForSignalling`.
    case sendDTMF([DTMFDigit])
    /// A key of the far end that came by signalling.
    case receiveDTMF(DTMFDigit, duration: Duration)
    /// Signalling has delivered a key, or could not.
    case noteDTMF(DTMFDigit, isDelivered: Bool)
    /// Joins this call's far end with that of another session, which was opened beside this one; the bot neither hears nor
    /// is heard.
    case join(MediaSessionHandle)
    /// Ends the joining: the far end is the bot's again.
    case part
    /// Drops what is queued, within one frame.
    case clear
    /// Ends the session: the bot is told, RTCP BYE goes out, and `MediaEvent.ended` follows.
    case stop(BotStopReason)
}
