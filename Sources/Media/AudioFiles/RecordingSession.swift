import CLinux
import Logging
import PCM
import Timekeeping

/// The recording thread's work: every pass, look at the free space, take new orders, and bring each file up to date.
struct RecordingSession: ~Copyable {
    private final class Entry {
        let order: RecordingOrder
        var file: RecordingFile?

        init(order: RecordingOrder) {
            self.order = order
        }
    }

    /// The pause between passes, and so the most of a recording that a killed process loses, disk willing.
    static let passInterval = Duration.milliseconds(250)
    private static let spaceInterval = Duration.seconds(1)

    private var directory: OpenDirectory
    private let limits: RecordingLimits
    private let desk: RecordingDesk
    private let logger: Logger
    private var entries: [Entry] = []
    private var nextSpaceCheck: Instant?
    private var isSpaceLow = false

    init(directory: consuming OpenDirectory, limits: RecordingLimits, desk: RecordingDesk, logger: Logger) {
        self.directory = directory
        self.limits = limits
        self.desk = desk
        self.logger = logger
    }

    /// Returns when the desk stops and every file is closed.
    mutating func run(bell: WorkerThread.Bell) {
        self.checkSpace()
        while true {
            bell.wait(atMost: self.entries.isEmpty ? Self.spaceInterval : Self.passInterval)
            // Asked for first: orders that came before the stop are then among those taken.
            let isStopping = self.desk.isStopping
            self.checkSpace()
            for order in self.desk.takeOrders() { self.entries.append(Entry(order: order)) }
            if self.entries.contains(where: { $0.file == nil }) { self.renewDirectory() }
            let entries = self.entries
            self.entries = entries.filter { entry in !self.isDone(entry, isStopping: isStopping) }
            if isStopping && self.entries.isEmpty { return }
        }
    }

    /// Brings one recording up to date; true when it is closed.
    private func isDone(_ entry: Entry, isStopping: Bool) -> Bool {
        let ring = entry.order.channel.ring
        let hasFinished = ring.hasFinished || isStopping
        do {
            if entry.file == nil && ring.hasBegun {
                entry.file = try RecordingFile.create(
                    entry.order.name, rate: entry.order.rate,
                    lengthInBytesMax: self.limits.fileLengthInBytesMax, in: self.directory)
            }
            let hasRoom = try entry.file?.write(from: ring) ?? true
            if hasFinished && hasRoom { try entry.file?.writeSilence(frames: ring.trailingHole) }
            if !hasRoom {
                self.close(entry, fault: .fileSizeLimit)
            } else if hasFinished {
                self.close(entry, fault: nil)
            } else if self.isSpaceLow {
                self.close(entry, fault: .diskSpaceLow(freeInBytes: (try? self.directory.freeBytes()) ?? 0))
            } else {
                return false
            }
        } catch {
            self.close(entry, fault: Self.fault(of: error))
        }
        return true
    }

    private func close(_ entry: Entry, fault: RecordingFault?) {
        let report = RecordingReport(
            path: "\(self.directory.path)/\(entry.order.name.fileName)", duration: entry.file?.duration ?? .zero,
            dropped: entry.order.rate.duration(ofSamples: Int(entry.order.channel.ring.droppedCount)), fault: fault)
        entry.file = nil
        if let fault {
            self.logger.error("recording ended early", metadata: ["path": "\(report.path)", "cause": "\(fault)"])
        } else if report.dropped > .zero {
            self.logger.warning(
                "recording has holes: the disk was too slow",
                metadata: ["path": "\(report.path)", "dropped": "\(report.dropped)"])
        }
        self.desk.noteClosed()
        entry.order.channel.close(with: report)
        entry.order.whenClosed(report)
    }

    /// Follows the directory's path, and makes it again where it was removed. When that fails, so does the recording, which
    /// says why.
    private mutating func renewDirectory() {
        guard !self.directory.isAtItsPath else { return }
        do {
            self.directory = try OpenDirectory(path: self.directory.path, creates: true)
            self.logger.notice("the recordings' directory was replaced", metadata: ["path": "\(self.directory.path)"])
        } catch {
            self.logger.error("the recordings' directory is gone: \(error)")
        }
    }

    /// Looks at the free space once a second. Recordings go on when it cannot be told: a write will say.
    private mutating func checkSpace() {
        let now = Instant(nanosecondsSinceOrigin: clinux_monotonic_now())
        if let next = self.nextSpaceCheck, now < next { return }
        self.nextSpaceCheck = now + Self.spaceInterval
        guard let free = try? self.directory.freeBytes() else { return }
        let isLow = free < self.limits.freeDiskInBytesMin
        if isLow != self.isSpaceLow {
            self.logger.warning(
                isLow ? "recordings stop: the disk is nearly full" : "recordings may begin again",
                metadata: ["free": "\(free)", "minimum": "\(self.limits.freeDiskInBytesMin)"])
        }
        self.isSpaceLow = isLow
        self.desk.noteSpace(low: isLow ? free : nil)
    }

    private static func fault(of error: SystemFault) -> RecordingFault {
        switch error.code {
        case clinux_file_error_exists(): .alreadyExists
        case clinux_file_error_no_space(), clinux_file_error_quota(): .diskFull
        // An errno is an open set; its words tell the rest.
        default: .system(reason: error.reason)
        }
    }
}
