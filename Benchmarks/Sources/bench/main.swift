import Foundation

let usage = """
    usage: bench [codec] [resample] [srtp] [--rounds N] [--json PATH]

    Measures what it is told to, or everything, beside the peers' libraries.
    """

var names: [String] = []
var rounds = 31
var jsonPath: String?
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let argument = arguments.next() {
    switch argument {
    case "codec", "resample", "srtp":
        names.append(argument)
    case "--rounds":
        guard let value = arguments.next().flatMap({ Int($0) }), (1...10_000).contains(value) else {
            print("--rounds needs a number from 1 to 10000")
            exit(64)
        }
        rounds = value
    case "--json":
        guard let path = arguments.next() else {
            print("--json needs a path")
            exit(64)
        }
        jsonPath = path
    case "--help", "-h":
        print(usage)
        exit(0)
    default:
        print("unknown argument: \(argument)\n\n\(usage)")
        exit(64)
    }
}
if names.isEmpty { names = ["codec", "resample", "srtp"] }

let benches = names.map { name in
    switch name {
    case "codec": (name: name, comparisons: CodecBench.run(rounds: rounds))
    case "resample": (name: name, comparisons: ResampleBench.run(rounds: rounds))
    default: (name: name, comparisons: SRTPBench.run(rounds: rounds))
    }
}
let report = Report(rounds: rounds, benches: benches)
report.printTables()
if let jsonPath {
    do {
        try report.write(to: jsonPath)
    } catch {
        print("the figures could not be written to \(jsonPath): \(error.localizedDescription)")
        exit(1)
    }
}
