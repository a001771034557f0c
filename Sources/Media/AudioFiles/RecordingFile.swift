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
    private var buffer: [UInt8] = []

    /// Frames that are written at once.
    static let framesAtOnce = 8_192

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
        self.buffer.reserveCapacity(Self.framesAtOnce * header.frameLength)
    }

    var duration: Duration {
        self.header.rate.duration(ofSamples: Int(self.header.lengthInBytes) / self.header.frameLength)
    }

    /// Writes what the ring holds, and then the header. True while the file has room for more.
    mutating func write(from ring: RecordingRing) throws(SystemFault) -> Bool {
        var end = self.header.lengthInBytes
        var hasMore = true
        while hasMore {
            // Pieces of the buffer, each with the place where it belongs.
            var pieces: [(place: Int64, start: Int)] = [(end, 0)]
            self.buffer.removeAll(keepingCapacity: true)
            let frameLength = Int64(self.header.frameLength)
            var buffer = self.buffer
            let taken = ring.drain(
                framesMax: Self.framesAtOnce,
                hole: { frames in
                    let last = pieces[pieces.count - 1]
                    let place = last.place + Int64(buffer.count - last.start) + Int64(frames) * frameLength
                    pieces.append((place, buffer.count))
                },
                frame: { frame in
                    for shift in stride(from: 0, to: 32, by: 8) {
                        buffer.append(UInt8(truncatingIfNeeded: frame >> UInt32(shift)))
                    }
                })
            self.buffer = buffer
            hasMore = taken == Self.framesAtOnce
            for (index, piece) in pieces.enumerated() {
                let stop = index + 1 < pieces.count ? pieces[index + 1].start : self.buffer.count
                let room = self.lengthInBytesMax - Int64(WAVHeader.size) - piece.place
                let length = min(Int64(stop - piece.start), max(room, 0) / frameLength * frameLength)
                if length > 0 {
                    let bytes = self.buffer.span.extracting(piece.start..<piece.start + Int(length))
                    try self.descriptor.write(bytes, at: Int64(WAVHeader.size) + piece.place)
                    end = piece.place + length
                }
                if length < Int64(stop - piece.start) {
                    try self.claim(end)
                    return false
                }
            }
        }
        try self.claim(end)
        return true
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
