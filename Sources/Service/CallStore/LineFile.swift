import CallControl
import Glibc

/// Writes some of the bytes to a descriptor and returns how many, or a negated errno: the kernel's `write`, or a test's
/// whose disk is as full as the test wants it.
package typealias FileWrite = @Sendable (_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Int

/// A file to which whole lines are appended, as many as there are by one `write`. Closed when it is let go of.
struct LineFile: ~Copyable {
    let path: String
    let descriptor: Int32
    private let write: FileWrite
    /// What is appended next must begin a line: the file ends within one, which a process left that was killed, or whose
    /// disk was full.
    private let endsWithinLine: Bool
    private let lengthAtOpening: Int64?

    /// Opens `path`, which is made, mode 0600, where it is missing.
    init(path: String, write: @escaping FileWrite = LineFile.systemWrite) throws(CallRecordStoreError) {
        // Safe: the path is a Swift string, handed over for the duration of the call.
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .fileUnusable(path: path, code: errno) }
        self.path = path
        self.descriptor = descriptor
        self.write = write
        self.endsWithinLine = Self.endsWithinLine(path)
        self.lengthAtOpening = Self.length(of: descriptor)
    }

    deinit {
        close(self.descriptor)
    }

    /// Appends lines, each with its end, and with `syncing` waits until the disk has them. What fails leaves nothing of
    /// them behind.
    borrowing func append(_ lines: [[UInt8]], syncing: Bool = false) throws(CallRecordStoreError) {
        let start = Self.length(of: self.descriptor)
        let end = UInt8(ascii: "\n")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.reduce(1) { $0 + $1.count + 1 })
        if self.endsWithinLine, start == self.lengthAtOpening { bytes.append(end) }
        for line in lines {
            bytes += line
            bytes.append(end)
        }
        do throws(CallRecordStoreError) {
            try self.append(all: bytes[...])
            if syncing { try self.sync() }
        } catch {
            // Only while nobody else has appended to the file: his line counts for as much as ours.
            if let start, let now = Self.length(of: self.descriptor), now > start, now <= start + Int64(bytes.count) {
                _ = ftruncate(self.descriptor, off_t(start))
            }
            throw error
        }
    }

    private borrowing func append(all bytes: ArraySlice<UInt8>) throws(CallRecordStoreError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = self.write(self.descriptor, rest)
            // A regular file takes all of it; less means that the disk is full, which the next write says.
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if written != -Int(EINTR) {
                throw .fileUnusable(path: self.path, code: Int32(-written))
            }
        }
    }

    static let systemWrite: FileWrite = { descriptor, bytes in
        let written = unsafe bytes.withUnsafeBytes { bytes in
            // Safe: exactly the slice's bytes are read.
            unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
        return written < 0 ? -Int(errno) : written
    }

    /// Waits until the disk has it. What cannot be synced, a pipe or a terminal, was asked for by name.
    private borrowing func sync() throws(CallRecordStoreError) {
        guard fsync(self.descriptor) == 0 || errno == EINVAL else {
            throw .fileUnusable(path: self.path, code: errno)
        }
    }

    /// In bytes; nil for what is no regular file.
    private static func length(of descriptor: Int32) -> Int64? {
        var status = stat()
        // Safe: the kernel fills in the value that is handed over for the duration of the call.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// Whether the last byte of a regular file is no line end.
    private static func endsWithinLine(_ path: String) -> Bool {
        // Not blocking: a pipe has nobody at its other end yet.
        // Safe: the path is a Swift string, handed over for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard lseek(descriptor, -1, SEEK_END) >= 0 else { return false }
        var last: UInt8 = 0
        // Safe: one byte is read into the one that is handed over.
        return unsafe read(descriptor, &last, 1) == 1 && last != UInt8(ascii: "\n")
    }

    /// Makes the file this process's own until it is closed, at the latest by the end of the process, however it ends.
    /// False when it belongs to a process that lives.
    borrowing func lock() -> Bool {
        flock(self.descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Whether its path still leads to the file: it may have been removed, or renamed with another in its place.
    borrowing func isAtItsPath() -> Bool {
        var own = stat()
        var there = stat()
        // Safe: the kernel fills in the values that are handed over for the duration of the calls.
        guard unsafe fstat(self.descriptor, &own) == 0, unsafe stat(self.path, &there) == 0 else { return false }
        return own.st_dev == there.st_dev && own.st_ino == there.st_ino
    }
}

/// What a journal needs of the file system; each does nothing where there is nothing to do.
enum FileNames {
    static func remove(_ path: String) {
        // Safe: the path is a Swift string, handed over for the duration of the call.
        _ = unsafe unlink(path)
    }

    static func makeDirectory(_ path: String) {
        // Safe: as above.
        _ = unsafe mkdir(path, 0o700)
    }

    /// A directory with something in it stays.
    static func removeDirectory(_ path: String) {
        // Safe: as above.
        _ = unsafe rmdir(path)
    }
}
