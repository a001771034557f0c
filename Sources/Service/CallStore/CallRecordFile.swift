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
        do {
            try file.write(contentsOf: record.json.encoded() + [UInt8(ascii: "\n")])
            try file.synchronize()
        } catch {
            // A new descriptor next time: the disk may have come back, or the file been moved by log rotation.
            self.file = nil
            throw .fileUnusable(path: self.path, code: Int32((error as NSError).code))
        }
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
