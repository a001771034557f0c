/// Bounds of the recording writer.
package struct RecordingLimits: Hashable, Sendable {
    /// The low-water mark: with less free space than this, recordings stop and none begins.
    package var freeDiskInBytesMin: Int64 = 1 << 30
    /// Recordings at the same time; each holds a ring of 64 KiB.
    package var recordingsMax = 4_096
    /// The largest file, header included. A WAV header counts in 32 bits, so this cannot be more than 4 GiB - 1.
    package var fileLengthInBytesMax: Int64 = 0xFFFF_FFFF

    package init() {}
}
