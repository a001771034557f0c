import AudioFiles
import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import PCM

/// What a session tells its owner.
package enum MediaEvent: Sendable {
    /// The bot is ready for the call, at this sample rate.
    case botReady(SampleRate)
    /// The bot asks to end the call.
    case botHangup(reason: String?)
    /// The bot asks for what is signalling's to do.
    case botWish(BotWish)
    /// Digits that are to go by signalling, in order; each is reported back by `MediaCommand.noteDTMF`.
    case digitsForSignalling([DTMFDigit])
    /// The bot's link failed or ended; the call's audio goes on until the owner decides.
    case botFailed(BotFailure)
    /// Audio was refused because a queue was full; once an episode.
    case botOverflow(BotOverflow)
    /// The bot sent a message that means nothing in its dialect, and that the dialect's own servers pass over as well;
    /// told once a session.
    case botMessageIgnored
    /// The bot asked for a prompt that is not there or cannot be read; told for the first sixteen of a session.
    case promptMissing(name: String, AudioFilesError)
    /// A digit of the far end, once, at its end.
    case dtmfReceived(DTMFDigit, duration: Duration)
    /// A digit of ours has left whole.
    case dtmfSent(DTMFDigit)
    /// The first packet of the far end that belongs to this call.
    case firstPacketReceived
    /// The first sample of bot or prompt audio has left.
    case firstAudioSent
    /// Nothing of the far end for `MediaSessionRequest.rtpTimeout`; once, until packets come again.
    case mediaTimeout
    /// Sound that is due does not come for `MediaSessionRequest.silenceAfter`, or comes again.
    case silence(BotSilence)
    /// The last event of every session, exactly once.
    case ended(MediaReport)
}

/// Why a bot is no longer there, when it did not mean to leave.
package enum BotFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its link broke, its process crashed, or it closed with an error.
    case linkEnded(BotLinkEnd)
    /// It sent what its dialect does not know; the link has been closed.
    case protocolViolation(BotDialectError)
    /// It read nothing for so long, while audio for it was dropped; the link has been closed.
    case stalled(Duration)
    /// So much of its audio had to be refused, told and not heeded; the link has been closed.
    case flooding(refused: Duration)
    /// Its link has been given to another session before.
    case linkTaken

    package var description: String {
        switch self {
        case .linkEnded(let end): end.description
        case .protocolViolation(let error): "the bot broke its dialect: \(error)"
        case .stalled(let time): "the bot read nothing for \(time.components.seconds) s"
        case .flooding(let refused):
            "the bot sent \(refused.components.seconds) s of audio more than could be played, whatever it was told"
        case .linkTaken: "the bot's link belongs to another session"
        }
    }
}
