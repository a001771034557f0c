import PCM

/// A recording's file, on the recording thread.
///
/// Samples are written first and the header afterwards, each time: whenever the process ends, the header claims no more
/// than the file holds, and what it does not claim yet is one pass old at most. A hole is skipped over, which the file
/// system reads back as zeros.
struct RecordingFile: ~Copyable {
    private let descriptor: OpenDescriptor
    private var header: WAVHeader
    private let lengthInBytesMax: Int64
    private var batch = RecordingBatch()

    /// Makes the file, with the header of an empty recording.
    static func create(
        _ name: RecordingName, rate: SampleRate, lengthInBytesMax: Int64, in directory: borrowing OpenDirectory
    ) throws(SystemFault) -> RecordingFile {
        let file = RecordingFile(
            descriptor: try directory.create(name.fileName),
            header: WAVHeader(rate: rate, channelCount: 2, lengthInBytes: 0),
            lengthInBytesMax: min(lengthInBytesMax, Int64(UInt32.max)))
        try file.writeHeader()
        return file
    }

    private init(descriptor: consuming OpenDescriptor, header: WAVHeader, lengthInBytesMax: Int64) {
        self.descriptor = descriptor
        self.header = header
        self.lengthInBytesMax = lengthInBytesMax
    }

    var duration: Duration {
        self.header.rate.duration(ofSamples: Int(self.header.lengthInBytes) / self.header.frameLength)
    }

    /// Writes what the ring holds, and then the header. True while the file has room for more.
    mutating func write(from ring: RecordingRing) throws(SystemFault) -> Bool {
        var end = self.header.lengthInBytes
        var hasRoom = true
        var hasMore = true
        while hasMore && hasRoom {
            hasMore = self.batch.fill(from: ring)
            for run in self.batch.runs where hasRoom && !run.bytes.isEmpty {
                hasRoom = try self.write(run, end: &end)
            }
        }
        try self.claim(end)
        return hasRoom
    }

    /// Writes as many of the run's frames as the file has room for, and moves `end` behind them. True if that was all.
    private func write(_ run: RecordingBatch.Run, end: inout Int64) throws(SystemFault) -> Bool {
        let frameLength = Int64(RecordingBatch.frameLength)
        let room = (self.lengthInBytesMax - Int64(WAVHeader.size) - end) / frameLength
        let silence = Int64(clamping: run.silence)
        let frames = min(Int64(run.bytes.count) / frameLength, room - min(silence, room))
        guard frames > 0 else { return false }
        let bytes = run.bytes.lowerBound..<run.bytes.lowerBound + Int(frames * frameLength)
        let place = end + silence * frameLength
        try self.descriptor.write(self.batch.bytes.span.extracting(bytes), at: Int64(WAVHeader.size) + place)
        end = place + frames * frameLength
        return bytes == run.bytes
    }

    /// Ends the file with `frames` of silence, as far as its limit allows.
    mutating func writeSilence(frames: UInt64) throws(SystemFault) {
        guard frames > 0 else { return }
        let frameLength = Int64(self.header.frameLength)
        let room = (self.lengthInBytesMax - Int64(WAVHeader.size) - self.header.lengthInBytes) / frameLength
        let count = min(Int64(clamping: frames), room)
        guard count > 0 else { return }
        let end = self.header.lengthInBytes + count * frameLength
        // The last frame is enough: what lies before it reads as zeros.
        let frame = [UInt8](repeating: 0, count: self.header.frameLength)
        try self.descriptor.write(frame.span, at: Int64(WAVHeader.size) + end - frameLength)
        try self.claim(end)
    }

    private mutating func claim(_ lengthInBytes: Int64) throws(SystemFault) {
        if lengthInBytes == self.header.lengthInBytes { return }
        self.header.lengthInBytes = lengthInBytes
        try self.writeHeader()
    }

    private func writeHeader() throws(SystemFault) {
        try self.descriptor.write(self.header.encoded.span, at: 0)
    }
}
