/// What became of a recording.
package struct RecordingReport: Hashable, Sendable {
    /// The file's path, in the writer's directory.
    package var path: String
    /// The length of what the file holds.
    package var duration: Duration
    /// Audio that found the ring full because the disk was slow. Silence stands in its place, so the rest is aligned.
    package var dropped: Duration
    /// Why the recording ended before it was finished, or nil when it is whole.
    package var fault: RecordingFault?

    /// Whether nothing was there to record, and so no file was made.
    package var isEmpty: Bool { self.duration == .zero && self.dropped == .zero && self.fault == nil }

    package init(path: String, duration: Duration, dropped: Duration, fault: RecordingFault?) {
        self.path = path
        self.duration = duration
        self.dropped = dropped
        self.fault = fault
    }
}

/// Why a recording ended early. What was written until then stays, with a header that fits it.
package enum RecordingFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file of the name exists; it was left alone.
    case alreadyExists
    /// The free space fell below the low-water mark.
    case diskSpaceLow(freeInBytes: Int64)
    case diskFull
    /// The file reached the size that its header can express, or the limit that was set.
    case fileSizeLimit
    /// The system refused: the disk is gone or damaged, or the directory is not writable.
    case system(reason: String)

    package var description: String {
        switch self {
        case .alreadyExists: "a recording of this name exists already"
        case .diskSpaceLow(let free): "the free disk space fell to \(free) bytes, below the low-water mark"
        case .diskFull: "the disk is full"
        case .fileSizeLimit: "the recording reached its size limit"
        case .system(let reason): "the recording cannot be written: \(reason)"
        }
    }
}
