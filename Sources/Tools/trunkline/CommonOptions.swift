import ArgumentParser
import Foundation
import Gateway
import Logging

/// What `call`, `serve` and `check` have in common.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("The configuration (docs/configuration.md).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config = "trunkline.yaml"

    @Option(help: "What the log on standard error holds: trace, debug, info, notice, warning, error.")
    var logLevel: Logger.Level?

    func load() throws -> GatewayConfiguration {
        do {
            return try GatewayConfiguration(file: self.config)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    func logger(_ configuration: GatewayConfiguration) -> Logger {
        var logger = Logger(label: "trunkline") { _ in GatewayLog.handler(configuration.logFormat) }
        logger.logLevel = self.logLevel ?? configuration.logLevel.level
        return logger
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
