import CallControl
import Foundation
import JSON

/// Call records as lines of JSON in one file, each on the disk before the call is gone.
///
/// A line is written with one `write` on a descriptor in append mode and then synced, so that a killed process leaves
/// whole lines, and two processes may share the file. A call that is alive is noted in a journal beside it; what a killed
/// process left there becomes records by `recover`.
package actor CallRecordFile: CallRecordStore {
    private let path: String
    private var file: LineFile?
    private var journal: CallJournal?

    /// - Parameter recordings: the directory in which a call's recording is named after its id.
    package init(path: String, recordings: String? = nil) {
        self.path = path
        // A pipe or a terminal that takes records is no place for a journal.
        self.journal =
            Self.isFileOrMissing(path)
            ? .some(CallJournal(directory: Self.journalDirectory(of: path), recordings: recordings)) : nil
    }

    package func note(_ record: CallRecord) async throws(CallRecordStoreError) {
        try self.journal?.note(record)
    }

    package func store(_ record: CallRecord) async throws(CallRecordStoreError) {
        try self.append(record.json.encoded())
        try self.journal?.forget(record.identifier)
    }

    /// Writes the records of calls that were alive when their process was killed, each once, and returns how many.
    package func recover() throws(CallRecordStoreError) -> Int {
        guard Self.isFileOrMissing(self.path) else { return 0 }
        var count = 0
        try LeftCalls(directory: Self.journalDirectory(of: self.path)).takeEach {
            (records) throws(CallRecordStoreError) in
            let identifiers = Set(records.compactMap { $0["id"]?.asString })
            let known = self.known(of: identifiers)
            for record in records where !known.contains(record["id"]?.asString ?? "") {
                try self.append(record.encoded())
                count += 1
            }
        }
        return count
    }

    private func append(_ line: [UInt8]) throws(CallRecordStoreError) {
        if self.file == nil { self.file = .some(try LineFile(path: self.path)) }
        do throws(CallRecordStoreError) {
            try self.file?.append(line)
            try self.file?.sync()
        } catch {
            // A new descriptor next time: the disk may have come back.
            self.file = nil
            throw error
        }
    }

    /// Which of the calls have a record already: their process, or one that recovered them, was killed right after.
    private func known(of identifiers: Set<String>) -> Set<String> {
        guard let data = try? Data(contentsOf: URL(filePath: self.path), options: .mappedIfSafe) else { return [] }
        let head = Data(#"{"id":""#.utf8)
        var known: Set<String> = []
        var rest = data[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let line = rest[..<end]
            if line.starts(with: head) {
                let identifier = String(decoding: line.dropFirst(head.count).prefix(32), as: UTF8.self)
                if identifiers.contains(identifier) { known.insert(identifier) }
            }
            rest = rest[end...].dropFirst()
        }
        return known
    }

    private static func journalDirectory(of path: String) -> String { "\(path).live" }

    private static func isFileOrMissing(_ path: String) -> Bool {
        // A link is followed: what matters is where the lines go.
        let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes.map { $0[.type] as? FileAttributeType == .typeRegular } ?? true
    }
}
