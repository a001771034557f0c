import Foundation
import Gateway
import Testing

/// Each mistake is an error that names file, line, column and the fix.
@Suite struct GatewayConfigurationErrorTests {
    private let folder: ConfigurationFolder

    init() throws {
        self.folder = try ConfigurationFolder()
        try self.folder.write("-", to: "cert.pem")
    }

    /// A text, where it fails, and words of problem and fix.
    struct Mistake: CustomTestStringConvertible, Sendable {
        var yaml: String
        var place: String
        var words: [String]

        init(_ yaml: String, _ place: String, _ words: String...) {
            self.yaml = yaml
            self.place = place
            self.words = words
        }

        var testDescription: String { self.yaml }
    }

    private static let structure: [Mistake] = [
        Mistake("", "1:1", "empty"),
        Mistake("- a", "1:1", "the file must hold keys and values", "begin with 'trunks:'"),
        Mistake("truncs: {}", "1:1", "no key \"truncs\"", "did you mean \"trunks\"?"),
        Mistake("media:\n  prots: 1-2", "2:3", "no key \"prots\" in media", "did you mean \"ports\"?"),
        Mistake("limits: {max_calls: 4}", "1:10", "did you mean \"maxCalls\"?"),
        Mistake("limits: {zzzzzzzz: 4}", "1:10", "use one of maxCalls"),
        Mistake("media: 7", "1:8", "must hold keys and values"),
        Mistake("media:", "1:7", "must hold keys and values"),
        Mistake("log: {format: text, format: json}", "1:", "stands twice", "format"),
        Mistake("bots:\n  a: [unclosed", "3:1", "not YAML"),
        Mistake("bots:\n\ta: b", "2:1", "not YAML"),
    ]

    private static let values: [Mistake] = [
        Mistake("trace: {hep: {}}", "1:14", "has no address", "127.0.0.1:9060"),
        Mistake("trace: {hep: {address: 'a:b'}}", "1:24", "no port"),
        Mistake("trace: {hep: {address: 'a b'}}", "1:24", "no host"),
        Mistake("trace: {hep: {address: a, captureId: -1}}", "1:38", "0 to 4294967295"),
        Mistake("trace: {hep: {address: a, password: ''}}", "1:37", "is empty"),
        Mistake("trace: {keepSecrets: true}", "1:9", "use one of hep, insecureKeepSecrets"),
        Mistake("limits: {maxCalls: 0}", "1:20", "1 to 2000"),
        Mistake("limits: {maxCalls: 2001}", "1:20", "1 to 2000"),
        Mistake("media: {ports: 20000-20009}\nlimits: {maxCalls: 6}", "2:20", "room for 5 calls", "lower it to 5"),
        Mistake("limits: {maxCalls: many}", "1:20", "limits.maxCalls", "\"many\""),
        Mistake(
            "bots: {a: {url: 'ws://127.0.0.1:1/?sample-rate=44100', dialect: exotel}}", "1:17", "sample rate", "24000"),
        Mistake("log:\n  level: loud", "2:10", "cannot be \"loud\"", "debug, info"),
        Mistake("log:\n  format: jsn", "2:11", "did you mean \"json\"?"),
        Mistake("media: {ports: 5000}", "1:16", "range of ports"),
        Mistake("media: {ports: 30000-20000}", "1:16", "range of ports"),
        Mistake("media: {ports: 80-90000}", "1:16", "range of ports"),
        Mistake("media: {bindAddress: localhost}", "1:22", "IP address"),
        Mistake("media: {threads: 0}", "1:18", "1 to 64"),
        Mistake("prompts: {directory: nowhere}", "1:22", "no directory", "create it"),
        Mistake("recordings: {calls: true}", "1:13", "has no directory"),
        Mistake("recordings: {directory: no/where}", "1:25", "no directory"),
        Mistake("recordings: {directory: /etc/passwd}", "1:25", "it is no directory", "in which this user may write"),
        // Root may write everywhere, but for where nobody can.
        Mistake("recordings: {directory: /proc}", "1:25", "no file can be made in", "in which this user may write"),
        Mistake("recordings: {directory: /proc/x}", "1:25", "no file can be made in", "in which this user may write"),
        Mistake("records: {file: /tmp}", "1:17", "it is a directory", "name a file"),
        Mistake("records: {file: /proc/x}", "1:17", "nothing can be appended to", "name a file"),
        Mistake("api: {token: a-token-that-is-long, connections: 0}", "1:49", "1 to 8000"),
        Mistake("api: {token: a-token-that-is-long, idleTimeout: 0s}", "1:49", "choose from 1s to 1h"),
        Mistake("sip: {listeners: [{transport: tls}]}", "1:31", "needs a certificate"),
        Mistake("sip: {certificateFile: none.pem, keyFile: cert.pem}", "1:24", "no readable file"),
        Mistake("sip: {certificateFile: cert.pem}", "1:6", "has no keyFile"),
        Mistake("sip: {keyFile: cert.pem}", "1:16", "needs a certificateFile"),
        Mistake("sip: {listeners: [{transport: udp}, {transport: udp}]}", "1:37", "twice"),
        Mistake("sip: {listeners: [{transport: sctp}]}", "1:31", "udp, tcp, tls"),
        Mistake("sip: {listeners: [{transport: udp, port: 65536}]}", "1:42", "0 to 65535"),
        Mistake("api: {token: short}", "1:14", "can be guessed", "16"),
        Mistake("api: {}", "1:6", "has no token"),
        Mistake("api:\n  token: ${NOT_SET_AT_ALL}", "2:10", "NOT_SET_AT_ALL"),
        Mistake("api: {token: ${IN_BRACES}}", "1:15", "not YAML", "needs quotes"),
        Mistake("api: {token: \"${OPEN\"}", "1:14", "without '}'"),
        Mistake("api: {token: a, tokenFile: cert.pem}", "1:14", "remove it"),
        Mistake("prompts: {directory: \"a\\nb\"}", "1:22", "control character"),
        Mistake("prompts: {directory: \"\"}", "1:22", "empty"),
        Mistake("bots: {a: {}}", "1:11", "neither url nor command"),
        Mistake("bots: {a: {url: \"ws://h\", command: [b]}}", "1:11", "a url and a command"),
        Mistake("bots: {a: {url: \"http://h\"}}", "1:17", "scheme must be ws, wss or ws+unix"),
        Mistake("bots: {a: {url: \"ws://h\", tls: {}}}", "1:32", "is not wss:// or tls://"),
        Mistake("bots: {a: {url: \"wss://h\", tls: {serverName: b}}}", "1:33", "write the name into the url"),
        Mistake("bots: {a: {url: \"tcp://h:1\", bearer: b}}", "1:38", "has no headers"),
        Mistake("bots: {a: {url: \"tcp://h\"}}", "1:17", "no port"),
        Mistake("bots: {a: {url: \"ws://h\", environment: {A: b}}}", "1:40", "belongs to a bot with a command"),
        Mistake("bots: {a: {command: [sh], headers: {A: b}}}", "1:36", "belongs to a bot with a url"),
        Mistake("bots: {a: {command: [sh], rate: 8000}}", "1:33", "chooses its rate itself"),
        Mistake("bots: {a: {url: \"ws://h\", dialect: exotel, rate: 44100}}", "1:50", "8000, 16000, 24000"),
        Mistake("bots: {a: {url: \"ws://h\", dialect: twilo}}", "1:36", "did you mean \"twilio\"?"),
        Mistake("bots: {a: {url: \"ws://h\", dialect: twilio, rate: 16000}}", "1:50", "use one of 8000"),
        Mistake("bots: {a: {url: \"ws://h\", dialect: vonage, encoding: pcmu}}", "1:54", "use one of l16"),
        Mistake(
            "bots: {a: {url: \"ws://h\", dialect: telnyx, encoding: pcma, rate: 16000}}", "1:11",
            "pcmu at 8000, pcma at 8000, l16 at 8000, l16 at 16000"),
        Mistake("bots: {a: {command: [sh], encoding: l16}}", "1:37", "speaks PCM16"),
        Mistake("bots: {a: {command: [/no/such/prog, b]}}", "1:22", "no program \"/no/such/prog\"", "executable file"),
        Mistake("bots: {a: {command: [/tmp]}}", "1:22", "no program \"/tmp\""),
        Mistake("bots: {a: {command: [/etc/passwd]}}", "1:22", "no program \"/etc/passwd\""),
        Mistake("bots: {a: {command: [no-such-prog]}}", "1:22", "no program \"no-such-prog\""),
        Mistake("bots: {a: {command: [./cert.pem]}}", "1:22", "no program \"./cert.pem\""),
        Mistake("bots: {a: {command: [sh], environment: {PATH: /no/bin}}}", "1:22", "no program \"sh\""),
        Mistake("bots: {a: {url: \"ws://h\", startDeadline: 10}}", "1:42", "not a duration"),
        Mistake("bots: {a: {url: \"ws://h\", startDeadline: 10m}}", "1:42", "100ms to 2m"),
        Mistake("bots: {\"a/b\": {url: \"ws://h\"}}", "1:8", "letters, digits"),
        Mistake("routes: [{trunk: a, bot: b}]", "1:18", "cannot be \"a\""),
    ]

    private static func exotel(_ line: String) -> String {
        "trunks:\n  a:\n    type: exotel\n    accountSid: acct1\n    exophone: \"+918000000001\"\n    region: mumbai\n    \(line)"
    }

    private static func plain(_ line: String) -> String {
        "trunks:\n  a:\n    type: sip\n    transport: tcp\n    addresses: [192.0.2.1]\n    \(line)"
    }

    private static let trunks: [Mistake] = [
        Mistake("trunks: {a: {}}", "1:13", "has no type"),
        Mistake("trunks: {a: {type: exotel}}", "1:13", "has no accountSid"),
        Mistake("trunks: {a: {type: twilio}}", "1:20", "exotel, sip"),
        Mistake(Self.exotel("transport: udp"), "7:16", "tls, tcp"),
        Mistake(Self.exotel("exofone: 1"), "7:5", "did you mean \"exophone\"?"),
        Mistake(Self.exotel("addresses: [a]"), "7:16", "belongs to a trunk of type sip"),
        Mistake(Self.exotel("callerID: \"300&Zap/g1\""), "7:15", "E.164"),
        Mistake(Self.exotel("allowedPrefixes: [\"91\"]"), "7:23", "a prefix is '+'"),
        Mistake(Self.exotel("headers: {X-Exotel-CallSid: 1}"), "7:33", "must not be sent"),
        Mistake(Self.exotel("headers: {x_exotel_legsid: 1}"), "7:32", "must not be sent"),
        Mistake(Self.exotel("headers: {Via: 1}"), "7:20", "written by the SIP stack"),
        Mistake(Self.exotel("headers: {X-Exotel-AccountSid: other}"), "7:15", "is set already"),
        Mistake(Self.exotel("headers: {X-A: \"a\\r\\nVia: b\"}"), "7:20", "control character"),
        Mistake(Self.exotel("sources: [203.0.113.7/24]"), "7:15", "address/prefix"),
        Mistake(Self.exotel("mode: both"), "7:11", "flow, pstn"),
        Mistake(Self.exotel("srtp: none"), "7:11", "insecureNone"),
        Mistake(Self.exotel("srtpSuites: [AES_128]"), "7:18", "AES_CM_128_HMAC_SHA1_80"),
        Mistake(Self.exotel("srtpSuites: []"), "7:17", "is empty"),
        Mistake(Self.exotel("srtpSuites: [AEAD_AES_128_GCM, AEAD_AES_128_GCM]"), "7:36", "twice"),
        Mistake(
            Self.exotel("srtpSuites: [AES_192_CM_HMAC_SHA1_80]") + "\nmedia: {srtpEngine: libsrtp2}", "2:3",
            "does not speak"),
        Mistake(Self.exotel("tls: {authorityFile: none.pem}"), "7:26", "no readable file"),
        Mistake(Self.exotel("tls: {insecureSkipCertificateCheck: yes}"), "7:41", "true or false"),
        Mistake(Self.exotel("tls: {serverName: 192.0.2.1}"), "7:23", "is an address"),
        Mistake(Self.exotel("pace: {callsPerMinute: 0}"), "7:28", "1 to 100000"),
        Mistake(Self.exotel("ringDeadline: 1h"), "7:19", "1s to 5m"),
        Mistake(Self.exotel("nameOverrides: {192.0.2.1: 127.0.0.1}"), "7:21", "address already"),
        Mistake(Self.exotel("nationalNumbering: france"), "7:24", "india, none"),
        Mistake(Self.plain("tls: {serverName: a.example}"), "6:10", "has no meaning over tcp"),
        Mistake(Self.plain("exophone: 1"), "6:15", "belongs to a trunk of type exotel"),
        Mistake("trunks: {a: {type: sip, transport: tcp, addresses: [\"h:x\"]}}", "1:53", "host:port"),
        Mistake("trunks: {a: {type: sip, transport: tcp, addresses: []}}", "1:52", "1 to 16 points"),
        Mistake("trunks: {a: {type: sip, transport: udp, addresses: [192.0.2.1]}}", "1:9", "UDP listener"),
    ]

    @Test(arguments: structure + values + trunks) func mistakes(_ mistake: Mistake) throws {
        let complaint = try #require(self.folder.complaint(mistake.yaml), "it was taken")
        #expect(complaint.hasPrefix("trunkline.yaml:\(mistake.place)"), "\(complaint)")
        #expect(complaint.contains(" Fix: "), "\(complaint)")
        for words in mistake.words { #expect(complaint.contains(words), "\(complaint)") }
    }

    /// Two trunks to one host, such as Exotel's over TLS and over TCP, share the way to it; they cannot contradict.
    @Test(arguments: [
        ("tls", "bindAddress: 192.0.2.1", "same bindAddress"),
        ("tls", "tls: {insecureSkipCertificateCheck: true}", "same tls"),
    ])
    func contradictingPeers(_ transport: String, _ line: String, _ words: String) throws {
        let second = Self.exotel("transport: \(transport)\n    \(line)").replacing("trunks:\n  a:", with: "  b:")
        let complaint = try #require(self.folder.complaint("\(Self.exotel("mode: flow"))\n\(second)"))
        #expect(complaint.hasPrefix("trunkline.yaml:8:3: trunks a and b lead to one host"), "\(complaint)")
        #expect(complaint.contains(words), "\(complaint)")
    }

    @Test(arguments: ["transport: tcp", "tls: {serverName: pstn.example}", "mode: pstn"])
    func agreeingPeers(_ line: String) {
        let second = Self.exotel(line).replacing("trunks:\n  a:", with: "  b:")
        #expect(self.folder.complaint("\(Self.exotel("mode: flow"))\n\(second)") == nil)
    }

    /// A secret that cannot be used is not shown in the complaint either.
    @Test func complaintsHideSecrets() throws {
        let complaint = try #require(self.folder.complaint("api: {token: \"${T}\"}", environment: ["T": "hunter2"]))
        #expect(!complaint.contains("hunter2"))
    }

    @Test func unreadableFiles() throws {
        let missing = #expect(throws: GatewayConfigurationError.self) {
            try GatewayConfiguration(file: "\(self.folder.path)/none.yaml", environment: [:])
        }
        #expect(missing?.description.contains("none.yaml: there is no such file. Fix: ") == true)
        let directory = #expect(throws: GatewayConfigurationError.self) {
            try GatewayConfiguration(file: self.folder.path, environment: [:])
        }
        #expect(directory?.description.contains("it is a directory") == true)
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: "\(self.folder.path)/binary.yaml"))
        #expect(throws: GatewayConfigurationError.self) {
            try GatewayConfiguration(file: "\(self.folder.path)/binary.yaml", environment: [:])
        }
        try self.folder.write(String(repeating: "# long\n", count: 200_000), to: "long.yaml")
        let long = #expect(throws: GatewayConfigurationError.self) {
            try GatewayConfiguration(file: "\(self.folder.path)/long.yaml", environment: [:])
        }
        #expect(long?.description.contains("1 MiB") == true)
    }
}
