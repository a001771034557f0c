import ArgumentParser

/// The program. Each subcommand has a file of its own.
@main
struct Trunkline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunkline",
        abstract: "A voice gateway: phone calls over SIP on one side, bots on the other.",
        version: Version.current)
}
