import CallControl
import Foundation
import JSON

/// Call records as lines of JSON in one file, each on the disk before the call is gone.
///
/// A line is written with one `write` on a descriptor in append mode and then synced, so that a killed process leaves
/// whole lines, and two processes may share the file.
package actor CallRecordFile: CallRecordStore {
    private let path: String
    private var file: FileHandle?

    package init(path: String) {
        self.path = path
    }

    package func store(_ record: CallRecord) async throws(CallRecordStoreError) {
        let file = try self.opened()
        do throws(CallRecordStoreError) {
            try self.append(record.json.encoded() + [UInt8(ascii: "\n")], to: file.fileDescriptor)
        } catch {
            // A new descriptor next time: the disk may have come back.
            self.file = nil
            throw error
        }
    }

    private func append(_ line: [UInt8], to descriptor: Int32) throws(CallRecordStoreError) {
        var rest = line[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                // Safe: exactly the slice's bytes are read.
                unsafe write(descriptor, bytes.baseAddress, bytes.count)
            }
            // A regular file takes the line whole; less means that the disk is full, which the next write says.
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw .fileUnusable(path: self.path, code: errno)
            }
        }
        // What cannot be synced, a pipe or a terminal, was asked for by name.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw .fileUnusable(path: self.path, code: errno) }
    }

    private func opened() throws(CallRecordStoreError) -> FileHandle {
        if let file = self.file { return file }
        // Safe: the path is a Swift string, handed over for the duration of the call.
        let descriptor = unsafe open(self.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .fileUnusable(path: self.path, code: errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        self.file = file
        return file
    }
}
