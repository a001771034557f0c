import AudioFiles
import BotProtocol
import CallAudio

/// The figures of one session's media, complete at its end.
package struct MediaReport: Sendable {
    package var audio = AudioReport()
    /// Datagrams that failed SRTP authentication or were replayed.
    package var srtpFailures: UInt64 = 0
    /// Datagrams that were neither RTP nor RTCP: STUN, DTLS, garbage.
    package var foreignDatagrams: UInt64 = 0
    /// Datagrams that the kernel refused to send.
    package var sendFailures: UInt64 = 0
    /// Frames for the bot that were dropped because it did not read.
    package var botFramesDropped: UInt64 = 0
    /// What became of the recording; nil when none was asked for, when it was refused, when there was nothing to
    /// record, or when its file could not be closed within 2 s.
    package var recording: RecordingReport?
    /// Why there is no recording although one was asked for.
    package var recordingRefusal: AudioFilesError?
    /// Why the session was stopped; `.gatewayHangup` when the plane was shut down.
    package var stopReason = BotStopReason.gatewayHangup

    package init() {}
}

/// The plane's live figures; every one returns to zero when no call is left.
package struct MediaGauges: Hashable, Sendable {
    package var sessions = 0
    package var portPairs = 0
    package var sockets = 0
    package var bots = 0
    /// Ticks that began more than one tick after their deadline; only grows.
    package var lateTicks: UInt64 = 0
    /// How long after its deadline a slot's packet was sent.
    package var pacingP50: Duration = .zero
    package var pacingP99: Duration = .zero

    package init() {}
}
