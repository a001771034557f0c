import BotProtocol
import CallControl
import CallStore
import Foundation
import JSON
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

    /// A full disk is told by its errno, and again at the next record.
    @Test func aFullDiskIsAnError() async throws {
        let file = CallRecordFile(path: "/dev/full")
        for _ in 0..<2 {
            await #expect(throws: CallRecordStoreError.fileUnusable(path: "/dev/full", code: ENOSPC)) {
                try await file.store(self.record())
            }
        }
        try FileManager.default.removeItem(at: self.folder)
    }
}
