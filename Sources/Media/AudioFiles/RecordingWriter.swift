import Logging
import PCM
import Synchronization

/// Writes recordings on a thread of its own, so that a slow, full or hung disk is the disk's affair alone.
///
/// Stereo WAV files of 16-bit PCM (left: caller, right: bot), mode 0600, named after their recording, never over an
/// existing file or through a link. Each file's header is valid at every moment: every pass (a quarter of a second)
/// writes the new samples first and then the header, so a killed process loses less than a second. A file is made with its
/// first frame: a call that was never answered leaves none.
package final class RecordingWriter: Sendable {
    package let limits: RecordingLimits
    private let shared: RecordingDesk
    private let thread: WorkerThread

    /// Opens `directory` (its last part is made, mode 0700, when missing) and starts the thread.
    package init(
        directory: String, limits: RecordingLimits = RecordingLimits(),
        logger: Logger = Logger(label: "trunkline.recordings")
    ) throws(AudioFilesError) {
        let place = try OpenDirectory(path: directory, creates: true)
        let shared = RecordingDesk()
        self.limits = limits
        self.shared = shared
        let session = Mutex<RecordingSession?>(
            RecordingSession(directory: place, limits: limits, desk: shared, logger: logger))
        self.thread = try WorkerThread(name: "recording") { bell in
            guard var session = session.withLock({ $0.take() }) else { return }
            session.run(bell: bell)
        }
    }

    deinit {
        self.shutdown()
    }

    /// Recordings whose files are not closed yet.
    package var openCount: Int { self.shared.openCount }

    /// Begins a recording. Never waits for the disk: what goes wrong with the file is said in the report.
    ///
    /// `whenClosed` is called once, on the recording thread, and must not wait.
    package func open(
        _ name: RecordingName, rate: SampleRate = .hz8000,
        whenClosed: @escaping @Sendable (RecordingReport) -> Void = { _ in }
    ) throws(AudioFilesError) -> Recording {
        let channel = RecordingChannel()
        try self.shared.admit(
            RecordingOrder(name: name, rate: rate, channel: channel, whenClosed: whenClosed), limits: self.limits)
        self.thread.bell.ring()
        return Recording(name: name, channel: channel)
    }

    /// Ends every recording with what it has, and waits until the files are closed, at most for `duration`. False if the
    /// disk did not let it: the files' headers then fit what was written before.
    @discardableResult
    package func shutdown(atMost duration: Duration = .seconds(3)) -> Bool {
        self.shared.stop()
        self.thread.bell.ring()
        return self.thread.join(atMost: duration)
    }
}

/// A recording that waits for its file.
struct RecordingOrder: Sendable {
    let name: RecordingName
    let rate: SampleRate
    let channel: RecordingChannel
    let whenClosed: @Sendable (RecordingReport) -> Void
}

/// Where callers leave orders and the recording thread picks them up.
final class RecordingDesk: Sendable {
    private struct State {
        var orders: [RecordingOrder] = []
        var openCount = 0
        var isStopping = false
        /// The free space when it was last seen too low; nil while there is enough.
        var lowSpace: Int64?
    }

    private let state = Mutex(State())

    var openCount: Int { self.state.withLock { $0.openCount } }
    var isStopping: Bool { self.state.withLock { $0.isStopping } }

    func admit(_ order: RecordingOrder, limits: RecordingLimits) throws(AudioFilesError) {
        let refusal: AudioFilesError? = self.state.withLock { state in
            if state.isStopping { return .shutDown }
            if state.openCount >= limits.recordingsMax { return .tooManyRecordings(max: limits.recordingsMax) }
            if let free = state.lowSpace {
                return .diskSpaceLow(freeInBytes: free, minimumInBytes: limits.freeDiskInBytesMin)
            }
            state.orders.append(order)
            state.openCount += 1
            return nil
        }
        if let refusal { throw refusal }
    }

    func takeOrders() -> [RecordingOrder] {
        self.state.withLock { state in
            defer { state.orders.removeAll() }
            return state.orders
        }
    }

    func noteClosed() {
        self.state.withLock { $0.openCount -= 1 }
    }

    func noteSpace(low: Int64?) {
        self.state.withLock { $0.lowSpace = low }
    }

    func stop() {
        self.state.withLock { $0.isStopping = true }
    }
}
