import Addressing
import FlowSimulator
import Foundation
import JSON
import SIPSyntax
import Timekeeping

/// A simulated carrier in this process and a served gateway with one Exotel trunk that leads to it.
///
/// The carrier answers at once and says a tone of 440 Hz for as long as the call lasts, unless its flow is another.
struct CarrierBench {
    enum Way: String, CaseIterable {
        case tcp, tls
    }

    static let toneHertz = 440.0
    static let exophone = "+918000000001"
    static let caller = "+919000000002"
    /// Says the tone for ever.
    static let endlessTone = """
        start: talk
        steps:
          talk: {say: tone, next: talk}
        """

    /// Says a burst of the tone, waits for its echo and hangs up.
    static let burst = """
        start: talk
        steps:
          talk: {say: burst, next: hear}
          hear: {listen: 2s, next: end}
          end: {hangup: 16}
        """
    /// Says nothing for ever.
    static let listening = """
        start: hear
        steps:
          hear: {listen: 600s}
        """

    let workshop: Workshop
    let simulator: Simulator
    let gateway: ServedGateway

    /// - Parameters:
    ///   - bots: lines of the gateway's `bots` section, without indentation.
    ///   - flow: the simulator's flow, without indentation.
    ///   - more: sections for the gateway's configuration.
    ///   - secondPort: where another carrier listens, which becomes the trunk `second`.
    init(
        over way: Way = .tcp, bots: String, flow: String = Self.endlessTone, secondPort: UInt16? = nil,
        more: String = "", workshop: Workshop
    ) async throws {
        self.workshop = workshop
        let prompts = try workshop.makeFolder("prompts")
        try Self.writePrompts(into: prompts)
        let edge = """
            edge:
              exophones: ["\(Self.exophone)"]
              ringing: 100ms
              callsPerMinute: 100000
            flow:
            \(flow.indented(by: 2))
            """
        var configuration = try SimulatorConfiguration(yaml: edge, file: "the test", promptsDirectory: prompts)
        configuration.edge.listeners = [SimulatorListener(way == .tls ? .tls : .tcp, port: 0)]
        configuration.tlsDirectory = try workshop.makeFolder("tls")
        configuration.reportsDirectory = try workshop.makeFolder("carrier")
        self.simulator = Simulator(configuration: configuration)
        let addresses = try await self.simulator.start()
        let port = (way == .tls ? addresses.tls : addresses.tcp)?.port ?? 0
        var trunks = Self.trunk("exotel", at: .mumbai, over: way, port: port, workshop: workshop)
        if let secondPort {
            trunks += "\n" + Self.trunk("second", at: .singapore, over: .tcp, port: secondPort, workshop: workshop)
        }
        self.gateway = try await ServedGateway(
            Self.configuration(trunks: trunks, bots: bots, workshop: workshop) + more, in: workshop)
    }

    /// `tone` is 30 s long; `burst` is 2 s of silence and 3 s of tone.
    static func writePrompts(into folder: String) throws {
        let tone = SoundSamples.tone(Self.toneHertz, seconds: 30)
        try SoundSamples.writeWave(tone, to: "\(folder)/tone.wav")
        let silence = [Int16](repeating: 0, count: 16_000)
        try SoundSamples.writeWave(silence + tone.prefix(24_000), to: "\(folder)/burst.wav")
    }

    enum Place: String {
        case mumbai = "pstn.in2.exotel.com"
        case singapore = "pstn.sgp1.exotel.com"
    }

    static func trunk(
        _ name: String, at place: Place, over way: Way, port: UInt16, workshop: Workshop
    ) -> String {
        let trust = way == .tls ? "\n  tls: {authorityFile: \(workshop.path("tls/ca.pem"))}" : ""
        return """
            \(name):
              type: exotel
              accountSid: exotelt
              exophone: "\(Self.exophone)"
              callerID: "\(Self.caller)"
              region: \(place)
              transport: \(way.rawValue)
              port: \(port)
              bindAddress: 127.0.0.1
              sources: [127.0.0.1/32]
              pace: {callsPerMinute: 10000}
              nameOverrides: {\(place.rawValue): 127.0.0.1}\(trust)
            """
    }

    static func configuration(trunks: String, bots: String, workshop: Workshop) -> String {
        """
        sip:
          listeners:
            - {transport: tcp, address: 127.0.0.1, port: 0}
        trunks:
        \(trunks.indented(by: 2))
        routes:
          - {trunk: exotel, bot: \(bots.prefix { $0 != ":" })}
        bots:
        \(bots.indented(by: 2))
        recordings:
          directory: \(workshop.path("recordings"))
          freeDiskMiB: 64
        log: {level: info}
        """
    }

    /// Places a call to the flow and waits until it is answered. Returns its id.
    func call(_ bot: String, trunk: String = "exotel") async throws -> String {
        let id = try await self.gateway.place([
            "trunk": .string(trunk), "to": .string(Self.exophone), "bot": .string(bot),
        ])
        _ = try await self.gateway.record(of: id) {
            $0["answered"]?.asString != nil || $0["end"]?.isNull == false
        }
        return id
    }

    /// Calls the gateway over TCP; the route's bot is the first of the configuration. Returns what the carrier saw.
    func callIn() async throws -> CallReport {
        let peer = TransportAddress(.loopback, port: UInt16(try await self.gateway.sipPort("tcp")))
        let order = PlacedCall(to: Self.exophone, from: Self.caller, peer: peer, over: .tcp)
        let callID = try await self.simulator.placeCall(order)
        guard let report = await self.simulator.report(ofCall: callID) else {
            throw ChildProgram.Fault.lineMissing("a carrier's report", after: .zero, seen: [])
        }
        return report
    }

    /// What the carrier saw of a call of the gateway, once the call has ended.
    func report(of record: JSONValue) async throws -> CallReport {
        guard let callID = record["signalling"]?["call_id"]?.asString,
            let report = await self.simulator.report(ofCall: callID)
        else { throw ChildProgram.Fault.lineMissing("a carrier's report", after: .zero, seen: ["\(record)"]) }
        return report
    }

    /// What the carrier received in a call, at 8 kHz from the answer.
    func heard(in report: CallReport) throws -> [Int16] {
        try SoundSamples.channels(of: self.workshop.path("carrier/\(report.recording ?? "")"))[1]
    }

    /// The recording of a call: the far end and the bot.
    func recording(of record: JSONValue) throws -> [[Int16]] {
        try SoundSamples.channels(of: record["media"]?["recording"]?["path"]?.asString ?? "")
    }

    /// Asks the API to hang up and returns the call's record.
    func hangUp(_ id: String) async throws -> JSONValue {
        _ = try await self.gateway.request("DELETE", "/v1/calls/\(id)")
        return try await self.gateway.endedRecord(of: id)
    }

    func close() async {
        await self.simulator.shutdown()
        try? await self.gateway.program.stop()
        self.workshop.remove()
    }

    /// The one line of a bot that is a child process of Bots/acting_bot.py.
    static func child(_ name: String, _ arguments: String, log: String, more: String = "startDeadline: 30s") -> String {
        "\(name): {command: [python3, \(Self.bot), \(arguments), --log, \(log)], \(more)}"
    }

    /// Starts Bots/acting_bot.py as a WebSocket server.
    static func server(_ arguments: [String], log: String) async throws -> (program: ChildProgram, url: String) {
        let program = try ChildProgram("python3", [Self.bot, "--websocket", "--log", log] + arguments)
        return (program, try await program.line(with: "ws://"))
    }

    private static let bot = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/acting_bot.py").path()
}

/// `trunkline simulate` in a process of its own.
struct CarrierProcess {
    let program: ChildProgram
    let port: UInt16

    /// - Parameter flow: without indentation.
    init(
        over way: CarrierBench.Way = .tcp, flow: String, edge: String = "ringing: 100ms", in workshop: Workshop,
        options: [String] = []
    ) async throws {
        try CarrierBench.writePrompts(into: try workshop.makeFolder("prompts"))
        let file = try workshop.write(
            "edge:\n\(edge.indented(by: 2))\nflow:\n\(flow.indented(by: 2))\n", to: "flow.yaml")
        var arguments = ["simulate", "--flow", file, "--prompts", workshop.path("prompts")] + options
        arguments += ["--\(way.rawValue)", "0"]
        if way == .tls { arguments += ["--tls-directory", workshop.path("tls")] }
        self.program = try ChildProgram(Workshop.program, arguments)
        let line = try await self.program.line(with: "listening: \(way.rawValue) ")
        self.port = line.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
    }
}

extension CarrierBench {
    /// The events and deeds that an acting bot has written down, the oldest first.
    static func events(in log: String) -> [JSONValue] {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONReader.parse(Array($0.utf8)) }
    }

    /// Waits for an event or a deed with this name.
    static func event(_ name: String, in log: String, within time: Duration = .seconds(60)) async throws -> JSONValue {
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            let found = Self.events(in: log).first { $0["event"]?.asString == name || $0["did"]?.asString == name }
            if let found { return found }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProgram.Fault.lineMissing(name, after: time, seen: Self.events(in: log).map { "\($0)" })
    }
}

extension String {
    func indented(by count: Int) -> String {
        self.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String(repeating: " ", count: count) + $0 }.joined(separator: "\n")
    }
}
