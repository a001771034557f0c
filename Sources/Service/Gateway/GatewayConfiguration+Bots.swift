import BotDialects
import BotProtocol
import BotTransports
import CallControl
import PCM
import TLS
import Timekeeping
import Trunks

extension GatewayConfiguration {
    /// Reads one bot: a `url` that the gateway dials, a `command` that it starts, or one that `dials` the gateway.
    static func bot(
        named key: GatewayConfigurationNode, _ node: GatewayConfigurationNode, accountSID: String
    ) throws(GatewayConfigurationError) -> BotPlan {
        let name = try key.converted({ (text) throws(TrunkError) in try TrunkName(text).text }, problem: \.sentence)
        let bot = try GatewayConfigurationSection(
            node,
            keys: [
                "url", "headers", "command", "dials", "token", "tokenFile", "waiting", "warm", "directory",
                "environment", "dialect", "rate", "encoding",
                "accountSid", "tls", "bearer",
                "startDeadline", "stallDeadline",
            ])
        let dialect = try bot["dialect"]?.word(BotDialectName.allCases.map { ($0.rawValue, $0) }) ?? .native
        let endpoint = try Self.endpoint(of: bot, named: name, speaking: dialect)
        var plan = BotPlan(
            name: name, endpoint: endpoint, dialect: try Self.dialect(dialect, of: bot, accountSID: accountSID))
        if let warm = bot["warm"] { plan.warmCount = try warm.integer(in: WarmPool.countRange) }
        if let deadline = bot["startDeadline"] {
            plan.startDeadline = try deadline.duration(in: .milliseconds(100)...(.seconds(120)))
        }
        if let deadline = bot["stallDeadline"] {
            plan.stallDeadline = try deadline.duration(in: .seconds(1)...(.seconds(600)))
        }
        return plan
    }

    private static func endpoint(
        of bot: GatewayConfigurationSection, named name: String, speaking dialect: BotDialectName
    ) throws(GatewayConfigurationError) -> BotEndpoint {
        if let dials = bot["dials"], try dials.flag() {
            guard bot["url"] == nil, bot["command"] == nil else {
                throw bot.node.complaint(
                    "\(bot.node.path) dials the gateway and has a url or a command", fix: "keep one of them")
            }
            return try Self.awaitedBot(name, bot, dials, speaking: dialect)
        }
        try bot.refuse("token", "tokenFile", "waiting", because: "it belongs to a bot with 'dials: true'")
        switch (bot["url"], bot["command"]) {
        case (let url?, nil):
            try bot.refuse("directory", "environment", "warm", because: "it belongs to a bot with a command")
            return try Self.dialledEndpoint(url, of: bot, speaking: dialect)
        case (nil, let command?):
            try bot.refuse("headers", "tls", "bearer", because: "it belongs to a bot with a url")
            let items = try command.list()
            var arguments: [String] = []
            for item in items { arguments.append(try item.text()) }
            let directory = try bot["directory"]?.existingDirectory() ?? command.source.directory
            let environment = try Self.namedValues(bot["environment"])
            let endpoint: ProcessEndpoint
            do {
                endpoint = try ProcessEndpoint(
                    arguments: arguments, environment: environment, workingDirectory: directory,
                    pool: bot["warm"] == nil ? nil : name)
            } catch {
                throw command.complaint("\(command.path) cannot be started", fix: error.description)
            }
            let searchPath = environment.last { $0.name == "PATH" }?.value ?? command.source.environment["PATH"]
            guard Self.isProgram(arguments[0], searching: searchPath, from: directory) else {
                throw items[0].complaint(
                    "\(command.path): there is no program \(GatewayConfigurationNode.quoted(arguments[0]))",
                    fix:
                        "name an executable file: in a folder of PATH, with its whole path, or from the bot's directory"
                )
            }
            return .process(endpoint)
        case (.some, .some):
            throw bot.node.complaint("\(bot.node.path) has a url and a command", fix: "keep one of the two")
        case (nil, nil):
            throw bot.node.complaint(
                "\(bot.node.path) has neither url nor command",
                fix: "add 'url: ws://127.0.0.1:8765', 'command: [python3, bot.py]' or 'dials: true'")
        }
    }

    private static func dialledEndpoint(
        _ url: GatewayConfigurationNode, of bot: GatewayConfigurationSection, speaking dialect: BotDialectName
    ) throws(GatewayConfigurationError) -> BotEndpoint {
        let scheme = try url.text().prefix(while: { $0 != ":" })
        var tls = TLSConfiguration()
        if scheme == "wss" || scheme == "tls" {
            if let node = bot["tls"] {
                let trust = try Self.trust(node)
                guard trust.serverName == nil else {
                    throw node.complaint(
                        "\(node.path).serverName has no meaning for a bot", fix: "write the name into the url")
                }
                tls = trust.configuration
            }
        } else {
            try bot.refuse("tls", because: "its url is not wss:// or tls://")
        }
        if scheme == "tcp" || scheme == "tls" {
            try bot.refuse("headers", "bearer", because: "a byte stream has no headers")
            return .stream(
                try url.converted(
                    { (text) throws(BotConnectionError) in try StreamEndpoint(url: text, tls: tls) },
                    problem: \.description))
        }
        var headers = try Self.namedValues(bot["headers"])
        if let token = try bot["bearer"]?.text() { headers.append(NamedValue("Authorization", "Bearer \(token)")) }
        return .webSocket(
            try url.converted(
                { (text) throws(BotConnectionError) in
                    try WebSocketEndpoint(url: text, headers: headers, subprotocols: dialect.subprotocols, tls: tls)
                },
                problem: \.description))
    }

    private static func dialect(
        _ name: BotDialectName, of bot: GatewayConfigurationSection, accountSID: String
    ) throws(GatewayConfigurationError) -> BotDialect {
        guard name != .native else {
            try bot.refuse("rate", "accountSid", because: "a native bot chooses its rate itself, in its ready command")
            try bot.refuse("encoding", because: "a native bot speaks PCM16")
            return .native
        }
        let accountID = try bot["accountSid"]?.text() ?? accountSID
        let encoding = try bot["encoding"]?.word(Self.words(of: name.formats.map(\.encoding)) { $0.rawValue })
        let rate = try bot["rate"]?.word(Self.words(of: name.formats.map(\.rate)) { "\($0.hertz)" })
        let inURL = name == .exotel ? try Self.rate(in: bot["url"]) : nil
        guard
            let dialect = BotDialect(name, accountID: accountID, encoding: encoding, rate: rate ?? inURL)
        else {
            let known = name.formats.map(\.description).joined(separator: ", ")
            throw bot.node.complaint(
                "\(bot.node.path) has an encoding and a rate that its dialect does not have together",
                fix: "use one of \(known)")
        }
        return dialect
    }

    /// Each value once, in its order, with its word.
    private static func words<Value: Hashable>(
        of values: [Value], _ word: (Value) -> String
    ) -> [(word: String, value: Value)] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }.map { (word($0), $0) }
    }

    /// Exotel's own way to ask for a rate is the URL: `ws://…?sample-rate=16000`.
    private static func rate(in url: GatewayConfigurationNode?) throws(GatewayConfigurationError) -> SampleRate {
        guard let url else { return .hz8000 }
        guard let rate = ExotelDialectOptions.rate(inURL: try url.text()) else {
            throw url.complaint(
                "\(url.path) asks for a sample rate that the dialect does not have", fix: "use 8000, 16000 or 24000")
        }
        return rate
    }

    static func namedValues(
        _ node: GatewayConfigurationNode?
    ) throws(GatewayConfigurationError) -> [NamedValue] {
        guard let node else { return [] }
        var values: [NamedValue] = []
        for (key, value) in try node.entries() { values.append(NamedValue(try key.text(), try value.text())) }
        return values
    }
}
