import FlowSimulator
import Foundation
import JSON
import Testing

/// Hostile text on the command line and in the configuration: an error in words with exit code 2, and nothing done.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HostileStringCommandTests {
    @Test func theCommandLine() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let carrier = try await SimulatedCarrier(.tcp, in: workshop)
        let configuration = try carrier.configuration(more: "records: {file: \(workshop.path("calls.jsonl"))}\n")
        let file = try workshop.write(configuration, to: "trunkline.yaml")
        let number = SimulatedCarrier.exophone
        var cases: [[String]] = [
            ["--to", number, "--bot", "tone", "--header", "X-A: b\r\nX-Evil: 1"],
            ["--to", number, "--bot", "tone", "--header", "X-A\r\nX-Evil: 1"],
            ["--to", number, "--bot", "tone", "--header", "X-Exotel-CallSid: 1"],
            ["--to", number, "--bot", "tone", "--header", "Via: SIP/2.0/UDP evil"],
            ["--to", number, "--bot", "tone", "--header", ": nameless"],
            ["--to", number, "--bot", "tone", "--header", "X-A:"],
            ["--to", number, "--bot", "tone", "--from", "+91900;evil"],
            ["--to", number, "--bot", "../tone"], ["--to", number, "--bot", "tone; touch x"],
            ["--to", number, "--bot", "tone", "--trunk", "../exotel"],
            ["--to", number, "--bot", "tone", "--trunk", "exotel\r\n"],
            ["--to", number, "--bot", "tone", "--ring-seconds", "0"],
            ["--to", number, "--bot", "tone", "--parameter", "nothing"],
        ]
        cases += HostileStringAPITests.hostile.filter { $0 != "\0" && $0 != "" }
            .map { ["--to", number + $0, "--bot", "tone"] }
        let before = Set(try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path()))
        for arguments in cases {
            let program = try ChildProgram(
                Workshop.program, ["call", "--config", file] + arguments, directory: workshop.folder)
            #expect(try await program.exitStatus() == 2, "\(arguments): \(program.lines)")
            let complaint = program.lines.first { $0.hasPrefix("trunkline: ") }
            #expect(complaint?.hasSuffix(".") == true, "\(arguments): \(program.lines)")
        }
        #expect(await carrier.simulator.reports.isEmpty)
        #expect(await carrier.simulator.gauges.calls == 0)
        #expect(Set(try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path())) == before)
        await carrier.simulator.shutdown()
    }

    private static let configurations: [(yaml: String, line: Int)] = [
        (#"trunks: {"../x": {type: exotel}}"#, 1), (#"trunks: {"a b": {type: exotel}}"#, 1),
        (#"trunks: {"a;b": {type: exotel}}"#, 1), (#"trunks: {"a\nb": {type: exotel}}"#, 1),
        (#"bots: {"../x": {url: "ws://127.0.0.1:1"}}"#, 1), (#"bots: {"%2e": {url: "ws://127.0.0.1:1"}}"#, 1),
        (#"bots: {"a\0b": {url: "ws://127.0.0.1:1"}}"#, 1),
        (#"bots: {a: {url: "ws://127.0.0.1:1/\r\nX-Evil: 1"}}"#, 1),
        (#"bots: {a: {url: "ws://127.0.0.1:1/", headers: {"X\r\nEvil": "1"}}}"#, 1),
        (#"bots: {a: {url: "ws://127.0.0.1:1/", headers: {"X": "1\r\nEvil: 1"}}}"#, 1),
        (#"bots: {a: {command: ["python3", "a\0b"]}}"#, 1),
        ("\n" + #"prompts: {directory: "x\0y"}"#, 2), ("\n\n" + #"recordings: {directory: "no/such/folder/../x"}"#, 3),
        (Self.trunk(#"exophone: "+91800&0000001""#), 4), (Self.trunk(#"exophone: "+918000000001;x""#), 4),
        (Self.trunk(#"accountSid: "a/../b""#), 4), (Self.trunk(#"accountSid: "a\r\nb""#), 4),
        (Self.trunk(#"headers: {"X-A": "1\r\nX-Evil: 1"}"#), 4), (Self.trunk(#"headers: {"X A": "1"}"#), 4),
        (Self.trunk(#"headers: {"X-Exotel-CallSid": "1"}"#), 4), (Self.trunk(#"headers: {"Via": "1"}"#), 4),
        (Self.trunk(#"uriParameters: {"user": "phone;evil=1"}"#), 4),
        (Self.trunk(#"allowedPrefixes: ["+91;"]"#), 4), (Self.trunk(#"nameOverrides: {"a\nb": 127.0.0.1}"#), 4),
        (Self.trunk(#"pace: {group: "a\nb"}"#), 4),
    ]

    /// A place, a problem and a fix for each; `check` is all that a user needs to find them.
    @Test(arguments: Self.configurations) func theConfiguration(yaml: String, line: Int) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let file = try workshop.write(yaml + "\n", to: "trunkline.yaml")
        let program = try ChildProgram(Workshop.program, ["check", file], directory: workshop.folder)
        #expect(try await program.exitStatus() == 2)
        #expect(program.lines.count == 1)
        let complaint = try #require(program.lines.first)
        #expect(complaint.hasPrefix("trunkline: \(file):\(line):"), "\(complaint)")
        #expect(complaint.contains(". Fix: "), "\(complaint)")
    }

    /// A trunk whose line 4 is hostile.
    private static func trunk(_ line: String) -> String {
        let key = line.prefix { $0 != ":" }
        let others = [
            "accountSid: acct", "exophone: \"+918000000001\"", "callerID: \"+919000000002\"", "region: mumbai",
        ]
        .filter { !$0.hasPrefix(key) }
        return (["trunks:", "  t:", "    type: exotel", "    \(line)"] + others.map { "    \($0)" })
            .joined(separator: "\n")
    }

    /// A bot's command is a list of arguments for one program: no shell reads them.
    @Test func aBotsCommandNeverMeetsAShell() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let hostile = ["; touch x", "$(touch y)", "`touch z`", "| touch p", "> q", "&& touch r", "'", "\\\""]
        try workshop.write(
            """
            import json, struct, sys

            json.dump(sys.argv[1:], open("arguments.json", "w"))

            def send(command):
                payload = json.dumps(command).encode()
                sys.stdout.buffer.write(struct.pack(">cI", b"T", len(payload)) + payload)
                sys.stdout.buffer.flush()

            while len(head := sys.stdin.buffer.read(5)) == 5:
                kind, length = struct.unpack(">cI", head)
                payload = sys.stdin.buffer.read(length)
                if kind == b"T" and json.loads(payload)["event"] == "start":
                    send({"command": "ready"})
                if kind == b"T" and json.loads(payload)["event"] == "answered":
                    for name in ["../secret", "/etc/passwd", "%2e%2e/secret", "a\\r\\nb", "a\\0b", "a&b;c", "'", "secret/../../secret"]:
                        send({"command": "play", "prompt": name})
                    send({"command": "hangup", "reason": "done\\r\\nX-Evil: 1"})
            """, to: "work/bot.py")
        _ = try workshop.makeFolder("work/prompts")
        try FileManager.default.copyItem(
            atPath: Workshop.project.appending(path: "prompts/goodbye.wav").path(),
            toPath: workshop.path("work/secret.wav"))
        let carrier = try await SimulatedCarrier(.tcp, in: workshop)
        let arguments = JSONValue.array((["python3", "bot.py"] + hostile).map { .string($0) })
        let configuration = try carrier.configuration(
            more: "prompts: {directory: \(workshop.path("work/prompts"))}"
        ).replacing(
            "bots:\n",
            with: "bots:\n  evil:\n    directory: \(workshop.path("work"))\n    command: "
                + String(decoding: arguments.encoded(), as: UTF8.self) + "\n")
        let gateway = try await ServedGateway(configuration, in: workshop)
        let id = try await gateway.place(["trunk": "exotel", "to": .string(SimulatedCarrier.exophone), "bot": "evil"])
        let record = try await gateway.endedRecord(of: id)

        #expect(record["end"]?["cause"]?.asString == "hangup", "\(record["end"] as Any)")
        #expect(record["end"]?["by"]?.asString == "bot")
        #expect(record["media"]?["bot_level_db"]?.isNull == true, "a prompt from outside of its folder was heard")
        let seen = try JSONReader.parse(
            Array(try Data(contentsOf: URL(filePath: workshop.path("work/arguments.json")))))
        #expect(seen == .array(hostile.map { .string($0) }))
        let files = Set(try FileManager.default.contentsOfDirectory(atPath: workshop.path("work")))
        #expect(files == ["bot.py", "prompts", "secret.wav", "arguments.json"])
        let report = try #require(await carrier.simulator.reports(atLeast: 1).first)
        #expect(report.endedBy == .gateway)
        #expect(!gateway.program.lines.contains { $0.hasPrefix("X-Evil") })
        // The recording bears the call's name and lies in its folder.
        #expect(record["media"]?["recording"]?["path"]?.asString == workshop.path("recordings/\(id).wav"))
        try await gateway.program.stop()
        await carrier.simulator.shutdown()
    }
}
