import BotDialects
import BotTransports
import CallControl
import Gateway
import PCM
import Testing

/// `trunkline call --bot`: a name, a URL or a program.
@Suite struct CommandLineBotTests {
    private func configuration() throws -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.bots = [
            BotPlan(
                name: "ivr", endpoint: .process(try ProcessEndpoint(arguments: ["true"])), dialect: .native)
        ]
        return configuration
    }

    @Test func aNameIsTheConfigurations() throws {
        var configuration = try self.configuration()
        #expect(try configuration.useBot("ivr", dialect: nil) == "ivr")
        #expect(configuration.bots.count == 1)
        #expect(throws: CommandLineBotError.dialectOfNamedBot("ivr")) {
            try configuration.useBot("ivr", dialect: .exotel)
        }
    }

    @Test func aURLIsDialled() throws {
        var configuration = try self.configuration()
        let name = try configuration.useBot("ws://127.0.0.1:8765/media?sample-rate=16000", dialect: .exotel)
        let bot = try #require(configuration.bot(named: name))
        #expect(bot.endpoint == .webSocket(try WebSocketEndpoint(url: "ws://127.0.0.1:8765/media?sample-rate=16000")))
        #expect(bot.dialect.name == .exotel)
        #expect(bot.dialect.rate.hertz == 16_000)
    }

    /// A dialect is one word, and brings the subprotocols that its bots want.
    @Test(arguments: BotDialectName.allCases)
    func aDialectIsOneWord(name: BotDialectName) throws {
        var configuration = try self.configuration()
        let bot = try configuration.useBot("ws://127.0.0.1:8765/", dialect: name)
        let plan = try #require(configuration.bot(named: bot))
        #expect(plan.dialect.name == name)
        guard case .webSocket(let endpoint) = plan.endpoint else {
            Issue.record("\(plan.endpoint)")
            return
        }
        #expect(endpoint.subprotocols == name.subprotocols)
    }

    /// Every word of it is an argument: nothing is left for a shell to do.
    @Test(arguments: [
        ("python3 bot.py", ["python3", "bot.py"]), ("./bot", ["./bot"]),
        ("  python3\t-u   'my bot.py' ", ["python3", "-u", "my bot.py"]),
        (#"a "b \" \\ \n" ''"#, ["a", #"b " \ \n"#, ""]), (#"a b\ c\'"#, ["a", "b c'"]),
        ("echo $HOME; rm -rf `x` | y > z & *", ["echo", "$HOME;", "rm", "-rf", "`x`", "|", "y", ">", "z", "&", "*"]),
    ])
    func aProgramIsSplitIntoWords(text: String, words: [String]) throws {
        #expect(try CommandWords.split(text) == words)
    }

    @Test(arguments: [("env FOO=1 'a b'", ["env", "FOO=1", "a b"]), ("/bin/sh", ["/bin/sh"])])
    func aProgramIsStarted(text: String, words: [String]) throws {
        var configuration = try self.configuration()
        let name = try configuration.useBot(text, dialect: nil)
        #expect(configuration.bot(named: name)?.endpoint == .process(try ProcessEndpoint(arguments: words)))
        #expect(configuration.bot(named: name)?.dialect.name == .native)
    }

    @Test(arguments: [
        ("nobody", CommandLineBotError.unknownName("nobody", known: ["ivr"])), ("a 'b", .quoteMissing),
        ("a \"b", .quoteMissing), ("a b\\", .quoteMissing), ("", .unknownName("", known: ["ivr"])),
        ("http://127.0.0.1/", .notStartable("invalid bot URL: the scheme must be ws, wss or ws+unix")),
        ("../ivr", .noProgram("../ivr")), ("/etc", .noProgram("/etc")), ("/etc/passwd", .noProgram("/etc/passwd")),
        ("ivr; touch x", .noProgram("ivr;")),
        ("a \u{0}", .notStartable("the bot's command cannot be started: a NUL character")),
    ])
    func whatCannotBeABotIsSaid(text: String, error: CommandLineBotError) throws {
        var configuration = try self.configuration()
        #expect(throws: error) { try configuration.useBot(text, dialect: nil) }
        #expect(configuration.bots.count == 1)
    }
}
