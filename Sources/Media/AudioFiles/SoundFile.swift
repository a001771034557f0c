import CLinux
import CSndfile
import PCM

/// The samples of a whole audio file, as they are: every channel, at the file's own rate.
package struct SoundContents: Hashable, Sendable {
    /// Samples a second, which may be any number.
    package var hertz: Int
    /// Each channel's samples; all have the same count.
    package var channels: [[Int16]]

    package init(hertz: Int, channels: [[Int16]]) {
        self.hertz = hertz
        self.channels = channels
    }

    /// Reads an audio file of any format that libsndfile knows, of at most `framesMax` frames and eight channels.
    package static func read(path: String, framesMax: Int = 48_000 * 3_600) throws(AudioFilesError) -> SoundContents {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard let name = parts.last.map(String.init), !path.utf8.contains(0) else { throw .notFound(name: path) }
        let parent = parts.dropLast().joined(separator: "/")
        let isAbsolute = path.hasPrefix("/")
        let directory = try OpenDirectory(
            path: isAbsolute ? "/" + parent : (parent.isEmpty ? "." : parent), creates: false)
        let descriptor: OpenDescriptor
        do {
            descriptor = try directory.open(name)
        } catch {
            throw error.code == clinux_file_error_not_found()
                ? .notFound(name: path) : .unreadable(name: path, reason: error.reason)
        }
        let file = try SoundFile(descriptor, name: path)
        var channels = [[Int16]](repeating: [], count: file.channelCount)
        try file.forEachFrame(framesMax: framesMax) { frame in
            for index in 0..<frame.count { channels[index].append(SoundFile.sample(of: frame[index])) }
        }
        return SoundContents(hertz: file.hertz, channels: channels)
    }
}

/// An audio file that libsndfile reads, from an open descriptor that it owns.
// Safe: the handle is private, lives as long as this value, and is closed once.
@safe struct SoundFile: ~Copyable {
    let name: String
    let hertz: Int
    let channelCount: Int
    private let handle: OpaquePointer

    static let channelsMax = 8
    private static let framesAtOnce = 4_096

    init(_ descriptor: consuming OpenDescriptor, name: String) throws(AudioFilesError) {
        var description = SF_INFO()
        // Safe: libsndfile takes the descriptor over and closes it, also when it fails to open the file.
        let opened = unsafe sf_open_fd(descriptor.release(), Int32(SFM_READ), &description, 1)
        guard let handle = unsafe opened else {
            // Safe: the library's text for its last error is static.
            throw .notAudio(name: name, reason: unsafe String(cString: sf_strerror(nil)))
        }
        let channelCount = Int(description.channels)
        if channelCount > Self.channelsMax {
            // Safe: the handle was opened above and goes nowhere else.
            _ = unsafe sf_close(handle)
            throw .tooManyChannels(name: name, count: channelCount, max: Self.channelsMax)
        }
        unsafe self.handle = handle
        self.name = name
        self.hertz = Int(description.samplerate)
        self.channelCount = channelCount
    }

    deinit {
        // Safe: the handle is open until here, and nothing else holds it.
        _ = unsafe sf_close(self.handle)
    }

    /// Hands over every frame, one value for each channel, full scale being ±1.
    borrowing func forEachFrame(framesMax: Int, _ body: (Span<Float>) -> Void) throws(AudioFilesError) {
        var buffer = [Float](repeating: 0, count: Self.framesAtOnce * self.channelCount)
        var total = 0
        while true {
            // Safe: the buffer has room for as many frames as are asked for.
            let count = unsafe buffer.withUnsafeMutableBufferPointer { target in
                Int(unsafe sf_readf_float(self.handle, target.baseAddress, sf_count_t(Self.framesAtOnce)))
            }
            if count <= 0 { return }
            total += count
            if total > framesMax {
                throw .tooLong(name: self.name, max: .seconds(framesMax / max(self.hertz, 1)))
            }
            for frame in 0..<count {
                let start = frame * self.channelCount
                body(buffer.span.extracting(start..<start + self.channelCount))
            }
        }
    }

    /// The 16-bit sample of a value whose full scale is ±1, saturating; not-a-number is silence.
    static func sample(of value: Float) -> Int16 {
        if value.isNaN { return 0 }
        return Int16(min(max((value * 32_768).rounded(), -32_768), 32_767))
    }
}
