import Addressing
import BotTransports
import CallControl
import Gateway
import Logging
import Testing

/// Bots that dial the gateway, and bots with warm processes: the settings, their defaults, and what is said of mistakes.
@Suite struct BotServerConfigurationTests {
    private static let token = "a-token-of-16-or-more"
    private let folder: ConfigurationFolder

    init() throws {
        self.folder = try ConfigurationFolder()
        try self.folder.write("-", to: "cert.pem")
        try self.folder.write("\(Self.token)\n", to: "token")
    }

    @Test func defaults() throws {
        let configuration = try self.folder.configuration(
            "botServer: {port: 8090}\nbots:\n  desk: {dials: true, tokenFile: token}\n  cat: {command: cat}")
        #expect(configuration.botServer?.address == TransportAddress(.loopback, port: 8_090))
        #expect(configuration.botServer?.identity == nil)
        let token = try #require(BotToken(Self.token))
        guard case .awaited(let bot) = configuration.bot(named: "desk")?.endpoint else {
            Issue.record("not a bot that dials")
            return
        }
        #expect(bot == AwaitedBot(path: "/native/desk", token: token, waitingMax: 16))
        #expect(configuration.bot(named: "cat")?.warmCount == 0)
        #expect(configuration.warnings.filter { $0.contains("ots") } == [])
    }

    @Test func everythingSet() throws {
        let configuration = try self.folder.configuration(
            """
            botServer: {address: 192.0.2.1, port: 0, certificateFile: cert.pem, keyFile: cert.pem}
            bots:
              desk: {dials: true, token: "${TOKEN}", waiting: 256, dialect: telnyx, rate: 16000, startDeadline: 1s}
              cat: {command: cat, warm: 64}
            """, environment: ["TOKEN": Self.token])
        #expect(configuration.botServer?.identity != nil)
        guard case .awaited(let bot) = configuration.bot(named: "desk")?.endpoint else {
            Issue.record("not a bot that dials")
            return
        }
        #expect(bot.path == "/telnyx/desk")
        #expect(bot.waitingMax == 256)
        #expect(configuration.bot(named: "cat")?.warmCount == 64)
        let text = configuration.description
        #expect(text.contains("botServer: wss://192.0.2.1:0"))
        #expect(text.contains("dials: /telnyx/desk, token ••••"))
        #expect(text.contains("waiting: 256") && text.contains("warm: 64"))
        #expect(!text.contains(Self.token))
    }

    @Test(arguments: [
        ("bots: {b: {dials: true, token: \(token)}}", "1:11: bots.b dials the gateway", "'botServer: {port: 8090}'"),
        ("botServer: {}\nbots: {b: {dials: true}}", "2:11: bots.b has no token", "token: ${BOT_TOKEN}"),
        ("botServer: {}\nbots: {b: {dials: true, token: short}}", "2:32: the token of bots.b can be guessed", "16"),
        ("botServer: {}\nbots: {b: {dials: true, token: a, tokenFile: token}}", "2:32: bots.b.token", "tokenFile"),
        ("botServer: {}\nbots: {b: {dials: true, url: \"ws://a\"}}", "2:11: bots.b dials the gateway and", "keep"),
        ("botServer: {}\nbots: {b: {dials: true, token: \(token), warm: 1}}", "bots.b.warm has no meaning", "remove"),
        ("botServer: {}\nbots: {b: {dials: true, token: \(token), waiting: 257}}", "1 to 256", "257"),
        ("botServer: {}\nbots: {b: {dials: true, token: \(token), dialect: audiosocket}}", "cannot dial", "tcp://"),
        ("bots: {b: {command: cat, token: \(token)}}", "bots.b.token has no meaning", "dials: true"),
        ("bots: {b: {command: cat, waiting: 3}}", "bots.b.waiting has no meaning", "dials: true"),
        ("bots: {b: {command: cat, warm: 65}}", "1 to 64", "65"),
        ("bots: {b: {url: \"ws://a\", warm: 1}}", "bots.b.warm has no meaning", "a command"),
        ("bots: {b: {}}", "has neither url nor command", "dials: true"),
        ("botServer: {adress: 127.0.0.1}", "1:13: there is no key \"adress\" in botServer", "address"),
        ("botServer: {certificateFile: cert.pem}", "has one of certificateFile and keyFile", "give both"),
        ("botServer: {certificateFile: gone.pem, keyFile: cert.pem}", "there is no readable file", "create it"),
    ])
    func mistakes(yaml: String, problem: String, fix: String) throws {
        let complaint = try #require(self.folder.complaint(yaml))
        #expect(complaint.hasPrefix("trunkline.yaml:") && complaint.contains("Fix: "), "\(complaint)")
        #expect(complaint.contains(problem) && complaint.contains(fix), "\(complaint)")
    }

    @Test(arguments: [
        ("botServer: {address: 0.0.0.0}\nbots: {b: {dials: true, token: \(token)}}", "in the clear"),
        ("botServer: {}", "no bot has 'dials: true'"),
    ])
    func warnings(yaml: String, words: String) throws {
        #expect(try self.folder.configuration(yaml).warnings.contains { $0.contains(words) })
    }

    /// A bot that dials `serve` is no bot for a call from the command line.
    @Test func notForTheCommandLine() throws {
        var configuration = try self.folder.configuration(
            "botServer: {}\nbots: {desk: {dials: true, token: \(Self.token)}}")
        #expect(throws: CommandLineBotError.dialsServe("desk")) { try configuration.useBot("desk", dialect: nil) }
    }

    /// A port that somebody has, and a certificate that is none, are refused at the start, at their place.
    @Test func refusedAtTheStart() async throws {
        let taken = try BotServer(listeningOn: TransportAddress(.loopback, port: 0), bots: [])
        let connector = try Connector(server: taken)
        defer { connector.shutdown() }
        for (yaml, words) in [
            ("botServer: {port: \(taken.address.port)}", "trunkline.yaml:1:12: botServer: nothing can listen on"),
            ("botServer: {port: 0, certificateFile: cert.pem, keyFile: cert.pem}", "trunkline.yaml:1:39: botServer: "),
        ] {
            let configuration = try self.folder.configuration(yaml)
            let error = await #expect(throws: GatewayStartError.self) {
                _ = try await VoiceGateway.start(
                    configuration, listening: .asConfigured,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                ) { _, _ in }
            }
            #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
        }
    }
}
