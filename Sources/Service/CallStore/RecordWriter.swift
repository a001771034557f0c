import CallControl
import JSON

/// The file of records and the journal beside it, in the hands of the records' thread.
struct RecordWriter: ~Copyable {
    private let path: String
    private var file: LineFile?
    private var journal: CallJournal?

    init(path: String, journal: consuming CallJournal?) {
        self.path = path
        self.journal = journal
    }

    /// Writes a batch: its notes, then its records and one sync for all of them, and only then the end of the calls'
    /// notes. Tells each record what became of it.
    mutating func write(_ batch: RecordDesk.Batch, for desk: RecordDesk) {
        do throws(CallRecordStoreError) {
            try self.journal?.note(batch.notes)
        } catch {
            desk.noteJournalFault(error)
        }
        guard !batch.records.isEmpty else { return }
        var fault: CallRecordStoreError?
        do throws(CallRecordStoreError) {
            try self.append(batch.records.map { $0.record.json.encoded() })
            do throws(CallRecordStoreError) {
                try self.journal?.forget(batch.records.map(\.record.identifier))
            } catch {
                desk.noteJournalFault(error)
            }
        } catch {
            fault = error
        }
        for (_, completion) in batch.records { completion(fault) }
    }

    /// Appends lines and waits until the disk has them.
    mutating func append(_ lines: [[UInt8]]) throws(CallRecordStoreError) {
        if self.file == nil { self.file = .some(try LineFile(path: self.path)) }
        do throws(CallRecordStoreError) {
            try self.file?.append(lines)
            try self.file?.sync()
        } catch {
            // A new descriptor next time: the disk may have come back.
            self.file = nil
            throw error
        }
    }
}
