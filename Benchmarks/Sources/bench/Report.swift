import CPeers
import Foundation

/// The figures as a table for people and as JSON for programs.
struct Report: Encodable {
    struct Row: Encodable {
        let contender: String
        let nanoseconds: Double
        let nanosecondsMin: Double
        /// The contender's cost over ours.
        let timesOurs: Double
    }

    struct Table: Encodable {
        let bench: String
        let work: String
        let rows: [Row]
    }

    let machine: String
    let rounds: Int
    let peers: [String: String]
    let tables: [Table]

    init(rounds: Int, benches: [(name: String, comparisons: [Comparison])]) {
        self.machine = Self.processor
        self.rounds = rounds
        self.peers = [
            "libavcodec": Self.version(peer_avcodec_version()),
            "libswresample": Self.version(peer_swresample_version()),
            // Safe: both libraries return static text.
            "soxr": unsafe String(cString: peer_soxr_version()),
            "libsrtp2": unsafe String(cString: peer_srtp_version()),
        ]
        self.tables = benches.flatMap { bench in
            bench.comparisons.map { comparison in
                Table(
                    bench: bench.name, work: comparison.work,
                    rows: comparison.measurements.map { measurement in
                        Row(
                            contender: measurement.contender, nanoseconds: measurement.nanoseconds,
                            nanosecondsMin: measurement.nanosecondsMin,
                            timesOurs: comparison.ratio(of: measurement))
                    })
            }
        }
    }

    func printTables() {
        print("\(self.machine); CPU time, median of \(self.rounds) interleaved rounds")
        for (name, version) in self.peers.sorted(by: { $0.key < $1.key }) { print("  \(name) \(version)") }
        for table in self.tables {
            print("\n\(table.bench): \(table.work)")
            for row in table.rows {
                let name = row.contender.padding(toLength: 26, withPad: " ", startingAt: 0)
                print(
                    "  \(name)" + Self.number(row.nanoseconds, 11, 1) + " ns" + Self.number(row.timesOurs, 9, 2) + "x")
            }
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(fileURLWithPath: path))
    }

    private static func number(_ value: Double, _ width: Int, _ digits: Int) -> String {
        let text = value.formatted(
            .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func version(_ packed: UInt32) -> String {
        "\(packed >> 16).\(packed >> 8 & 255).\(packed & 255)"
    }

    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        return name ?? "unknown processor"
    }
}
