import ArgumentParser
import Gateway

/// `trunkline check`: reads a configuration and prints what would be used, secrets masked.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read a configuration and print what would be used.")

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"])) var config: String

    func run() throws {
        do {
            let configuration = try GatewayConfiguration(file: self.config)
            try configuration.tryFiles()
            try configuration.tryAddresses()
            Output.line(configuration.description)
            for warning in configuration.warnings { Output.line("warning: \(warning)", toStandardError: true) }
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
