import Addressing
import FlowSimulator
import Foundation
import SDP
import Testing
import Timekeeping

/// The YAML of the simulator: what it can say, and what a mistake is told.
@Suite struct SimulatorConfigurationTests {
    private static let flow = "flow: {start: a, steps: {a: {hangup: 16}}}\n"

    private func read(_ yaml: String) throws -> SimulatorConfiguration {
        try SimulatorConfiguration(yaml: yaml, file: "flow.yaml", promptsDirectory: "prompts")
    }

    @Test func theDemonstrationFlowIsSound() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("flows/ivr-demo.yaml").path
        let configuration = try SimulatorConfiguration(file: file, promptsDirectory: "prompts")
        for prompt in configuration.flow.promptNames {
            let path = root.appendingPathComponent("prompts/\(prompt).wav").path
            #expect(FileManager.default.fileExists(atPath: path), "no \(path)")
        }
        #expect(configuration.edge.exophones == ["+918000000001"])
    }

    @Test func everyKeyIsTaken() throws {
        let configuration = try self.read(
            """
            edge:
              address: 127.0.0.2
              listen: {tls: 443, tcp: 0}
              mediaPorts: 30000-30999
              account: acct1
              exophones: ["+918000000001", "+918000000002"]
              mode: pstn
              srtpSuites: [AES_CM_128_HMAC_SHA1_32]
              ringing: 250ms
              callsPerMinute: 30
              callsMax: 40
              callDurationMax: 2m
              recordingMax: 60s
            misbehave:
              refuse: {status: 503, first: 2, retryAfter: 3s}
              noAnswer: true
              recordRouteTCPContactTLS: true
            \(Self.flow)
            """)
        let edge = configuration.edge
        #expect(edge.address == IPAddress("127.0.0.2"))
        #expect(edge.listeners == [SimulatorListener(.tcp, port: 0), SimulatorListener(.tls, port: 443)])
        #expect(edge.mediaPorts == 30_000...30_999)
        #expect(edge.fromDomain == "acct1.pstn.exotel.com")
        #expect(edge.exophones.count == 2)
        #expect(edge.mode == .pstn)
        #expect(edge.suites == [.aesCM128HMACSHA1_32])
        #expect(edge.ringing == .milliseconds(250))
        #expect(edge.callsPerMinute == 30)
        #expect(edge.callsMax == 40)
        #expect(edge.callDurationMax == .seconds(120))
        #expect(edge.recordingMax == .seconds(60))
        #expect(
            configuration.misbehaviour.refusal
                == Misbehaviour.Refusal(status: 503, first: 2, retryAfter: .seconds(3)))
        #expect(configuration.misbehaviour.neverAnswers)
        #expect(configuration.misbehaviour.recordRouteTCPContactTLS)
    }

    @Test func everyStepIsTaken() throws {
        let configuration = try self.read(
            """
            flow:
              start: a
              steps:
                a: {say: hello, next: b}
                b:
                  gather:
                    prompt: menu
                    digits: 2-4
                    terminator: "#"
                    timeout: 7s
                    tries: 3
                    branches: {"12": c}
                    any: d
                    otherwise: e
                c: {press: "12#", next: d}
                d: {listen: 5s}
                e: {connect: {echo: true, duration: 10s}, next: f}
                f: {connect: {agent: {ringing: 1s, prompt: agent}, duration: 20s}, next: g}
                g: {hangup: 17}
            """)
        let steps = configuration.flow.steps
        #expect(configuration.flow.promptNames == ["agent", "hello", "menu"])
        #expect(steps[StepName("a")] == .say(.init(prompt: "hello", next: StepName("b"))))
        guard case .gather(let gather) = steps[StepName("b")] else {
            Issue.record("b is no gather step")
            return
        }
        #expect(gather.digits == 2...4)
        #expect(gather.terminator == Digit("#"))
        #expect(gather.timeout == .seconds(7))
        #expect(gather.tries == 3)
        #expect(gather.branches == ["12": StepName("c")])
        #expect(gather.anyEntry == StepName("d"))
        #expect(gather.otherwise == StepName("e"))
        #expect(
            steps[StepName("e")] == .connect(.init(agent: nil, duration: .seconds(10), next: StepName("f"))))
        #expect(steps[StepName("g")] == .hangUp(.init(cause: 17)))
    }

    /// Each mistake is told with its file and line, and names what is wrong.
    @Test(arguments: [
        ("edge:\n  accuont: x\n" + flow, 2, "unknown key accuont"),
        ("edge: {account: \"a b\"}\n" + flow, 1, "letters and digits"),
        ("edge:\n  exophones: [\"0800\"]\n" + flow, 2, "not E.164"),
        ("edge:\n  callsPerMinute: 0\n" + flow, 2, "from 1 to 100000"),
        ("edge:\n\n  ringing: 5\n" + flow, 3, "such as 500ms"),
        ("edge: {listen: {sctp: 1}}\n" + flow, 1, "unknown key sctp"),
        ("edge: {mode: both}\n" + flow, 1, "flow, pstn"),
        ("edge: {address: localhost}\n" + flow, 1, "an IP address"),
        ("edge: {mediaPorts: 30000}\n" + flow, 1, "range of ports"),
        ("edge: {srtpSuites: []}\n" + flow, 1, "at least one suite"),
        ("misbehave: {refuse: {first: 1}}\n" + flow, 1, "status is missing"),
        ("misbehave: {noAnswer: perhaps}\n" + flow, 1, "true or false"),
        ("misbehave: {refuse: {status: 200}}\n" + flow, 1, "from 300 to 699"),
        ("edge: {}\n", 1, "flow is missing"),
        ("flow: {start: b, steps: {a: {hangup: 16}}}", 1, "no step b"),
        ("flow:\n  start: a\n  steps:\n    a: {say: x, next: c}", 4, "no step c"),
        ("flow: {start: a, steps: {a: {hangup: 128}}}", 1, "from 1 to 127"),
        ("flow: {start: a, steps: {a: {hangup: 16, next: a}}}", 1, "takes no next"),
        ("flow: {start: a, steps: {a: {say: x, listen: 1s}}}", 1, "exactly one of"),
        ("flow: {start: a, steps: {a: {next: a}}}", 1, "exactly one of"),
        ("flow: {start: a, steps: {a: {gather: {digits: 0}}}}", 1, "count of digits"),
        ("flow: {start: a, steps: {a: {gather: {branches: {\"12\": a}}}}}", 1, "no caller can enter"),
        ("flow: {start: a, steps: {a: {gather: {terminator: x}}}}", 1, "one digit"),
        ("flow: {start: a, steps: {a: {connect: {duration: 1s}}}}", 1, "echo and agent"),
        ("flow: {start: a, steps: {a: {press: \"1x\"}}}", 1, "digits 0-9"),
        ("flow: {start: a, steps: {}}", 1, "1 to 500 steps"),
        ("flow: [", 2, "not YAML"),
        ("", 1, "empty"),
    ])
    func mistakesAreTold(yaml: String, line: Int, words: String) {
        let error = #expect(throws: SimulatorError.self) { try self.read(yaml) }
        guard case .configuration(let file, let found, let sentence) = error else {
            Issue.record("\(String(describing: error)) is no configuration error")
            return
        }
        #expect(file == "flow.yaml")
        #expect(found == line, "\(sentence)")
        #expect(sentence.contains(words), "\(sentence)")
    }

    @Test func missingFileIsTold() {
        #expect(throws: SimulatorError.self) {
            try SimulatorConfiguration(file: "/nowhere/flow.yaml", promptsDirectory: "prompts")
        }
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("20s", .seconds(20)), ("2m", .seconds(120)), ("0s", .zero),
    ])
    func durations(text: String, duration: Duration) {
        #expect(Duration(settingText: text) == duration)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1h", "1.5s", "9999999999999s"])
    func noDurations(text: String) {
        #expect(Duration(settingText: text) == nil)
    }
}
