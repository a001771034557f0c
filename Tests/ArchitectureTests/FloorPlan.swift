import Foundation

/// The rooms and what each may use, read from the text of Package.swift, and the sources as they stand on disk.
struct FloorPlan {
    struct Room {
        let name: String
        let folder: String
        let uses: [String]
    }

    let root: URL
    /// In the order of the manifest: a room may use only rooms that stand above it.
    let rooms: [Room]
    let testTargets: [String]

    init() throws {
        self.root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let manifest = try String(contentsOf: self.root.appending(path: "Package.swift"), encoding: .utf8)
        let entries =
            #/\b(?<kind>room|cLibrary|cTarget|tests|testSupport|executableTarget)\(\s*(?:name: )?"(?<name>\w+)"(?<rest>[^()]*(?:\([^()]*\)[^()]*)*)\)/#
        var rooms: [Room] = []
        var testTargets: [String] = []
        for entry in manifest.matches(of: entries) {
            let name = String(entry.name)
            let floor = entry.rest.firstMatch(of: /in: "(\w+)"/).map { String($0.1) }
            switch (entry.kind, floor) {
            case ("room", .some(let floor)):
                let uses = Self.names(in: entry.rest, after: "uses: [")
                rooms.append(Room(name: name, folder: "Sources/\(floor)/\(name)", uses: uses))
            case ("cLibrary", _), ("cTarget", _):
                rooms.append(Room(name: name, folder: "Sources/Foundations/\(name)", uses: []))
            case ("executableTarget", _):
                let uses = Self.names(in: entry.rest, after: "dependencies: [")
                let folder = entry.rest.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
                rooms.append(Room(name: name, folder: folder ?? "Sources/Tools/\(name)", uses: uses))
            case ("tests", _), ("testSupport", _):
                testTargets.append(name)
            default:
                continue
            }
        }
        self.rooms = rooms
        self.testTargets = testTargets
    }

    /// The quoted names of the first bracketed list after `label`.
    private static func names(in text: Substring, after label: String) -> [String] {
        guard let start = text.range(of: label)?.upperBound, let end = text[start...].firstIndex(of: "]") else {
            return []
        }
        return text[start..<end].matches(of: /"(\w+)"/).map { String($0.1) }
    }

    /// The Swift files of a room or test folder, with their text.
    func swiftFiles(in folder: String) throws -> [(name: String, text: String)] {
        let directory = self.root.appending(path: folder).resolvingSymlinksInPath()
        guard let walker = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil) else {
            return []
        }
        return try walker.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .sorted { $0.path() < $1.path() }
            .map { ("\(folder)/\($0.lastPathComponent)", try String(contentsOf: $0, encoding: .utf8)) }
    }

    /// The modules that a text imports.
    static func imports(of text: String) -> [String] {
        text.split(separator: "\n").compactMap { line -> String? in
            let statement =
                /^ *(?:@\w+ )*(?:(?:package|public|internal|private) )?import (?:(?:struct|class|enum|func) )?(\w+)/
            return line.firstMatch(of: statement).map { String($0.1) }
        }
    }

    /// The text without comments and without what stands in string literals, so that words in prose do not count.
    static func codeOnly(_ text: String) -> String {
        var code: [UInt8] = []
        var isInLongLiteral = false
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let bytes = Array(line)
            if bytes.firstRange(of: Array("\"\"\"".utf8)) != nil {
                isInLongLiteral.toggle()
            } else if !isInLongLiteral {
                code += Self.codeOnly(line: bytes)
            }
            code.append(UInt8(ascii: "\n"))
        }
        return String(decoding: code, as: UTF8.self)
    }

    private static func codeOnly(line: [UInt8]) -> [UInt8] {
        var code: [UInt8] = []
        var isInLiteral = false
        var index = 0
        while index < line.count {
            let byte = line[index]
            if isInLiteral, byte == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") {
                isInLiteral.toggle()
                code.append(byte)
            } else if !isInLiteral {
                if byte == UInt8(ascii: "/"), index + 1 < line.count, line[index + 1] == byte { break }
                code.append(byte)
            }
            index += 1
        }
        return code
    }
}
