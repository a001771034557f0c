import CallControl
import Foundation
import JSON

/// The calls that this process has in hand, in a file of its own beside the records, so that a killed process leaves word
/// of each.
///
/// A line notes a call as far as it is known (the last one of a call counts), or that a call is over. The kernel keeps
/// what was written when a process is killed; nothing is synced, so a power cut may take the last notes. The file is
/// locked, which ends with the process: one that can be locked has been left behind (``LeftCalls``). There is a file only
/// while there are calls, and when more than `linesMax` lines have gone into it, a new one with the live calls takes its
/// place.
struct CallJournal: ~Copyable {
    static let linesMax = 4_096
    /// Calls that are noted at once; more than a gateway takes.
    static let callsMax = 4_096
    private static let attemptsMax = 8

    private let directory: String
    private let recordings: String?
    private let write: FileWrite
    private var file: LineFile?
    private var live: [String: [UInt8]] = [:]
    /// Calls whose last note the disk has refused.
    private var missing: Set<String> = []
    private var lineCount = 0

    /// - Parameters:
    ///   - directory: made with the first call and removed with the last.
    ///   - recordings: where the calls' recordings are.
    init(directory: String, recordings: String?, write: @escaping FileWrite) {
        self.directory = directory
        self.recordings = recordings
        self.write = write
    }

    /// Notes calls, by one write, and those of before whose notes the disk refused.
    mutating func note(_ records: [CallRecord]) throws(CallRecordStoreError) {
        var lines: [[UInt8]] = []
        var names: [String] = []
        for record in records {
            let name = record.identifier.description
            guard self.live[name] != nil || self.live.count < Self.callsMax else { continue }
            let line = JournalNote.alive(record, recordings: self.recordings).encoded
            self.live[name] = line
            self.missing.remove(name)
            lines.append(line)
            names.append(name)
        }
        lines += self.missing.compactMap { self.live[$0] }
        self.missing.formUnion(names)
        try self.append(lines)
        self.missing = []
    }

    /// Notes that calls are over.
    mutating func forget(_ identifiers: [CallIdentifier]) throws(CallRecordStoreError) {
        let names = identifiers.map(\.description).filter { self.live.removeValue(forKey: $0) != nil }
        guard !names.isEmpty else { return }
        self.missing.subtract(names)
        if self.live.isEmpty {
            self.remove()
        } else {
            try self.append(names.map { JournalNote.over($0).encoded })
        }
    }

    private mutating func append(_ lines: [[UInt8]]) throws(CallRecordStoreError) {
        guard !lines.isEmpty else { return }
        let isFull = self.lineCount + lines.count > Self.linesMax && self.lineCount >= 2 * self.live.count
        if self.file == nil || isFull { return try self.renew() }
        try self.file?.append(lines)
        self.lineCount += lines.count
    }

    /// Writes the live calls into a new file, and only then gives the old one up.
    private mutating func renew() throws(CallRecordStoreError) {
        let new = try self.make()
        try new.append(Array(self.live.values))
        if let old = self.file?.path { FileNames.remove(old) }
        self.file = .some(new)
        self.lineCount = self.live.count
    }

    /// A process that cleans up after others may take a new file for one of theirs before it is locked: then again.
    private func make() throws(CallRecordStoreError) -> LineFile {
        for _ in 0..<Self.attemptsMax {
            FileNames.makeDirectory(self.directory)
            let name = "\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16)).jsonl"
            do {
                let file = try LineFile(path: "\(self.directory)/\(name)", write: self.write)
                if file.lock(), file.isAtItsPath() { return file }
            } catch CallRecordStoreError.fileUnusable(_, let code) where code == ENOENT {
                continue
            }
        }
        throw .fileUnusable(path: self.directory, code: EBUSY)
    }

    private mutating func remove() {
        if let path = self.file?.path { FileNames.remove(path) }
        self.file = nil
        self.lineCount = 0
        // It stays while another process has a file in it.
        FileNames.removeDirectory(self.directory)
    }
}

/// One line of a journal.
enum JournalNote {
    case alive(id: String, call: JSONValue, media: JSONValue)
    case over(String)

    static func alive(_ record: CallRecord, recordings: String?) -> JournalNote {
        let id = record.identifier.description
        let text = { (value: String?) in value.map { JSONValue.string($0) } ?? .null }
        return .alive(
            id: id, call: record.json,
            media: [
                "codec": text(record.codec), "srtp": text(record.securitySuite), "local": text(record.localMedia),
                "remote": text(record.remoteMedia), "recording": text(recordings.map { "\($0)/\(id).wav" }),
            ])
    }

    var encoded: [UInt8] {
        switch self {
        case .alive(let id, let call, let media):
            JSONValue.object(["alive": .string(id), "call": call, "media": media]).encoded()
        case .over(let id): JSONValue.object(["over": .string(id)]).encoded()
        }
    }

    /// Reads a line; nil for one that is torn or foreign.
    init?(_ line: some Collection<UInt8>) {
        guard let value = try? JSONReader.parse(Array(line)) else { return nil }
        if let id = value["over"]?.asString {
            self = .over(id)
        } else if let id = value["alive"]?.asString, CallIdentifier(id) != nil, let call = value["call"],
            call["id"]?.asString == id, let media = value["media"]
        {
            self = .alive(id: id, call: call, media: media)
        } else {
            return nil
        }
    }
}
