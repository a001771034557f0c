import CallControl
import Foundation

/// A file to which whole lines are appended, as many as there are by one `write`. Closed when it is let go of.
struct LineFile: ~Copyable {
    let path: String
    let descriptor: Int32

    /// Opens `path`, which is made, mode 0600, where it is missing.
    init(path: String) throws(CallRecordStoreError) {
        // Safe: the path is a Swift string, handed over for the duration of the call.
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .fileUnusable(path: path, code: errno) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(self.descriptor)
    }

    /// Appends lines, each with its end.
    borrowing func append(_ lines: [[UInt8]]) throws(CallRecordStoreError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.reduce(0) { $0 + $1.count + 1 })
        for line in lines {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                // Safe: exactly the slice's bytes are read.
                unsafe write(self.descriptor, bytes.baseAddress, bytes.count)
            }
            // A regular file takes all of it; less means that the disk is full, which the next write says.
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw .fileUnusable(path: self.path, code: errno)
            }
        }
    }

    /// Waits until the disk has it. What cannot be synced, a pipe or a terminal, was asked for by name.
    borrowing func sync() throws(CallRecordStoreError) {
        guard fsync(self.descriptor) == 0 || errno == EINVAL else {
            throw .fileUnusable(path: self.path, code: errno)
        }
    }

    /// Makes the file this process's own until it is closed, at the latest by the end of the process, however it ends.
    /// False when it belongs to a process that lives.
    borrowing func lock() -> Bool {
        flock(self.descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Whether the file still has a name: another process may have removed it before it was locked.
    borrowing func isLinked() -> Bool {
        var status = stat()
        // Safe: the kernel fills in the value that is handed over for the duration of the call.
        return unsafe fstat(self.descriptor, &status) == 0 && status.st_nlink > 0
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
