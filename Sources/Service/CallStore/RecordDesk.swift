import CallControl
import Synchronization

/// Where calls leave word and records, and the records' thread picks them up.
///
/// Neither leaving waits for the disk. Of a call's notes only the last waits, so that notes are bounded by calls; at most
/// `recordsMax` records wait, more than a gateway has calls.
package final class RecordDesk: Sendable {
    package typealias Completion = @Sendable (CallRecordStoreError?) -> Void

    package static let recordsMax = 8_192
    /// Calls that are noted at once; what a journal takes.
    package static let notesMax = CallJournal.callsMax

    /// What is written in one pass, with one wait for the disk.
    package struct Batch: Sendable {
        package var notes: [CallRecord] = []
        package var records: [(record: CallRecord, completion: Completion)] = []

        /// Told how many records could not be written yet.
        package var attempts: [@Sendable (Int) -> Void] = []

        package var isEmpty: Bool { self.notes.isEmpty && self.records.isEmpty && self.attempts.isEmpty }
    }

    private struct State {
        /// A place is nil when its call has ended meanwhile.
        var notes: [CallRecord?] = []
        var places: [CallIdentifier: Int] = [:]
        var records: [(record: CallRecord, completion: Completion)] = []
        var attempts: [@Sendable (Int) -> Void] = []
        var journalFault: CallRecordStoreError?
        var closed: CallRecordStoreError?
        var isStopping = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether the thread is to end when nothing waits any more.
    package var isStopping: Bool { self.state.withLock { $0.isStopping } }

    /// Leaves word of a call that is alive. Throws what went wrong with an earlier note, once.
    package func note(_ record: CallRecord) throws(CallRecordStoreError) {
        let fault = self.state.withLock { state -> CallRecordStoreError? in
            guard state.closed == nil else { return state.closed }
            if let place = state.places[record.identifier] {
                state.notes[place] = record
            } else if state.places.count < Self.notesMax {
                state.places[record.identifier] = state.notes.count
                state.notes.append(record)
            }
            defer { state.journalFault = nil }
            return state.journalFault
        }
        if let fault { throw fault }
    }

    /// Leaves a record; `completion` is called once, by the thread that wrote it or, for a refusal, at once.
    package func store(_ record: CallRecord, completion: @escaping Completion) {
        let refusal = self.state.withLock { state -> CallRecordStoreError? in
            if let closed = state.closed { return closed }
            guard state.records.count < Self.recordsMax else { return .tooManyWaiting(Self.recordsMax) }
            if let place = state.places.removeValue(forKey: record.identifier) { state.notes[place] = nil }
            state.records.append((record, completion))
            return nil
        }
        if let refusal { completion(refusal) }
    }

    /// Asks for another attempt at what could not be written; `completion` is called once, with what is left of it.
    package func attempt(_ completion: @escaping @Sendable (Int) -> Void) {
        let isClosed = self.state.withLock { state in
            if state.closed == nil { state.attempts.append(completion) }
            return state.closed != nil
        }
        if isClosed { completion(0) }
    }

    /// Takes what waits, in order of arrival.
    package func take() -> Batch {
        self.state.withLock { state in
            let batch = Batch(notes: state.notes.compactMap(\.self), records: state.records, attempts: state.attempts)
            state.attempts = []
            state.notes.removeAll(keepingCapacity: true)
            state.places.removeAll(keepingCapacity: true)
            state.records = []
            return batch
        }
    }

    /// A note could not be written; the next one tells.
    package func noteJournalFault(_ fault: CallRecordStoreError) {
        self.state.withLock { $0.journalFault = fault }
    }

    package func stop() {
        self.state.withLock { $0.isStopping = true }
    }

    /// Nothing will be written any more: what waits fails, and what comes.
    package func close(_ fault: CallRecordStoreError) {
        let waiting = self.state.withLock { state in
            state.closed = fault
            defer { (state.records, state.attempts) = ([], []) }
            return (records: state.records, attempts: state.attempts)
        }
        for (_, completion) in waiting.records { completion(fault) }
        for completion in waiting.attempts { completion(0) }
    }
}
