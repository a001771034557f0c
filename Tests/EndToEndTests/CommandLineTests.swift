import FlowSimulator
import Foundation
import JSON
import NIOCore
import Testing

/// The program as a user meets it: help, versions, checks, exit codes, and what it prints.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CommandLineTests {
    private static func run(_ arguments: [String], in workshop: Workshop) async throws -> (
        status: Int32, lines: [String]
    ) {
        let program = try ChildProgram(Workshop.program, arguments, directory: workshop.folder)
        let status = try await program.exitStatus()
        return (status, program.lines)
    }

    @Test(arguments: [
        (["--help"], ["USAGE: trunkline", "call", "serve", "simulate", "check", "version"]),
        (["help", "call"], ["--to <to>", "--bot <bot>", "--json", "--ladder", "--header <name: value>"]),
        (["call", "--help"], ["exit code is 0", "--config <file>", "--maximum-seconds"]),
        (["serve", "--help"], ["SIGTERM", "--config <file>", "--log-level"]),
        (["simulate", "--help"], ["--flow", "--tls", "--refuse"]), (["check", "--help"], ["<config>"]),
    ]) func help(arguments: [String], words: [String]) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let (status, lines) = try await Self.run(arguments, in: workshop)
        #expect(status == 0)
        let text = lines.joined(separator: "\n")
        for word in words { #expect(text.contains(word), "\(word) in \(text)") }
    }

    @Test func version() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let (status, lines) = try await Self.run(["version"], in: workshop)
        #expect(status == 0)
        #expect(lines.first?.contains(/\d+\.\d+\.\d+/) == true, "\(lines)")
        #expect(try await Self.run(["--version"], in: workshop).status == 0)
    }

    /// What swift-argument-parser refuses ends with its own code and a usage line.
    @Test(arguments: [["call"], ["call", "--to", "+918000000001"], ["nonsense"], ["simulate", "--refuse", "200"]])
    func wrongUsage(arguments: [String]) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let (status, lines) = try await Self.run(arguments, in: workshop)
        #expect(status == 64)
        #expect(lines.contains { $0.hasPrefix("Error: ") } && lines.contains { $0.hasPrefix("Usage: ") }, "\(lines)")
    }

    /// Each misdeed of the simulator is an option whose text is judged as the YAML's is; the two flags take none.
    @Test(arguments: Misbehaviour.Key.allCases) func everyMisdeedIsAnOption(key: Misbehaviour.Key) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let words = key.rawValue.replacing("TCP", with: "Tcp").replacing("TLS", with: "Tls")
        let option = "--" + words.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
        let isFlag = key == .noAnswer || key == .recordRouteTCPContactTLS
        let (status, lines) = try await Self.run(
            isFlag ? ["simulate", "--help"] : ["simulate", option, "[nonsense]"], in: workshop)
        #expect(status == (isFlag ? 0 : 64))
        #expect(lines.contains { $0.contains(isFlag ? option : "\(option): ") }, "\(option): \(lines)")
    }

    @Test func checkPrintsWhatWouldBeUsedAndNoSecret() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tcp, in: workshop)
        let configuration = try carrier.configuration(
            trunk: ["headers: {X-Key: a-secret-of-the-carrier}"], more: "api: {token: \(ServedGateway.token)}\n")
        let file = try workshop.write(configuration, to: "trunkline.yaml")
        let (status, lines) = try await Self.run(["check", file], in: workshop)
        await carrier.simulator.shutdown()
        #expect(status == 0)
        let text = lines.joined(separator: "\n")
        for word in [
            "exotel", "tone", "+918000000001", "pstn.in2.exotel.com", "127.0.0.1", "maxCalls: 500", "10000-32767",
        ] {
            #expect(text.contains(word), "\(word) in \(text)")
        }
        for secret in [ServedGateway.token, "a-secret-of-the-carrier"] { #expect(!text.contains(secret)) }
    }

    /// Each error names file and line, says what is wrong, and how to mend it.
    @Test(arguments: [
        (yaml: "trunkz: {}\n", line: 1, fix: "did you mean \"trunks\"?"),
        (yaml: "log:\n  level: loud\n", line: 2, fix: "use one of debug, info, notice, warning, error"),
        (yaml: "limits:\n  maxCalls: many\n", line: 2, fix: "write such a number instead of \"many\""),
        (yaml: "prompts:\n  directory: nowhere\n", line: 2, fix: "create it, or correct the path"),
        (yaml: "media:\n  ports: 32767-10000\n", line: 2, fix: "such as 10000-32767"),
        (yaml: "api:\n  token: short\n", line: 2, fix: "use at least 16 visible ASCII characters"),
        (yaml: "a: [\n", line: 2, fix: "check indentation, quotes and colons"),
    ]) func checkNamesFileLineAndFix(yaml: String, line: Int, fix: String) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let file = try workshop.write(yaml, to: "trunkline.yaml")
        for arguments in [
            ["check", file], ["serve", "--config", file], ["call", "-c", file, "--to", "+1", "--bot", "b"],
        ] {
            let (status, lines) = try await Self.run(arguments, in: workshop)
            #expect(status == 2)
            let complaint = lines.first ?? ""
            #expect(lines.count == 1 && complaint.hasPrefix("trunkline: \(file):\(line):"), "\(lines)")
            #expect(complaint.contains("Fix: ") && complaint.contains(fix), "\(complaint)")
        }
    }

    @Test func aMissingConfigurationIsNamed() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let (status, lines) = try await Self.run(["serve"], in: workshop)
        #expect(status == 2)
        #expect(lines.count == 1 && lines[0].contains("trunkline.yaml: ") && lines[0].contains("Fix: "), "\(lines)")
    }

    /// The API's port is another program's: what to change is said, as for the SIP listeners.
    @Test func apiPortInUse() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let other = try await BareSocket.listenWithoutReading()
        let port = try #require(other.localAddress?.port)
        let file = try workshop.write(
            "sip: {listeners: [{transport: udp, address: 127.0.0.1, port: 0}]}\n"
                + "api: {port: \(port), token: \(ServedGateway.token)}\n", to: "trunkline.yaml")
        let (status, lines) = try await Self.run(["serve", "-c", file], in: workshop)
        try await other.close()
        #expect(status == 2)
        let line = try #require(lines.last { $0.hasPrefix("trunkline: ") })
        for words in ["127.0.0.1:\(port)", "the address is in use", "Fix: change api.port"] {
            #expect(line.contains(words), "\(line)")
        }
    }

    /// What was asked for and could not be written is said, and the exit code tells of it: a capture file, the record on
    /// standard output, the record in its file.
    @Test func whatCannotBeWrittenIsAFailure() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tcp, in: workshop)
        let yaml = try carrier.configuration().replacing("--seconds, \"50\"", with: "--listen, \"1\"")
        let good = try workshop.write("\(yaml)\nrecords: {file: \(workshop.path("calls.jsonl"))}\n", to: "good.yaml")
        let full = try workshop.write("\(yaml)\nrecords: {file: /dev/full}\n", to: "full.yaml")
        let call = ["call", "--to", SimulatedCarrier.exophone, "--bot", "tone", "-c"]

        let capture = try await Self.run(call + [good, "--pcap", "/nope/x"], in: workshop)
        #expect(capture.status == 2)
        #expect(capture.lines.contains { $0.contains("--pcap: /nope/x cannot be written") }, "\(capture.lines)")

        let record = try await Self.run(call + [full], in: workshop)
        #expect(record.status == 1)
        let words = "the call's record could not be written to /dev/full"
        #expect(record.lines.contains { $0.contains(words) }, "\(record.lines)")
        #expect(record.lines.contains { $0.contains("No space left on device") }, "\(record.lines)")

        let script = try workshop.write("exec \"$@\" >/dev/full\n", to: "full.sh")
        let program = try ChildProgram(
            "sh", [script, Workshop.program] + call + [good, "--json"], directory: workshop.folder)
        #expect(try await program.exitStatus() == 1)
        #expect(program.lines.contains { $0.contains("standard output cannot be written") }, "\(program.lines)")
        await carrier.simulator.shutdown()
    }

    /// `call --json` prints the record and nothing else on standard output; the log at its most talkative holds no
    /// token, no SRTP key and no secret of the carrier's, and neither does the capture that `--pcap` writes.
    @Test func callAsJSONAndNoSecretInTheLog() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tls, in: workshop)
        let configuration = try carrier.configuration(
            trunk: ["headers: {X-Key: a-secret-of-the-carrier}"],
            more: "api: {token: \(ServedGateway.token)}\nrecords: {file: \(workshop.path("calls.jsonl"))}\n"
        ).replacing("--seconds, \"50\"", with: "--listen, \"1\"")
        let file = try workshop.write(configuration, to: "trunkline.yaml")
        let capture = workshop.path("call.pcapng")
        let arguments = [
            "--to", SimulatedCarrier.exophone, "--bot", "tone", "--log-level", "trace", "--json", "--pcap", capture,
            "--header", "X-Token: a-secret-of-the-call",
        ]
        // The shell keeps the two outputs apart; its arguments are ours.
        let script = try workshop.write(
            "exec \"$@\" >\(workshop.path("out")) 2>\(workshop.path("err"))\n", to: "apart.sh")
        let program = try ChildProgram(
            "sh", [script, Workshop.program, "call", "--config", file] + arguments, directory: workshop.folder)
        #expect(try await program.exitStatus() == 0)

        let record = try JSONReader.parse(Array(try Data(contentsOf: URL(filePath: workshop.path("out")))))
        #expect(record["end"]?["cause"]?.asString == "hangup")
        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        let stored = try Data(contentsOf: URL(filePath: workshop.path("calls.jsonl")))
        #expect(try JSONReader.parse(Array(stored.dropLast())) == record, "the same record as in the file")
        let log = try String(contentsOfFile: workshop.path("err"), encoding: .utf8)
        #expect(log.contains("debug") && log.contains("answered"))
        for secret in ["inline:", ServedGateway.token, "a-secret-of-the-carrier"] {
            #expect(!log.contains(secret))
        }
        let bytes = try Data(contentsOf: URL(filePath: capture))
        #expect(bytes.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]), "a pcapng file begins with a section header")
        let messages = String(decoding: bytes, as: UTF8.self)
        for word in ["INVITE sip:", "SIP/2.0 200 OK", "BYE sip:", "inline:xxxx", "X-Key: xxxx", "X-Token: xxxx"] {
            #expect(messages.contains(word), "\(word)")
        }
        for secret in ["a-secret-of-the-carrier", "a-secret-of-the-call"] { #expect(!messages.contains(secret)) }
        #expect(!messages.contains(/inline:[^x]/))
        // A refused call is told by the exit code, too.
        try await carrier.simulator.misbehave(Misbehaviour.refusing)
        let refused = try await Self.run(
            ["call", "-c", file, "--to", SimulatedCarrier.exophone, "--bot", "tone"], in: workshop)
        #expect(refused.status == 1)
        #expect(refused.lines.contains { $0.contains("rejected, by remote (SIP 486)") }, "\(refused.lines)")
        await carrier.simulator.shutdown()
    }

    /// A bot that is no name of the configuration: a program with its arguments, and the URL of a server.
    @Test func botOfTheCommandLine() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tcp, in: workshop)
        let file = try workshop.write(
            try carrier.configuration(more: "records: {file: \(workshop.path("calls.jsonl"))}\n"),
            to: "trunkline.yaml")
        let call = ["call", "-c", file, "--to", SimulatedCarrier.exophone, "--maximum-seconds", "3", "--bot"]
        let script = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/acting_bot.py").path()
        let (server, url) = try await CarrierBench.server(
            ["--manner", "speak", "--seconds", "1"], log: workshop.path("url.jsonl"))
        let command = "python3 '\(script)' --manner speak --seconds 1 --log '\(workshop.path("command.jsonl"))'"
        for (bot, log) in [(url, "url.jsonl"), (command, "command.jsonl")] {
            let (status, lines) = try await Self.run(call + [bot], in: workshop)
            // The call's end is the gateway's maximum, which is no hang-up.
            #expect(status == 1)
            #expect(lines.contains { $0.contains("maximum-duration, by gateway") }, "\(lines)")
            _ = try await CarrierBench.event("answered", in: workshop.path(log))
        }
        let unknown = try await Self.run(call + ["nobody"], in: workshop)
        #expect(unknown.status == 2)
        #expect(unknown.lines.count == 1 && unknown.lines[0].contains("no bot named \"nobody\""), "\(unknown.lines)")
        try await server.stop()
        await carrier.simulator.shutdown()
    }

    /// The whole log of a served gateway, requests with right and wrong tokens and an SRTP call included.
    @Test func noSecretInTheLogOfAServedGateway() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tls, in: workshop)
        let configuration = try carrier.configuration(more: "log: {level: debug, format: json}")
        let gateway = try await ServedGateway(configuration, in: workshop)
        let wrong = "a-wrong-token-that-is-no-less-secret"
        #expect(try await gateway.request("GET", "/v1/calls", token: wrong).status == 401)
        let id = try await gateway.place(SimulatedCarrier.order)
        _ = try await gateway.record(of: id) { $0["answered"]?.isNull == false }
        #expect(try await gateway.request("DELETE", "/v1/calls/\(id)").status == 202)
        _ = try await gateway.endedRecord(of: id)
        try await gateway.program.stop()
        #expect(try await gateway.program.exitStatus() == 0)
        await carrier.simulator.shutdown()

        let lines = gateway.program.lines
        #expect(lines.contains { $0.contains("\"level\":\"debug\"") })
        for line in lines where !line.hasPrefix("listening on ") {
            #expect((try? JSONReader.parse(Array(line.utf8)))?["message"]?.asString != nil, "\(line)")
        }
        let log = lines.joined(separator: "\n")
        for secret in ["inline:", ServedGateway.token, wrong] { #expect(!log.contains(secret)) }
    }
}

extension Misbehaviour {
    fileprivate static var refusing: Misbehaviour {
        var misbehaviour = Misbehaviour()
        misbehaviour.refusal = Misbehaviour.Refusal(status: 486)
        return misbehaviour
    }
}
