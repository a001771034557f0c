import Addressing
import BotDialects
import CallControl
import Foundation
import Gateway
import MediaPlane
import PCM
import SDP
import SIPUserAgent
import SRTP
import Telemetry
import Testing
import Timekeeping
import Trunks

/// A directory of files for one test, removed with it.
final class ConfigurationFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        self.path = url.path
    }

    deinit {
        // Nothing depends on it: the system clears its temporary directory anyway.
        _ = try? FileManager.default.removeItem(atPath: self.path)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(self.path)/\(name)"))
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(self.path)/\(name)", withIntermediateDirectories: true)
    }

    func configuration(
        _ yaml: String, environment: [String: String] = [:]
    ) throws(GatewayConfigurationError) -> GatewayConfiguration {
        try GatewayConfiguration(yaml: yaml, file: "trunkline.yaml", directory: self.path, environment: environment)
    }

    /// The complaint that a text meets; nil when it is taken.
    func complaint(_ yaml: String, environment: [String: String] = [:]) -> String? {
        do {
            _ = try self.configuration(yaml, environment: environment)
            return nil
        } catch {
            return error.description
        }
    }
}

/// Reading valid files: values, defaults, and what `check` prints.
@Suite struct GatewayConfigurationTests {
    private let folder: ConfigurationFolder

    init() throws {
        self.folder = try ConfigurationFolder()
    }

    /// The file of the README.
    private static let short = """
        trunks:
          exotel:
            type: exotel
            accountSid: acct1
            exophone: "+918000000001"
            callerID: "+919000000002"
            region: mumbai
            transport: tls
        bots:
          ivr:
            command: [python3, plugins/ivr-caller/ivr_caller.py]
        """

    @Test func theShortestUsefulFile() throws {
        let configuration = try self.folder.configuration(Self.short)
        let trunk = try #require(configuration.trunk(named: "exotel"))
        #expect(trunk.numberMode == .flow && trunk.usesSRTP && trunk.pace.limit == 200)
        #expect(trunk.pointsOfPresence.map { "\($0.host):\($0.port)" } == ["pstn.in2.exotel.com:443"])
        #expect(trunk.deadlines.ring == .seconds(60) && trunk.deadlines.maximumDuration == .seconds(3_600))
        #expect(configuration.bot(named: "ivr")?.startDeadline == .seconds(10))
        #expect(configuration.callsMax == 500 && configuration.description.contains("ports: 10000-32767"))
        #expect(configuration.api == nil && configuration.recordingsDirectory == nil && configuration.listeners.isEmpty)
        #expect(configuration.recordsFile == "\(self.folder.path)/calls.jsonl")
        #expect(configuration.warnings.isEmpty)
    }

    /// How a trunk handles its calls: the defaults, and every word.
    @Test func callHandling() throws {
        let lines = [
            "earlyMedia: send", "setupLimit: 10m", "dtmf: info",
            "transfer: {way: bridge, afterwards: returnToBot, acceptFromPeer: true}",
        ]
        let plain = Self.short.replacing(
            "    transport: tls", with: (["transport: tls"] + lines).map { "    \($0)" }.joined(separator: "\n"))
        let exotel = try #require(try self.folder.configuration(Self.short).trunk(named: "exotel"))
        #expect(!exotel.sendsEarlyMedia && exotel.deadlines.setup == .seconds(3_600))
        #expect(exotel.transfer.way == .none && !exotel.transfer.returnsToBot)
        let configuration = try self.folder.configuration(
            plain + "\nroutes:\n  - {trunk: exotel, bot: ivr, earlyMedia: true}\n")
        let trunk = try #require(configuration.trunk(named: "exotel"))
        #expect(trunk.sendsEarlyMedia && trunk.deadlines.setup == .seconds(600))
        #expect(trunk.transfer.way == .bridge && trunk.transfer.returnsToBot && trunk.transfer.acceptsFromPeer)
        #expect(trunk.digits == .info && exotel.digits == .rfc4733 && !exotel.transfer.acceptsFromPeer)
        #expect(configuration.routes.map(\.startsEarly) == [true])
        for (word, way) in [
            ("none", TransferPolicy.Way.none), ("refer", .refer), ("referThenBridge", .referThenBridge),
        ] {
            let text = Self.short.replacing("    transport: tls", with: "    transport: tls\n    transfer: \(word)")
            #expect(try self.folder.configuration(text).trunk(named: "exotel")?.transfer.way == way)
        }
        let inBand = Self.short.replacing("    transport: tls", with: "    transport: tls\n    dtmf: inband")
        #expect(try self.folder.configuration(inBand).trunk(named: "exotel")?.digits == .inBand)
        for line in [
            "earlyMedia: maybe", "setupLimit: 0s", "transfer: always", "transfer: {to: 1}",
            "dtmf: tones",
        ] {
            let text = Self.short.replacing("    transport: tls", with: "    transport: tls\n    \(line)")
            #expect(throws: GatewayConfigurationError.self) { try self.folder.configuration(text) }
        }
    }

    /// Session timers and reliable provisional answers: the defaults, every word, and what contradicts itself.
    @Test func sessions() throws {
        let plain = try self.folder.configuration(Self.short)
        #expect(plain.session.timer.isOn && plain.session.timer.interval == .seconds(1_800))
        #expect(plain.session.reliableProvisionals == .whenRequired)
        let off = try self.folder.configuration(Self.short + "\nsip: {sessionTimer: off}\n")
        #expect(!off.session.timer.isOn)
        let set = try self.folder.configuration(
            Self.short + "\nsip: {sessionTimer: {interval: 10m, minimum: 5m, refresher: us}, "
                + "reliableProvisionals: whenSupported}\n")
        #expect(set.session.timer.interval == .seconds(600) && set.session.timer.intervalMin == .seconds(300))
        #expect(set.session.timer.refresher == .us && set.session.reliableProvisionals == .whenSupported)
        #expect(set.description.contains("sessionTimer: 10m, at least 5m, refreshed by us"))
        for line in [
            "sessionTimer: maybe", "sessionTimer: {interval: 10s}", "sessionTimer: {interval: 2m, minimum: 5m}",
            "sessionTimer: {refresher: both}", "reliableProvisionals: always",
        ] {
            #expect(throws: GatewayConfigurationError.self) {
                try self.folder.configuration(Self.short + "\nsip: {\(line)}\n")
            }
        }
    }

    /// A trunk has its calls its own way; what it leaves out is as the gateway has it.
    @Test func trunksOwnSessions() throws {
        func trunk(_ gateway: String, _ own: String) throws -> SessionSettings {
            let text = Self.short.replacing("    transport: tls", with: "    transport: tls\n    \(own)")
            let configuration = try self.folder.configuration(text + "\nsip: {\(gateway)}\n")
            return try #require(configuration.trunk(named: "exotel")).session
        }
        let inherited = try trunk("sessionTimer: {interval: 10m}, reliableProvisionals: whenSupported", "")
        #expect(inherited.timer.interval == .seconds(600) && inherited.reliableProvisionals == .whenSupported)
        let mixed = try trunk(
            "sessionTimer: {interval: 10m, refresher: us}", "sessionTimer: {minimum: 2m}")
        #expect(mixed.timer.interval == .seconds(600) && mixed.timer.intervalMin == .seconds(120))
        #expect(mixed.timer.refresher == .us && mixed.reliableProvisionals == .whenRequired)
        #expect(try trunk("sessionTimer: off", "sessionTimer: {interval: 2m}").timer.isOn)
        #expect(try !trunk("sessionTimer: on", "sessionTimer: off").timer.isOn)
        for (word, policy) in [
            ("off", ReliableProvisionalsPolicy.off), ("whenRequired", .whenRequired),
            ("whenSupported", .whenSupported), ("required", .required),
        ] {
            #expect(try trunk("sessionTimer: on", "reliableProvisionals: \(word)").reliableProvisionals == policy)
        }
        #expect(throws: GatewayConfigurationError.self) {
            try trunk("sessionTimer: {minimum: 20m}", "sessionTimer: {interval: 10m}")
        }
        let text = Self.short.replacing(
            "    transport: tls", with: "    transport: tls\n    reliableProvisionals: required")
        #expect(try self.folder.configuration(text).description.contains("    reliableProvisionals: required"))
    }

    private static let whole = """
        sip:
          certificateFile: cert.pem
          keyFile: key.pem
          listeners:
            - {transport: udp, address: 192.0.2.1}
            - {transport: tls, port: 5071}
        media: {ports: 20000-20999, bindAddress: 192.0.2.1, threads: 2, scheduling: inherited, srtpEngine: libsrtp2}
        recordings: {directory: recordings, calls: false, freeDiskMiB: 10}
        prompts: {directory: prompts}
        records: {file: records.jsonl}
        bots:
          stock:
            url: ws://127.0.0.1:8765/media?token=${BOT_TOKEN}
            dialect: exotel
            rate: 16000
            headers: {Authorization: "Bearer ${BOT_TOKEN}"}
            startDeadline: 2500ms
          child:
            command: [python3, bot.py, --loud]
            environment: {KEY: "${BOT_TOKEN}"}
        trunks:
          exotel:
            type: exotel
            accountSid: acct1
            exophone: "8000000001"
            mode: pstn
            region: [singapore, mumbai-cloud]
            allowedPrefixes: ["+91", "+6512"]
            callerIDs: ["08000000002"]
            headers: {X-Campaign: "spring-${SEASON}"}
            sources: [203.0.113.0/24]
            externalAddress: 198.51.100.1
            bindAddress: 192.0.2.1
            tls: {authorityFile: cert.pem, serverName: edge.example.com}
            responseDeadline: 3s
            ringDeadline: 1m
            maximumDuration: 2h
            mediaTimeout: 20s
            pace: {callsPerMinute: 60, margin: 500ms, waiting: 5, group: acct1}
            srtpSuites: [AEAD_AES_256_GCM, AES_CM_128_HMAC_SHA1_80]
            nameOverrides: {pstn.sgp1.exotel.com: 127.0.0.1}
          pbx:
            type: sip
            transport: udp
            addresses: [pbx.example.com, "192.0.2.9:5070", "[2001:db8::1]:5062"]
            number: "+4930123456"
            fromDomain: example.com
            uriParameters: {user: phone}
            nationalNumbering: {countryCode: "49", digits: 8}
            allowedPrefixes: "+49"
        routes:
          - {trunk: exotel, number: "+918000000001", bot: stock}
          - {trunk: pbx, bot: child}
        api: {port: 9000, tokenFile: token}
        limits: {maxCalls: 42}
        log: {format: json, level: debug}
        """

    private func wholeConfiguration() throws -> GatewayConfiguration {
        for directory in ["prompts", "recordings"] { try self.folder.makeDirectory(directory) }
        for file in ["cert.pem", "key.pem"] { try self.folder.write("-", to: file) }
        try self.folder.write("  a-token-from-a-file-7  \n", to: "token")
        return try self.folder.configuration(
            Self.whole, environment: ["BOT_TOKEN": "hunter2hunter2", "SEASON": "2026"])
    }

    @Test func everyKey() throws {
        let configuration = try self.wholeConfiguration()
        #expect(
            configuration.listeners.map { "\($0.transport) \($0.address)" } == [
                "udp 192.0.2.1:5060", "tls 0.0.0.0:5071",
            ])
        #expect(configuration.recordingsDirectory == "\(self.folder.path)/recordings" && !configuration.recordsCalls)
        #expect(configuration.promptsDirectory == "\(self.folder.path)/prompts")
        #expect(configuration.recordsFile == "\(self.folder.path)/records.jsonl")
        #expect(configuration.callsMax == 42 && configuration.logFormat == .json && configuration.logLevel == .debug)
        #expect(configuration.bot(named: "stock")?.startDeadline == .milliseconds(2_500))
        #expect(
            configuration.routes.map { "\($0.trunk) \($0.number) \($0.bot)" } == [
                "exotel +918000000001 stock", "pbx * child",
            ])
    }

    @Test func trunksOfTheWholeFile() throws {
        let configuration = try self.wholeConfiguration()
        let exotel = try #require(configuration.trunk(named: "exotel"))
        #expect(exotel.numberMode == .pstn && exotel.ownNumber?.text == "+918000000001")
        #expect(exotel.pointsOfPresence.map { "\($0.host)" } == ["pstn.sgp1.exotel.com", "pstn.in4.exotel.com"])
        #expect(
            exotel.callerIDs.map(\.text) == ["+918000000002"] && exotel.allowedPrefixes.map(\.text) == ["+91", "+6512"])
        #expect(exotel.headers.map { "\($0.name): \($0.value)" } == ["X-Campaign: spring-2026"])
        #expect(
            exotel.tls.authorityFile == "\(self.folder.path)/cert.pem"
                && exotel.tls.serverName.map { "\($0)" } == "edge.example.com")
        #expect(exotel.cryptoSuites == [.aeadAES256GCM, .aesCM128HMACSHA1_80])
        #expect(configuration.media.srtpEngine == .libsrtp2)
        #expect(exotel.deadlines.firstResponse == .seconds(3) && exotel.deadlines.ring == .seconds(60))
        #expect(exotel.deadlines.maximumDuration == .seconds(7_200) && exotel.deadlines.mediaTimeout == .seconds(20))
        #expect(exotel.pace.limit == 60 && exotel.pace.margin == .milliseconds(500) && exotel.pace.waitingMax == 5)
        #expect(exotel.pace.group == "acct1" && exotel.isSource(.loopback))
        let pbx = try #require(configuration.trunk(named: "pbx"))
        #expect(
            pbx.pointsOfPresence.map { "\($0.host):\($0.port)" } == [
                "pbx.example.com:5060", "192.0.2.9:5070", "[2001:db8::1]:5062",
            ])
        #expect(pbx.nationalNumbering == (try NationalNumbering(countryCode: "49", digits: 8)))
        let plan = try pbx.plan(try pbx.order(to: "089123456"), pointOfPresence: 0)
        #expect("\(plan.requestURI)" == "sip:+4989123456@pbx.example.com;user=phone")
        #expect(pbx.fromHost.map { "\($0)" } == "example.com")
    }

    /// `check` shows everything that would be used and no secret.
    @Test func descriptionHidesSecrets() throws {
        let text = try self.wholeConfiguration().description
        for secret in ["hunter2", "a-token-from-a-file", "spring-2026"] { #expect(!text.contains(secret), "\(secret)") }
        for fact in [
            "ports: 20000-20999", "threads: 2", "freeDiskMiB: 10", "api: 127.0.0.1 port 9000", "maxCalls: 42",
            "pstn.sgp1.exotel.com:443 (Singapore)", "mode: pstn",
            "pstn.sgp1.exotel.com is taken to be 127.0.0.1", "ringDeadline: 60s", "maximumDuration: 2h",
            "pace: 60 calls a minute, 5 may wait", "url: ws://127.0.0.1:8765/media?(hidden)", "dialect: exotel",
            "header Authorization: (hidden)", "environment KEY: (hidden)", "SRTP with SDES keys",
            "exotel +918000000001 -> stock", "externalAddress: 198.51.100.1",
        ] { #expect(text.contains(fact), "\(fact)") }
        var dumped = ""
        dump(try self.wholeConfiguration().api, to: &dumped)
        #expect(!dumped.contains("a-token-from-a-file"))
    }

    @Test func warnings() throws {
        let yaml = Self.short.replacingOccurrences(
            of: "transport: tls",
            with:
                "transport: tls\n    mode: pstn\n    srtp: insecureNone\n    tls: {insecureSkipCertificateCheck: true}")
        let more = "\nmedia: {ports: 30000-60000}\napi: {address: 0.0.0.0, token: 0123456789abcdef}\n"
        let warnings = try self.folder.configuration(yaml + more).warnings
        #expect(warnings.count == 5)
        #expect(try self.folder.configuration(yaml).description.contains("certificates: NOT CHECKED"))
    }

    @Test func traceIsOffUnlessAskedFor() throws {
        let off = try self.folder.configuration(Self.short)
        #expect(off.hep == nil && !off.insecureKeepsTraceSecrets)
        #expect(off.description.contains("hep: none") && off.description.contains("secrets: hidden"))
        let on = try self.folder.configuration(
            Self.short
                + "\ntrace: {hep: {address: '[::1]:9061', captureId: 7, password: hunter2}, insecureKeepSecrets: true}\n"
        )
        #expect(on.hep == HEPConfiguration(host: "::1", port: 9_061, captureID: 7, password: "hunter2"))
        #expect(!on.description.contains("hunter2") && on.description.contains("secrets: KEPT"))
        #expect(on.warnings.contains { $0.contains("decrypt") })
    }

    @Test func filesAreReadWithTheirDirectory() throws {
        try self.folder.makeDirectory("prompts")
        try self.folder.write("prompts: {directory: prompts}\n", to: "trunkline.yaml")
        let configuration = try GatewayConfiguration(file: "\(self.folder.path)/trunkline.yaml", environment: [:])
        #expect(configuration.promptsDirectory == "\(self.folder.path)/prompts")
    }

    /// Exotel's own way to ask for a rate is the bot's URL; a rate in the configuration outweighs it.
    @Test(arguments: [
        ("url: 'ws://127.0.0.1:1/', dialect: exotel", SampleRate.hz8000),
        ("url: 'ws://127.0.0.1:1/?sample-rate=24000', dialect: exotel", .hz24000),
        ("url: 'ws://127.0.0.1:1/?sample-rate=24000', dialect: exotel, rate: 16000", .hz16000),
        ("url: 'ws://127.0.0.1:1/?sample-rate=24000', dialect: twilio", .hz8000),
        ("url: 'ws://127.0.0.1:1/', dialect: vonage", .hz16000),
        ("url: 'ws://127.0.0.1:1/', dialect: telnyx, encoding: l16, rate: 16000", .hz16000),
        ("url: 'ws://127.0.0.1:1/', dialect: plivo, rate: 16000", .hz16000),
    ])
    func rates(bot: String, rate: SampleRate) throws {
        let configuration = try ConfigurationFolder().configuration("bots: {a: {\(bot)}}")
        #expect(configuration.bot(named: "a")?.dialect.rate == rate)
    }
}
