import CLinux

/// A file or directory that is open, closed when this goes away.
struct OpenDescriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    /// Gives the descriptor away: someone else closes it.
    consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    deinit {
        _ = clinux_close(self.number)
    }
}

/// An errno value of a failed call.
package struct SystemFault: Error, Hashable, Sendable {
    /// Positive, as in errno.h.
    package let code: Int32

    package init(code: Int32) {
        self.code = code
    }

    /// Turns a CLinux result (negative is a negated errno) into a value or an error.
    static func check(_ result: Int32) throws(SystemFault) -> Int32 {
        if result < 0 { throw SystemFault(code: -result) }
        return result
    }

    static func check(_ result: Int64) throws(SystemFault) -> Int64 {
        if result < 0 { throw SystemFault(code: Int32(truncatingIfNeeded: -result)) }
        return result
    }

    /// The system's words for it.
    package var reason: String {
        var text = [CChar](repeating: 0, count: 128)
        // Safe: the length given is the array's.
        unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe clinux_describe_error(self.code, buffer.baseAddress, Int32(buffer.count))
        }
        return String(decoding: text.prefix(while: { $0 != 0 }).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A directory whose files are opened by name beneath it, so that a parent that is renamed or replaced meanwhile leads
/// nobody astray.
struct OpenDirectory: ~Copyable {
    let path: String
    private let descriptor: OpenDescriptor

    /// Opens the directory at `path`; with `creates`, makes it (mode 0700) if only its last part is missing.
    init(path: String, creates: Bool) throws(AudioFilesError) {
        // A path with a NUL would be cut short on its way to the system.
        if path.utf8.contains(0) { throw .directoryUnavailable(path: path, reason: "its path has a NUL") }
        // Safe: the string is bridged to a NUL-terminated copy for the call's time only.
        let result = unsafe clinux_file_open_directory(path, creates ? 1 : 0)
        if result < 0 { throw .directoryUnavailable(path: path, reason: SystemFault(code: -result).reason) }
        self.path = path
        self.descriptor = OpenDescriptor(result)
    }

    /// Whether the path still leads here: the directory may have been removed, or another put in its place.
    var isAtItsPath: Bool {
        // Safe: as above.
        unsafe clinux_file_is_at(self.descriptor.number, self.path) == 1
    }

    /// Opens a file beneath the directory for reading.
    func open(_ name: String) throws(SystemFault) -> OpenDescriptor {
        // Safe: as above.
        OpenDescriptor(try SystemFault.check(unsafe clinux_file_open_beneath(self.descriptor.number, name)))
    }

    /// Makes a new file, mode 0600.
    func create(_ name: String) throws(SystemFault) -> OpenDescriptor {
        // Safe: as above.
        OpenDescriptor(try SystemFault.check(unsafe clinux_file_create(self.descriptor.number, name)))
    }

    /// The bytes that may still be written to the directory's file system.
    func freeBytes() throws(SystemFault) -> Int64 {
        try SystemFault.check(clinux_file_free_bytes(self.descriptor.number))
    }
}

extension OpenDescriptor {
    /// Writes all of `bytes` at `offset`.
    borrowing func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemFault) {
        // Safe: the pointer and its count come from the span.
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe clinux_file_write_at(self.number, buffer.baseAddress, Int64(buffer.count), offset)
        }
        _ = try SystemFault.check(result)
    }

    borrowing func length() throws(SystemFault) -> Int64 {
        try SystemFault.check(clinux_file_length(self.number))
    }
}
