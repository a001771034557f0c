import CallControl
import JSON

/// The file of records and the journal beside it, in the hands of the records' thread.
///
/// Records that cannot be written wait in memory, in their order, for the next batch or the next attempt. Should the file
/// be renamed or removed, as logrotate does, the next record goes to a new one.
struct RecordWriter: ~Copyable {
    /// Records that wait for the disk; of further ones only the journal knows.
    static let waitingMax = 10_000

    private let path: String
    private let write: FileWrite
    private var file: LineFile?
    private var journal: CallJournal?
    /// The journal has notes that the disk has refused.
    private var missesNotes = false
    private var waiting: [(identifier: CallIdentifier, line: [UInt8])] = []

    init(path: String, journal: consuming CallJournal?, write: @escaping FileWrite) {
        self.path = path
        self.write = write
        self.journal = journal
    }

    /// Writes a batch: its notes, then its records and one sync for all of them, and only then the end of the calls'
    /// notes. Tells each record what became of it.
    mutating func write(_ batch: RecordDesk.Batch, for desk: RecordDesk) {
        self.note(batch.notes, for: desk)
        guard !batch.records.isEmpty || !batch.attempts.isEmpty else { return }
        // What is beyond the maximum has this one chance.
        let fault = self.writeWaiting(and: batch.records.map { ($0.record.identifier, $0.record.json.encoded()) }, desk)
        for (_, completion) in batch.records { completion(fault) }
        for completion in batch.attempts { completion(self.waiting.count) }
    }

    /// Whether there is something for `retry`.
    var hasWaiting: Bool { !self.waiting.isEmpty || self.missesNotes }

    /// Tries again to write what waits.
    mutating func retry(for desk: RecordDesk) {
        self.note([], for: desk)
        _ = self.writeWaiting(and: [], desk)
    }

    /// Notes calls, and those besides that the disk has refused before.
    private mutating func note(_ records: [CallRecord], for desk: RecordDesk) {
        do throws(CallRecordStoreError) {
            try self.journal?.note(records)
            self.missesNotes = false
        } catch {
            self.missesNotes = true
            desk.noteJournalFault(error)
        }
    }

    private mutating func writeWaiting(
        and records: [(identifier: CallIdentifier, line: [UInt8])], _ desk: RecordDesk
    ) -> CallRecordStoreError? {
        let all = self.waiting + records
        guard !all.isEmpty else { return nil }
        do throws(CallRecordStoreError) {
            try self.append(all.map(\.line))
        } catch {
            self.waiting = Array(all.prefix(Self.waitingMax))
            return error
        }
        self.waiting = []
        do throws(CallRecordStoreError) {
            try self.journal?.forget(all.map(\.identifier))
        } catch {
            desk.noteJournalFault(error)
        }
        return nil
    }

    /// Appends lines and waits until the disk has them.
    mutating func append(_ lines: [[UInt8]]) throws(CallRecordStoreError) {
        if self.file?.isAtItsPath() == false { self.file = nil }
        if self.file == nil { self.file = .some(try LineFile(path: self.path, write: self.write)) }
        do throws(CallRecordStoreError) {
            try self.file?.append(lines, syncing: true)
        } catch {
            // A new descriptor next time: the disk may have come back.
            self.file = nil
            throw error
        }
    }
}
