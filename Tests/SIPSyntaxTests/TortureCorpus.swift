import Foundation
import Testing

/// The messages of Tests/Torture: at least one of our own for each section of RFC 4475 and RFC 5118.
struct TortureMessage: CustomTestStringConvertible {
    let section: String
    /// What the parser finds wrong, as it is described; nil for a message that is taken.
    let fault: String?
    let rule: String
    let bytes: [UInt8]

    var testDescription: String { "\(self.section) \(self.rule)" }

    static let all: [TortureMessage] = Self.rfc4475 + Self.rfc5118
    static let rfc4475 = Self.read("rfc4475")
    static let rfc5118 = Self.read("rfc5118")

    /// What cannot be read is not there, and the test that counts says so.
    private static func read(_ name: String) -> [TortureMessage] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Torture/\(name)")
        guard let table = try? String(contentsOf: folder.appending(path: "EXPECTED.tsv"), encoding: .utf8) else {
            return []
        }
        return table.split(separator: "\n").dropFirst().compactMap { line in
            let cells = line.split(separator: "\t").map(String.init)
            guard cells.count == 5, let data = try? Data(contentsOf: folder.appending(path: cells[0])) else {
                return nil
            }
            return TortureMessage(
                section: cells[0].replacing(".sip", with: ""), fault: cells[3] == "-" ? nil : cells[3],
                rule: cells[4], bytes: Array(data))
        }
    }
}
