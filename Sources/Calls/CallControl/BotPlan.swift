import BotDialects
import BotTransports
import Timekeeping

/// A bot of the configuration: how to start it and how to speak with it.
package struct BotPlan: Sendable {
    package var name: String
    package var endpoint: BotEndpoint
    /// A fresh machine for each call is copied from this one.
    package var dialect: BotDialect
    /// From the INVITE until the bot is ready.
    package var startDeadline: Duration
    /// How long it may read nothing before its call ends.
    package var stallDeadline: Duration
    /// Processes that are started ahead and wait for calls; of a bot with a command only.
    package var warmCount = 0

    package init(
        name: String, endpoint: BotEndpoint, dialect: BotDialect, startDeadline: Duration = .seconds(10),
        stallDeadline: Duration = .seconds(20)
    ) {
        self.name = name
        self.endpoint = endpoint
        self.dialect = dialect
        self.startDeadline = startDeadline
        self.stallDeadline = stallDeadline
    }
}
