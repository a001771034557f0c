import Addressing
import AudioFiles
import BotProtocol
import CallAudio
import Timekeeping

/// Asks for a stereo recording of a call: the caller's side on the left, ours on the right.
package struct RecordingRequest: Sendable {
    /// The file's name without folder and suffix: the call's id.
    package var name: String

    package init(name: String) {
        self.name = name
    }
}

/// Asks for one call's media.
package struct MediaSessionRequest: Sendable {
    /// Names the call in logs.
    package var callID: String
    /// The address to bind; nil takes the plane's.
    package var bindAddress: IPAddress?
    /// Called on the media thread, after the work of a tick; it must hand the event on and return, never wait.
    package var events: @Sendable (MediaEvent) -> Void
    /// Asks for a recording; nil records nothing.
    package var recording: RecordingRequest?
    /// Silence of the far end after which `MediaEvent.mediaTimeout` comes; parked while the call is on hold.
    package var rtpTimeout: Duration = .seconds(30)
    /// Silence of either side after which `MediaEvent.silence` comes; 1 s at least.
    package var silenceAfter: Duration = .seconds(5)
    /// How long a bot may read nothing, once the queue of two seconds before it is full, until `MediaEvent.botFailed`.
    package var botStall: Duration = .seconds(20)
    /// The way that digits go.
    package var digits = DigitPath.telephoneEvents
    /// A session on whose thread this one is to live, so that the two can be joined.
    package var beside: MediaSessionHandle?
    /// The bounds of the call's play-out queue.
    package var playQueue: PlayQueueLimits = PlayQueueLimits()

    package init(callID: String, events: @escaping @Sendable (MediaEvent) -> Void) {
        self.callID = callID
        self.events = events
    }
}
