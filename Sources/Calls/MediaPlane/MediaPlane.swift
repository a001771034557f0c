import AudioFiles
import Logging

/// The media threads and what they share: ports, gauges, the recording writer.
///
/// `open` does whatever may block or allocate on the caller's thread and hands the finished session to the thread with
/// the fewest calls, which owns it from then on.
package final class MediaPlane: Sendable {
    package init(
        _ configuration: MediaPlaneConfiguration, prompts: PromptLibrary?, recordings: RecordingWriter?, logger: Logger
    ) throws(MediaPlaneError) {}

    /// Binds a port pair, opens the recording, and starts a session that waits for `connect` and `attach`.
    package func open(_ request: MediaSessionRequest) throws(MediaPlaneError) -> MediaSessionHandle {
        throw .shuttingDown
    }

    package var gauges: MediaGauges { MediaGauges() }

    /// Ends every session with its `ended` event, then the threads; returns when they are gone.
    package func shutdown() async {}
}
