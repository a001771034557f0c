import BotProtocol

/// Where a call's bot is.
package enum BotEndpoint: Hashable, Sendable {
    /// A server that the gateway dials.
    case webSocket(WebSocketEndpoint)
    /// A server that the gateway dials and that speaks a byte stream.
    case stream(StreamEndpoint)
    /// A child process that speaks on its standard input and output.
    case process(ProcessEndpoint)
    /// A client that dials the gateway and waits for calls.
    case awaited(AwaitedBot)
}

/// A program to start for one call, or ahead of it: by its arguments alone, never through a shell.
package struct ProcessEndpoint: Hashable, Sendable {
    /// The program (searched in PATH when it has no slash) and its arguments.
    package let arguments: [String]
    /// Variables besides those of `inheritedNames` that the gateway itself has.
    package let environment: [NamedValue]
    /// Nil: the gateway's own.
    package let workingDirectory: String?
    /// The name of the pool whose waiting processes its calls take; nil starts one for each call.
    package let pool: String?

    /// Throws `invalidInvocation` for an empty list, a NUL, or more than the limits.
    package init(
        arguments: [String], environment: [NamedValue] = [], workingDirectory: String? = nil, pool: String? = nil
    ) throws(BotConnectionError) {
        guard let program = arguments.first, !program.isEmpty else { throw .invalidInvocation("no program") }
        guard arguments.count <= Self.argumentCountMax, environment.count <= Self.variableCountMax else {
            throw .invalidInvocation("too many arguments or variables")
        }
        for variable in environment where variable.name.isEmpty || variable.name.contains("=") {
            throw .invalidInvocation("variable name \"\(variable.name)\"")
        }
        let texts = arguments + environment.flatMap { [$0.name, $0.value] } + [workingDirectory ?? ""]
        guard texts.allSatisfy({ !$0.utf8.contains(0) }) else { throw .invalidInvocation("a NUL character") }
        guard texts.reduce(0, { $0 + $1.utf8.count }) <= Self.lengthMax else { throw .invalidInvocation("too long") }
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.pool = pool
    }

    /// What a child gets from the gateway's environment. Nothing else, so that no secret in it reaches a bot.
    package static let inheritedNames = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "VIRTUAL_ENV"]

    /// Where PATH is not set, as the start of a child has it.
    package static let searchPath = "/usr/local/bin:/usr/bin:/bin"

    private static let argumentCountMax = 128
    private static let variableCountMax = 128
    /// Bytes of all texts together.
    private static let lengthMax = 65_536
}
