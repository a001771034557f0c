import ArgumentParser
import ControlAPI
import Foundation
import Gateway

/// The program. Each subcommand has a file of its own.
@main
struct Trunkline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunkline",
        abstract: "A voice gateway: phone calls over SIP on one side, bots on the other.",
        version: Version.current,
        subcommands: [
            CallCommand.self, ServeCommand.self, SimulateCommand.self, CheckCommand.self, VersionCommand.self,
        ])

    static func main() async {
        do {
            var command = try Self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Self.fail("\(failure)")
        } catch let failure as ControlServerError {
            Self.fail("\(failure)")
        } catch let failure as GatewayStartError {
            Self.fail("\(failure)")
        } catch {
            Self.exit(withError: error)
        }
    }

    private static func fail(_ sentence: String) -> Never {
        Output.line("trunkline: \(sentence)", toStandardError: true)
        Foundation.exit(2)
    }
}
