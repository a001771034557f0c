import BotProtocol
import CallControl
import CallStore
import Foundation
import Glibc
import JSON
import Synchronization
import Testing
import Timekeeping

@Suite struct CallRecordFileTests {
    private let folder: URL

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "records-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    private func record() -> CallRecord {
        var generator = SystemRandomNumberGenerator()
        var record = CallRecord(
            identifier: CallIdentifier(using: &generator), direction: .outbound, trunk: "exotel", bot: "ivr",
            from: "+919000000002", to: "+918000000001",
            anchor: WallClockAnchor(instant: .origin, sinceEpoch: .seconds(1_800_000_000)), created: .origin)
        record.cause = .hangup(by: .bot)
        return record
    }

    /// Whole lines, in order, readable by nobody else; a second opening appends.
    @Test func recordsAreAppendedAsLines() async throws {
        let path = self.folder.appending(path: "calls.jsonl").path()
        let first = self.record()
        let second = self.record()
        try await CallRecordFile(path: path).store(first)
        try await CallRecordFile(path: path).store(second)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let identifiers = try lines.map { try JSONReader.parse(Array($0.utf8))["id"]?.asString }
        #expect(identifiers == [first.identifier.description, second.identifier.description])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.removeItem(at: self.folder)
    }

    @Test func anUnusablePathIsAnError() async throws {
        let path = self.folder.appending(path: "missing/calls.jsonl").path()
        await #expect(throws: CallRecordStoreError.fileUnusable(path: path, code: ENOENT)) {
            try await CallRecordFile(path: path).store(self.record())
        }
        try FileManager.default.removeItem(at: self.folder)
    }

    private var path: String { self.folder.appending(path: "calls.jsonl").path() }

    private func lines() throws -> [JSONValue] {
        guard FileManager.default.fileExists(atPath: self.path) else { return [] }
        return try String(contentsOfFile: self.path, encoding: .utf8).split(separator: "\n")
            .map { try JSONReader.parse(Array($0.utf8)) }
    }

    private func journals() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(self.path).live")) ?? []
    }

    /// A call that was alive when its process was killed gets one record, however often the next process starts.
    @Test func aKilledCallGetsOneRecord() async throws {
        let recordings = self.folder.path()
        let file = try CallRecordFile(path: self.path, recordings: recordings)
        var alive = self.record()
        alive.codec = "PCMA"
        let over = self.record()
        try file.note(alive)
        try file.note(over)
        alive.moments.answered = .origin + .seconds(1)
        try file.note(alive)
        // 1,000 ms of stereo at 8 kHz, as the header says.
        var wave = [UInt8](repeating: 0, count: 44)
        wave[28...31] = [0x00, 0x7D, 0, 0]
        wave[40...43] = [0x00, 0x7D, 0, 0]
        try Data(wave).write(to: URL(filePath: "\(recordings)/\(alive.identifier).wav"))
        try await file.store(over)
        let held = try #require(self.journals().first)
        let journal = try Data(contentsOf: URL(filePath: "\(self.path).live/\(held)"))
        // The process that lives keeps its journal: nothing is recovered from it.
        #expect(try CallRecordFile(path: self.path).recover() == 0)
        #expect(self.journals() == [held])

        // Killed in the middle of a line.
        try (journal + Data(#"{"alive":"0000"#.utf8)).write(to: URL(filePath: "\(self.path).live/left.jsonl"))
        #expect(try CallRecordFile(path: self.path).recover() == 1)
        let record = try #require(try self.lines().last)
        #expect(record["id"]?.asString == alive.identifier.description)
        #expect(record["end"]?["cause"]?.asString == "interrupted")
        #expect(record["answered"]?.isNull == false && record["ended"]?.isNull == true)
        #expect(record["media"]?["codec"]?.asString == "PCMA")
        #expect(record["media"]?["recording"]?["path"]?.asString == "\(recordings)/\(alive.identifier).wav")
        #expect(record["media"]?["recording"]?["duration_ms"]?.asInt == 1_000)
        #expect(self.journals() == [held])

        // A process that was killed between the record and the end of the journal.
        try journal.write(to: URL(filePath: "\(self.path).live/left.jsonl"))
        #expect(try CallRecordFile(path: self.path).recover() == 0)
        #expect(try self.lines().count == 2)

        // The journal is there only while a call is.
        try await file.store(alive)
        #expect(!FileManager.default.fileExists(atPath: "\(self.path).live"))
        try FileManager.default.removeItem(at: self.folder)
    }

    /// However many calls come and go beside one that stays, the journal is bounded and still knows that one.
    @Test func theJournalIsBounded() async throws {
        let file = try CallRecordFile(path: self.path)
        let long = self.record()
        try file.note(long)
        for _ in 0..<10 {
            let calls = (0..<500).map { _ in self.record() }
            for call in calls { try file.note(call) }
            // Records are written after what was noted before them.
            try await file.store(self.record())
            try await self.store(calls, in: file)
        }
        let journal = try #require(self.journals().first)
        #expect(self.journals().count == 1)
        let text = try String(contentsOfFile: "\(self.path).live/\(journal)", encoding: .utf8)
        #expect(text.split(separator: "\n").count <= 4_096)
        #expect(text.contains(long.identifier.description))
        try FileManager.default.removeItem(at: self.folder)
    }

    private func store(_ records: [CallRecord], in file: CallRecordFile) async throws {
        try await withThrowingTaskGroup { group in
            for record in records { group.addTask { try await file.store(record) } }
            try await group.waitForAll()
        }
    }

    /// Calls that end at once are all written, each whole and once, and a file that is let go of has written all.
    @Test func recordsThatComeTogetherAreAllWritten() async throws {
        let records = (0..<300).map { _ in self.record() }
        try await self.store(records, in: try CallRecordFile(path: self.path))
        let identifiers = try self.lines().compactMap { $0["id"]?.asString }
        #expect(identifiers.count == records.count)
        #expect(Set(identifiers) == Set(records.map(\.identifier.description)))
        try FileManager.default.removeItem(at: self.folder)
    }

    /// A pipe takes records and has no journal.
    @Test func aPipeHasNoJournal() async throws {
        let file = try CallRecordFile(path: "/dev/null")
        try file.note(self.record())
        #expect(try file.recover() == 0)
        #expect(!FileManager.default.fileExists(atPath: "/dev/null.live"))
        try FileManager.default.removeItem(at: self.folder)
    }

    /// A full disk is told by its errno, and again at the next record.
    @Test func aFullDiskIsAnError() async throws {
        let file = try CallRecordFile(path: "/dev/full")
        for _ in 0..<2 {
            await #expect(throws: CallRecordStoreError.fileUnusable(path: "/dev/full", code: ENOSPC)) {
                try await file.store(self.record())
            }
        }
        try FileManager.default.removeItem(at: self.folder)
    }

    /// The disk takes half of a record and then nothing, and has room again later: both records are whole lines then, in
    /// their order, and nothing of the attempt is left.
    @Test func aRecordThatWasHalfWrittenIsWrittenAgain() async throws {
        let disk = Disk()
        let file = try CallRecordFile(path: self.path, write: disk.write)
        let records = (0..<3).map { _ in self.record() }
        try await file.store(records[0])
        disk.fill(after: 100)
        let full = CallRecordStoreError.fileUnusable(path: self.path, code: ENOSPC)
        await #expect(throws: full) { try await file.store(records[1]) }
        #expect(try self.lines().count == 1, "half a line is taken back")
        await #expect(throws: full) { try await file.store(records[2]) }
        #expect(await file.retry() == 2)
        disk.empty()
        #expect(await file.retry() == 0)
        #expect(try self.lines().map { $0["id"]?.asString } == records.map(\.identifier.description))
        try FileManager.default.removeItem(at: self.folder)
    }

    /// Half a record at the end of the file, left by a process that died of it, is not glued to the next record, and the
    /// call that it was of gets its record all the same.
    @Test func halfARecordIsNoRecord() async throws {
        let torn = self.record()
        let journal = try CallRecordFile(path: self.path)
        try journal.note(torn)
        #expect(await journal.retry() == 0, "the note is written")
        let held = try #require(self.journals().first)
        let left = try Data(contentsOf: URL(filePath: "\(self.path).live/\(held)"))
        try left.write(to: URL(filePath: "\(self.path).live/left.jsonl"))
        try Data(torn.json.encoded().prefix(200)).write(to: URL(filePath: self.path))
        #expect(try CallRecordFile(path: self.path).recover() == 1)
        let next = self.record()
        try await CallRecordFile(path: self.path).store(next)
        let lines = try String(contentsOfFile: self.path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        let whole = lines.dropFirst().map { try? JSONReader.parse(Array($0.utf8))["id"]?.asString }
        #expect(whole == [torn.identifier.description, next.identifier.description])
        try FileManager.default.removeItem(at: self.folder)
    }

    /// A journal whose disk was full for a while is readable still.
    @Test func aJournalSurvivesAFullDisk() async throws {
        let records = (0..<3).map { _ in self.record() }
        let disk = Disk()
        let file = try CallRecordFile(path: self.path, write: disk.write)
        try file.note(records[0])
        #expect(await file.retry() == 0, "the note is written")
        disk.fill(after: 50)
        try file.note(records[1])
        #expect(await file.retry() == 0)
        disk.empty()
        #expect(throws: CallRecordStoreError.self, "what became of the note before") { try file.note(records[2]) }
        #expect(await file.retry() == 0)
        let held = try #require(self.journals().first)
        let text = try String(contentsOfFile: "\(self.path).live/\(held)", encoding: .utf8)
        for line in text.split(separator: "\n") { _ = try JSONReader.parse(Array(line.utf8)) }
        for record in records {
            #expect(text.contains(record.identifier.description), "a refused note is written later")
        }
        try FileManager.default.removeItem(at: self.folder)
    }

    /// A note that a full disk refused is written once there is room, without another note of any call.
    @Test func aRefusedNoteIsWrittenLater() async throws {
        let disk = Disk()
        let file = try CallRecordFile(path: self.path, write: disk.write)
        let record = self.record()
        try file.note(self.record())
        #expect(await file.retry() == 0, "the note is written")
        disk.fill(after: 50)
        try file.note(record)
        #expect(await file.retry() == 0)
        let journal = "\(self.path).live/\(try #require(self.journals().first))"
        let name = record.identifier.description
        #expect(try !String(contentsOfFile: journal, encoding: .utf8).contains(name))
        disk.empty()
        #expect(await file.retry() == 0)
        #expect(try String(contentsOfFile: journal, encoding: .utf8).contains(name))
        try FileManager.default.removeItem(at: self.folder)
    }

    /// logrotate renames the file, or somebody removes it: the next record is in a new one.
    @Test func recordsFollowTheirPath() async throws {
        let file = try CallRecordFile(path: self.path)
        let records = (0..<3).map { _ in self.record() }
        try await file.store(records[0])
        try FileManager.default.moveItem(atPath: self.path, toPath: "\(self.path).1")
        try await file.store(records[1])
        #expect(try self.lines().map { $0["id"]?.asString } == [records[1].identifier.description])
        try FileManager.default.removeItem(atPath: self.path)
        try await file.store(records[2])
        #expect(try self.lines().map { $0["id"]?.asString } == [records[2].identifier.description])
        try FileManager.default.removeItem(at: self.folder)
    }

    /// The line of those that wait is bounded; the journal knows the rest.
    @Test func waitingRecordsAreBounded() async throws {
        let file = try CallRecordFile(path: "/dev/full")
        let record = self.record()
        for _ in 0..<4 {
            await withDiscardingTaskGroup { group in
                for _ in 0..<(CallRecordFile.waitingMax / 4 + 5) { group.addTask { try? await file.store(record) } }
            }
        }
        #expect(await file.retry() == CallRecordFile.waitingMax)
        try FileManager.default.removeItem(at: self.folder)
    }
}

/// A disk that is full when the test says so.
private final class Disk: Sendable {
    /// Bytes that still fit; nil for as many as come.
    private let room = Mutex<Int?>(nil)

    func fill(after count: Int) { self.room.withLock { $0 = count } }
    func empty() { self.room.withLock { $0 = nil } }

    var write: FileWrite {
        { descriptor, bytes in
            let part = self.room.withLock { room -> ArraySlice<UInt8>? in
                guard let left = room else { return bytes }
                room = max(0, left - bytes.count)
                return left == 0 ? nil : bytes.prefix(left)
            }
            guard let part else { return -Int(ENOSPC) }
            // Safe: exactly the slice's bytes are read.
            return unsafe part.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
