import BotProtocol
import CallControl
import CallStore
import Synchronization
import Testing
import Timekeeping

@Suite struct RecordDeskTests {
    private let desk = RecordDesk()

    private func record(to number: String = "+918000000001") -> CallRecord {
        var generator = SystemRandomNumberGenerator()
        return CallRecord(
            identifier: CallIdentifier(using: &generator), direction: .inbound, trunk: "exotel", bot: "ivr",
            from: "+919000000002", to: number,
            anchor: WallClockAnchor(instant: .origin, sinceEpoch: .seconds(1_800_000_000)), created: .origin)
    }

    /// The last word of a call counts; word of a call that has ended meanwhile is not written at all.
    @Test func notesOfOneCallAreOne() throws {
        let (long, short) = (self.record(), self.record())
        var answered = long
        answered.codec = "PCMA"
        try self.desk.note(long)
        try self.desk.note(short)
        try self.desk.note(answered)
        self.desk.store(short) { _ in }
        let batch = self.desk.take()
        #expect(batch.notes.map(\.identifier) == [long.identifier])
        #expect(batch.notes.first?.codec == "PCMA")
        #expect(batch.records.map(\.record.identifier) == [short.identifier])
        #expect(self.desk.take().isEmpty)
        // A place is free again once its note was taken.
        try self.desk.note(long)
        #expect(self.desk.take().notes.count == 1)
    }

    @Test func noMoreWaitsThanTheMaximum() throws {
        let refusals = Mutex<[CallRecordStoreError]>([])
        let record = self.record()
        for _ in 0..<(RecordDesk.recordsMax + 1) {
            self.desk.store(record) { fault in
                if let fault { refusals.withLock { $0.append(fault) } }
            }
        }
        #expect(refusals.withLock(\.self) == [.tooManyWaiting(RecordDesk.recordsMax)])
        for _ in 0..<(RecordDesk.notesMax + 1) { try self.desk.note(self.record()) }
        let batch = self.desk.take()
        #expect(batch.records.count == RecordDesk.recordsMax)
        #expect(batch.notes.count == RecordDesk.notesMax)
    }

    /// Nobody waits for a note, so its fault is told with the next one, once.
    @Test func theNextNoteTellsTheFault() throws {
        let fault = CallRecordStoreError.fileUnusable(path: "/calls", code: 28)
        self.desk.noteJournalFault(fault)
        #expect(throws: fault) { try self.desk.note(self.record()) }
        try self.desk.note(self.record())
        #expect(self.desk.take().notes.count == 2)
    }

    /// A thread that cannot go on fails what waits and what comes.
    @Test func aClosedDeskRefuses() {
        let fault = CallRecordStoreError.fileUnusable(path: "/calls", code: 24)
        let told = Mutex<[CallRecordStoreError?]>([])
        self.desk.store(self.record()) { fault in told.withLock { $0.append(fault) } }
        self.desk.close(fault)
        self.desk.store(self.record()) { fault in told.withLock { $0.append(fault) } }
        #expect(told.withLock(\.self) == [fault, fault])
        #expect(throws: fault) { try self.desk.note(self.record()) }
        #expect(self.desk.take().isEmpty)
    }
}
