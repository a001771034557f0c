import Synchronization

/// One call's recording, as its media thread sees it: frames go in, and nothing that happens to the disk comes back.
///
/// `append` and `finish` are for one thread at a time; the rest is for any. Letting go of the last reference finishes
/// the recording too.
package final class Recording: Sendable {
    package let name: RecordingName
    let channel: RecordingChannel

    init(name: RecordingName, channel: RecordingChannel) {
        self.name = name
        self.channel = channel
    }

    deinit {
        self.channel.ring.finish()
    }

    /// Adds as many frames as there are samples: `left` is the caller's side, `right` the bot's. Both must be as long.
    ///
    /// No lock, no allocation, no system call. False when the ring has no room because the disk is slow; the frames are
    /// then lost and counted, and silence takes their place.
    @discardableResult
    package func append(left: Span<Int16>, right: Span<Int16>) -> Bool {
        self.channel.ring.append(left: left, right: right)
    }

    /// Says that nothing follows. The writer writes the rest, closes the file and reports, within a second on a disk
    /// that keeps up.
    package func finish() {
        self.channel.ring.finish()
    }

    /// The frames that a recording holds for the disk: 2.048 s at 8 kHz.
    package static let capacity = RecordingRing.capacity

    /// The frames that wait for the disk now.
    package var pendingCount: Int { self.channel.ring.pendingCount }

    /// What became of the recording, once its file is closed; nil before. Never waits.
    package var report: RecordingReport? { self.channel.report }
}

/// What a recording and the writer share.
final class RecordingChannel: Sendable {
    let ring = RecordingRing()
    private let isClosed = Atomic<Bool>(false)
    private let storedReport = Mutex<RecordingReport?>(nil)

    /// The lock is taken only once the report is there, when no one writes it any more.
    var report: RecordingReport? {
        self.isClosed.load(ordering: .acquiring) ? self.storedReport.withLock { $0 } : nil
    }

    func close(with report: RecordingReport) {
        self.storedReport.withLock { $0 = report }
        self.isClosed.store(true, ordering: .releasing)
    }
}
