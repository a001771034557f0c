import FlowSimulator
import Foundation
import Testing
import Timekeeping

/// Each misdeed is one line of the YAML and one option of the command line with the same text, and the manual shows both.
@Suite struct MisdeedOrderTests {
    /// One text for each key, in the short form where there is one.
    private static let texts: [Misbehaviour.Key: String] = [
        .refuse: "486", .noResponse: "silence", .noAnswer: "true", .recordRouteTCPContactTLS: "true",
        .earlyMedia: "300ms", .forks: "2", .redirect: "\"sip:+918000000001@127.0.0.1\"", .challenge: "407", .glare: "1",
        .bye: "crossing", .idleClose: "2s", .repeats: "{responses: 1}", .trying: "none", .hold: "{direction: inactive}",
        .sessionTimer: "90s", .refer: "603", .sendRefer: "\"sip:+918000000002@127.0.0.1\"",
        .media: "{pauseAfter: 1s}", .network: "{loss: 5, jitter: 30ms}",
    ]

    private static func read(_ misbehave: String) throws -> Misbehaviour {
        let yaml = "misbehave:\n\(misbehave)\nflow: {start: a, steps: {a: {hangup: 16}}}\n"
        return try SimulatorConfiguration(yaml: yaml, file: "flow.yaml", promptsDirectory: "prompts").misbehaviour
    }

    @Test(arguments: Misbehaviour.Key.allCases) func bothWaysOrderTheSame(key: Misbehaviour.Key) throws {
        let text = try #require(Self.texts[key])
        var byOption = Misbehaviour()
        try byOption.set(key, option: "--option", to: text)
        #expect(byOption != Misbehaviour())
        #expect(try Self.read("  \(key.rawValue): \(text)") == byOption)
    }

    @Test(arguments: Misbehaviour.Key.allCases) func aWrongTextIsToldBothWays(key: Misbehaviour.Key) {
        let byFile = #expect(throws: SimulatorError.self) { try Self.read("  \(key.rawValue): [nonsense]") }
        var misbehaviour = Misbehaviour()
        let byOption = #expect(throws: SimulatorError.self) {
            try misbehaviour.set(key, option: "--option", to: "[nonsense]")
        }
        #expect(byFile?.description.hasPrefix("flow.yaml:2: ") == true, "\(String(describing: byFile))")
        #expect(byOption?.description.hasPrefix("--option: ") == true, "\(String(describing: byOption))")
    }

    /// The example of docs/simulator.md, entry by entry: it has every key, and each entry can be read.
    @Test func theManualShowsEachOne() throws {
        let manual = try String(contentsOfFile: SimulatorPair.root + "/docs/simulator.md", encoding: .utf8)
        let block = try #require(manual.components(separatedBy: "\nmisbehave:\n").dropFirst().first)
        var entries: [String] = []
        for line in block.components(separatedBy: "\n```")[0].split(separator: "\n") {
            if line.hasPrefix("   ") { entries[entries.count - 1] += "\n\(line)" } else { entries.append(String(line)) }
        }
        for entry in entries { #expect(try Self.read(entry) != Misbehaviour(), "\(entry)") }
        let named = entries.compactMap { $0.split(separator: ":").first?.drop { $0 == " " } }.map(String.init)
        #expect(Set(named) == Set(Misbehaviour.Key.allCases.map(\.rawValue)))
    }
}
