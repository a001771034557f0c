import ArgumentParser

/// `trunkline version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        Output.line("trunkline \(Version.current)")
    }
}
