import Foundation

/// A folder of torture messages with the table of what may be answered to each.
struct TortureCorpus {
    /// What may come back. Every code that comes has to be among these, and a final one of them has to come.
    struct Reaction {
        /// Empty when nothing may come.
        let codes: Set<Int>
        let mustClose: Bool
        let mayClose: Bool

        /// - Parameter text: such as `100 404`, `(silence)` or `400 CLOSED`.
        /// - Parameter closes: whether CLOSED is a duty and not only allowed.
        init(_ text: String, closes: Bool) {
            let words = text.split(separator: " ")
            self.codes = Set(words.compactMap { Int($0) })
            self.mustClose = closes && words.contains("CLOSED")
            // After 400 a connection may end: what follows on it may be the rest of what was refused.
            self.mayClose = words.contains("CLOSED") || self.codes.contains(400)
        }
    }

    struct Message {
        let file: URL
        let datagram: Reaction
        let stream: Reaction
    }

    let name: String
    let messages: [Message]

    /// Tests/Torture: our own, for each section of both RFCs.
    static func own() throws -> [TortureCorpus] {
        try ["rfc4475", "rfc5118"].map { name in
            let folder = Workshop.project.appending(path: "Tests/Torture/\(name)")
            let table = try String(contentsOf: folder.appending(path: "EXPECTED.tsv"), encoding: .utf8)
            let messages = table.split(separator: "\n").dropFirst().map { line in
                let cells = line.split(separator: "\t").map(String.init)
                return Message(
                    file: folder.appending(path: cells[0]), datagram: Reaction(cells[1], closes: false),
                    stream: Reaction(cells[2] == "as UDP" ? cells[1] : cells[2], closes: true))
            }
            return TortureCorpus(name: "our own for \(name)", messages: messages)
        }
    }

    /// The RFCs' own messages, beside the checkout or where `TRUNKLINE_TEST_DATA` says; nil where they are not.
    static func shared() throws -> [TortureCorpus]? {
        let root =
            ProcessInfo.processInfo.environment["TRUNKLINE_TEST_DATA"].map { URL(filePath: $0) }
            ?? Workshop.project.deletingLastPathComponent().appending(path: "shared/test-data")
        guard FileManager.default.fileExists(atPath: root.appending(path: "rfc4475/EXPECTED.csv").path()) else {
            return nil
        }
        return try ["rfc4475", "rfc5118"].map { name in
            let folder = root.appending(path: name)
            let table = try String(contentsOf: folder.appending(path: "EXPECTED.csv"), encoding: .utf8)
            let lines = table.split(whereSeparator: \.isNewline).map { Self.cells(of: $0) }
            let messages = lines.dropFirst().map { cells in
                let row = Dictionary(zip(lines[0], cells), uniquingKeysWith: { first, _ in first })
                let datagram = row["udp_uas_ok"] ?? ""
                let stream = row["tcp_uas_ok"] ?? "as UDP"
                return Message(
                    file: folder.appending(path: "msgs/\(cells[0])"), datagram: Reaction(datagram, closes: false),
                    stream: Reaction(
                        stream == "as UDP" ? datagram : stream, closes: row["rfc"]?.contains("close") ?? false))
            }
            return TortureCorpus(name: name, messages: messages)
        }
    }

    /// One line of CSV (RFC 4180): cells with commas stand in quotes, and quotes within them are doubled.
    private static func cells(of line: Substring) -> [String] {
        var cells = [""]
        var isQuoted = false
        var previous: Character?
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
                if isQuoted, previous == "\"" { cells[cells.count - 1].append(character) }
            } else if character == ",", !isQuoted {
                cells.append("")
            } else {
                cells[cells.count - 1].append(character)
            }
            previous = character
        }
        return cells
    }
}
