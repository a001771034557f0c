import CallControl
import Foundation
import JSON

/// Journals of processes that were killed, and the records of the calls in them.
struct LeftCalls {
    private let directory: String
    /// More than a journal grows to; a longer file is not one.
    private static let lengthInBytesMax = 64 << 20

    init(directory: String) {
        self.directory = directory
    }

    /// Takes each journal that no living process holds: `take` is given its calls' records, in the order in which the
    /// calls began, and the journal goes once it has returned. What `take` throws leaves the journal for the next time.
    func takeEach(_ take: ([JSONValue]) throws(CallRecordStoreError) -> Void) throws(CallRecordStoreError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: self.directory)) ?? []
        for name in names.sorted() where name.hasSuffix(".jsonl") {
            let path = "\(self.directory)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let file = try LineFile(path: path)
            // Its process lives, or another one cleans up just now.
            guard file.lock(), file.isAtItsPath() else { continue }
            let records = Self.records(in: path)
            if !records.isEmpty { try take(records) }
            FileNames.remove(path)
        }
        FileNames.removeDirectory(self.directory)
    }

    private static func records(in path: String) -> [JSONValue] {
        guard let length = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
            length <= Self.lengthInBytesMax, let data = try? Data(contentsOf: URL(filePath: path))
        else { return [] }
        var order: [String] = []
        var calls: [String: (call: JSONValue, media: JSONValue)] = [:]
        for line in data.split(separator: UInt8(ascii: "\n")) {
            switch JournalNote(line) {
            case .alive(let id, let call, let media):
                if calls.updateValue((call, media), forKey: id) == nil { order.append(id) }
            case .over(let id):
                calls[id] = nil
            case nil:
                // The last line of a killed process may be torn.
                continue
            }
        }
        return order.compactMap { id in
            // A call that is over and noted again would be in the order twice.
            calls.removeValue(forKey: id).map { Self.record(of: $0.call, media: $0.media) }
        }
    }

    /// The record of a call that nobody saw the end of.
    private static func record(of call: JSONValue, media: JSONValue) -> JSONValue {
        .object(
            (call.asObject ?? []).map { member in
                switch member.key {
                case "end": JSONMember(key: "end", value: EndCause.interrupted.json)
                case "media": JSONMember(key: "media", value: Self.media(media))
                default: member
                }
            })
    }

    /// What was agreed, and the recording if there is one; no figures.
    private static func media(_ media: JSONValue) -> JSONValue {
        let members = (media.asObject ?? []).map { member in
            guard member.key == "recording" else { return member }
            return JSONMember(key: "recording", value: Self.recording(member.value.asString))
        }
        return members.allSatisfy(\.value.isNull) ? .null : .object(members)
    }

    private static func recording(_ path: String?) -> JSONValue {
        guard let path, let file = try? FileHandle(forReadingFrom: URL(filePath: path)),
            let header = try? file.read(upToCount: 44), header.count == 44
        else { return .null }
        // RIFF: byte rate at 28, length of the samples at 40, little-endian.
        let number = { (place: Int) in (0..<4).reduce(0) { $0 | Int(header[place + $1]) << (8 * $1) } }
        return [
            "path": .string(path), "duration_ms": .integer(number(40) * 1_000 / max(1, number(28))), "dropped_ms": nil,
            "fault": "the gateway was killed while it recorded",
        ]
    }
}
