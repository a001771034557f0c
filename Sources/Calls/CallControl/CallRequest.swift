import BotProtocol

/// A request to place one call.
package struct CallRequest: Hashable, Sendable {
    /// The trunk's name in the configuration.
    package var trunk: String
    /// The number to call, or in flow mode the Exophone whose flow is wanted.
    package var to: String
    /// The caller id to show; nil takes the trunk's.
    package var from: String?
    /// The bot's name in the configuration.
    package var bot: String
    /// Headers for this call's INVITE, beside the trunk's.
    package var headers: [NamedValue] = []
    /// Handed to the bot in its `start`.
    package var parameters: [NamedValue] = []
    /// Nil takes the trunk's.
    package var ringSeconds: Int?
    /// Nil takes the trunk's; never longer than it.
    package var maximumDurationSeconds: Int?
    /// Whether the call is recorded; nil leaves it to `recordings.calls`. Nothing is where no directory is configured.
    package var records: Bool?

    package init(trunk: String, to: String, bot: String) {
        self.trunk = trunk
        self.to = to
        self.bot = bot
    }
}

/// Why an order is refused before anything is sent.
package enum CallRequestError: Error, Hashable, Sendable {
    case unknownTrunk(String)
    case unknownBot(String)
    /// A number, header or limit that the trunk does not take; the sentence says which and why.
    case refusedByTrunk(String)
    /// `limits.maxCalls` calls exist.
    case tooManyCalls(Int)
    /// The gateway is stopping.
    case draining

    package var sentence: String {
        switch self {
        case .unknownTrunk(let name): "There is no trunk named \(Self.quoted(name))."
        case .unknownBot(let name): "There is no bot named \(Self.quoted(name))."
        case .refusedByTrunk(let sentence): sentence
        case .tooManyCalls(let limit): "All \(limit) calls that limits.maxCalls allows are in use."
        case .draining: "The gateway is stopping and takes no new calls."
        }
    }

    /// A name in quotes, cut and escaped, so that hostile text cannot break a log line.
    private static func quoted(_ text: String) -> String {
        let head = text.unicodeScalars.prefix(64).map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return "\"\(head.joined())\""
    }
}
