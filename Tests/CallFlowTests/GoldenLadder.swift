import Foundation
import Testing
import VirtualNetwork

/// The ladder that a flow is held to: a text file in `Ladders`.
///
/// With `TRUNKLINE_WRITE_LADDERS` set to that folder's path the files are written anew instead, to be read by a person
/// before they are committed.
enum GoldenLadder {
    static func expect(_ ladder: Ladder, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        if let folder = ProcessInfo.processInfo.environment["TRUNKLINE_WRITE_LADDERS"] {
            let file = URL(fileURLWithPath: folder).appendingPathComponent("\(name).txt")
            try Data(ladder.text.utf8).write(to: file)
            return
        }
        let file = Bundle.module.bundleURL.appendingPathComponent("Ladders/\(name).txt")
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(ladder.text == golden, sourceLocation: sourceLocation)
    }
}
