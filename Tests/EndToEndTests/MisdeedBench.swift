import Addressing
import FlowSimulator
import Foundation
import JSON
import Testing
import Timekeeping

/// Simulated carriers that misbehave, each behind a trunk of its own of one served gateway, so that their calls run at the
/// same time. The bot says a tone from the answer on, and hears the carrier's.
struct MisdeedBench {
    struct Carrier {
        /// Of the trunk.
        var name: String
        /// Behind the key `misbehave` of the simulator's YAML, without braces.
        var misbehave: String
        var way: SimulatorListener.Transport = .tcp
        var flow = CarrierBench.endlessTone
        /// Lines of the trunk.
        var trunk: [String] = []

        init(
            _ name: String, _ misbehave: String, over way: SimulatorListener.Transport = .tcp,
            flow: String = CarrierBench.endlessTone, trunk: [String] = []
        ) {
            self.name = name
            self.misbehave = misbehave
            self.way = way
            self.flow = flow
            self.trunk = trunk
        }
    }

    /// What both sides say of one call that has ended.
    struct Outcome {
        let record: JSONValue
        let report: CallReport
        /// The gateway's.
        let ladder: String

        var cause: String? { self.record["end"]?["cause"]?.asString }
        var endedBy: String? { self.record["end"]?["by"]?.asString }
        var status: Int? { self.record["end"]?["sip_status"]?.asInt }
        var sentence: String { self.record["end"]?["sentence"]?.asString ?? "" }
        var media: JSONValue? { self.record["media"] }

        /// What the carrier saw the gateway do about a misdeed, in order.
        var seen: [String] { self.report.misdeeds.filter { $0.by == .gateway }.map(\.what) }

        func rungs(with text: String) -> Int {
            self.ladder.split(separator: "\n").count { $0.contains(text) }
        }

        /// Both tones were heard at the other end, for about `seconds` at least.
        func talked(atLeast seconds: Double) -> Bool {
            let speech = self.report.heard?.speech ?? []
            let heard = speech.map { $0.endInMilliseconds - $0.startInMilliseconds }.reduce(0, +)
            let received = self.media?["packets_received"]?.asInt ?? 0
            let level = self.media?["caller_level_db"]?.asDouble ?? -100
            return Double(heard) >= seconds * 1_000 && Double(received) >= seconds * 50 && level > -30
        }
    }

    static let callee = CarrierBench.exophone
    /// Mapped as well.
    static let otherNumber = "+918000000009"

    let workshop: Workshop
    let gateway: ServedGateway
    let simulators: [String: Simulator]
    private let bot: ChildProgram

    /// - Parameter more: further lines of `bots`.
    init(_ carriers: [Carrier], bots more: String = "", function: String = #function) async throws {
        self.workshop = try Workshop(function)
        try CarrierBench.writePrompts(into: try self.workshop.makeFolder("prompts"))
        var simulators: [String: Simulator] = [:]
        var trunks: [String] = []
        for carrier in carriers {
            let (simulator, port) = try await Self.simulator(
                misbehave: carrier.misbehave, over: carrier.way, flow: carrier.flow, in: self.workshop)
            simulators[carrier.name] = simulator
            let trunk = Self.trunk(carrier.name, over: carrier.way, ports: [port], in: self.workshop)
            trunks.append(([trunk] + carrier.trunk.map { $0.indented(by: 2) }).joined(separator: "\n"))
        }
        self.simulators = simulators
        let (bot, url) = try await CarrierBench.server(
            ["--manner", "speak", "--seconds", "100"], log: self.workshop.path("bot.jsonl"))
        self.bot = bot
        self.gateway = try await Self.gateway(
            trunks: trunks.joined(separator: "\n"), bots: "talker: {url: \"\(url)\"}\n" + more, in: self.workshop)
    }

    static func simulator(
        misbehave: String, over way: SimulatorListener.Transport, flow: String = CarrierBench.endlessTone,
        in workshop: Workshop
    ) async throws -> (Simulator, port: UInt16) {
        let yaml = """
            edge: {exophones: ["\(CarrierBench.exophone)", "\(Self.otherNumber)"], ringing: 100ms, callsPerMinute: 100000}
            misbehave: {\(misbehave)}
            flow:
            \(flow.indented(by: 2))
            """
        var configuration = try SimulatorConfiguration(
            yaml: yaml, file: "the test", promptsDirectory: workshop.path("prompts"))
        configuration.edge.listeners = [SimulatorListener(way, port: 0)]
        configuration.tlsDirectory = workshop.path("tls")
        configuration.reportsDirectory = workshop.path("carrier")
        let simulator = Simulator(configuration: configuration)
        let addresses = try await simulator.start()
        return (simulator, try #require(addresses.address(of: way)).port)
    }

    /// A trunk to 127.0.0.1 with one address for each port, in that order.
    static func trunk(
        _ name: String, over way: SimulatorListener.Transport, ports: [UInt16], in workshop: Workshop
    ) -> String {
        let trust = way == .tls ? "\n  tls: {authorityFile: \(workshop.path("tls/ca.pem"))}" : ""
        let addresses = ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
        return """
            \(name):
              type: sip
              transport: \(way.rawValue)
              addresses: [\(addresses)]
              mode: flow
              number: "\(CarrierBench.exophone)"
              callerID: "\(CarrierBench.caller)"
              fromDomain: exotelt.pstn.exotel.com
              headers: {X-Exotel-AccountSid: exotelt}
              allowedPrefixes: ["+91"]
              bindAddress: 127.0.0.1
              pace: {callsPerMinute: 10000}
              healthCheck: off\(trust)
            """
    }

    static func gateway(trunks: String, bots: String, in workshop: Workshop) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              listeners:
                - {transport: udp, address: 127.0.0.1, port: 0}
                - {transport: tcp, address: 127.0.0.1, port: 0}
            trunks:
            \(trunks.indented(by: 2))
            bots:
            \(bots.indented(by: 2))
            recordings: {directory: \(workshop.makeFolder("recordings")), freeDiskMiB: 16}
            """, in: workshop)
    }

    /// Places a call over a trunk; `meanwhile` acts on the answered call, whose id it gets. Then the gateway is asked to
    /// hang up if `hangsUp`, else the end of the call is awaited.
    func call(
        _ name: String, bot: String = "talker", hangsUp: Bool = true,
        meanwhile: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(1)) }
    ) async throws -> Outcome {
        let id = try await self.gateway.place([
            "trunk": .string(name), "to": .string(Self.callee), "bot": .string(bot),
        ])
        let begun = try await self.gateway.record(of: id) {
            $0["answered"]?.asString != nil || $0["end"]?.isNull == false
        }
        if begun["answered"]?.asString != nil {
            try await meanwhile(id)
            if hangsUp { _ = try await self.gateway.request("DELETE", "/v1/calls/\(id)") }
        }
        return try await self.outcome(of: id, over: name)
    }

    /// The same over several trunks at once, in the order of their names.
    func calls(_ names: String...) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: (String, Outcome).self) { group in
            for name in names { group.addTask { (name, try await self.call(name)) } }
            let outcomes = try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            return try names.map { try #require(outcomes[$0]) }
        }
    }

    private func outcome(of id: String, over name: String) async throws -> Outcome {
        let record = try await self.gateway.endedRecord(of: id)
        let callID = try #require(record["signalling"]?["call_id"]?.asString)
        let report = try #require(await self.simulators[name]?.report(ofCall: callID))
        let ladder = String(decoding: try await self.gateway.file("/v1/calls/\(id)/ladder").bytes, as: UTF8.self)
        return Outcome(record: record, report: report, ladder: ladder)
    }

    /// - Parameter isAtRest: waits until nothing of any call is left, half a minute for the transactions.
    func close(isAtRest: Bool = false) async throws {
        if isAtRest { _ = try await self.gateway.gaugesAtRest() }
        for simulator in self.simulators.values { await simulator.shutdown() }
        try await self.gateway.program.stop()
        try await self.bot.stop()
        self.workshop.remove()
    }
}
