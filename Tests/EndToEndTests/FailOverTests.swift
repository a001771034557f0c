import Addressing
import FlowSimulator
import JSON
import Testing

/// Two simulators as the two points of presence of one trunk: whatever is wrong with the first, the second has the call.
@Suite(.timeLimit(.minutes(2)))
struct FailOverTests {
    /// Time-out (silence over TCP and UDP), 503, a connection that is refused, and one that is lost at the INVITE.
    @Test func theNextPointOfPresenceTakesTheCall() async throws {
        let cases: [(name: String, misbehave: String?, way: SimulatorListener.Transport)] = [
            ("silent", "noResponse: silence", .tcp), ("deaf", "noResponse: silence", .udp),
            ("full", "refuse: 503", .tls), ("closing", "noResponse: close", .tcp), ("lost", "noResponse: close", .tls),
            ("gone", nil, .tcp),
        ]
        let workshop = try Workshop()
        try CarrierBench.writePrompts(into: try workshop.makeFolder("prompts"))
        var seconds: [String: Simulator] = [:]
        var simulators: [Simulator] = []
        var trunks: [String] = []
        for (name, misbehave, way) in cases {
            let (first, port) = try await MisdeedBench.simulator(misbehave: misbehave ?? "", over: way, in: workshop)
            // A port that was open a moment ago refuses connections now.
            if misbehave == nil { await first.shutdown() } else { simulators.append(first) }
            let (second, other) = try await MisdeedBench.simulator(misbehave: "", over: way, in: workshop)
            seconds[name] = second
            let trunk = MisdeedBench.trunk(name, over: way, ports: [port, other], in: workshop)
            trunks.append(trunk + "\n  responseDeadline: 2s")
        }
        let (bot, url) = try await CarrierBench.server(
            ["--manner", "speak", "--seconds", "60"], log: workshop.path("bot.jsonl"))
        let gateway = try await MisdeedBench.gateway(
            trunks: trunks.joined(separator: "\n"), bots: "talker: {url: \"\(url)\"}", in: workshop)
        let ways = Dictionary(uniqueKeysWithValues: cases.map { ($0.name, $0.way) })
        let records = try await withThrowingTaskGroup(of: (String, JSONValue).self) { group in
            for (name, _, _) in cases {
                group.addTask { (name, try await Self.call(over: name, of: gateway)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (name, record) in records {
            #expect(record["end"]?["cause"]?.asString == "hangup", "\(name): \(record)")
            #expect(record["signalling"]?["points_of_presence"]?.asArray?.count == 2, "\(name): \(record)")
            #expect(record["signalling"]?["transport"]?.asString == ways[name]?.rawValue)
            #expect(record["media"]?["packets_received"]?.asInt ?? 0 > 25)
            let callID = try #require(record["signalling"]?["call_id"]?.asString)
            let report = try #require(await seconds[name]?.report(ofCall: callID))
            #expect(report.status == 200 && report.endedBy == .gateway)
            let id = try #require(record["id"]?.asString)
            let ladder = String(decoding: try await gateway.file("/v1/calls/\(id)/ladder").bytes, as: UTF8.self)
            // One Call-ID; the first one's INVITE is there unless no connection ever carried it.
            #expect(ladder.split(separator: "\n").count { $0.contains("│ INVITE") } >= 2, "\(name): \(ladder)")
            #expect(ladder.contains("200 OK (SDP)"), "\(name): \(ladder)")
        }
        let reasons = gateway.program.lines.filter {
            $0.contains("127.0.0.1 did not take the call, which is tried again.")
        }
        #expect(reasons.count == cases.count, "\(reasons)")
        for simulator in simulators + seconds.values { await simulator.shutdown() }
        try await gateway.program.stop()
        try await bot.stop()
        workshop.remove()
    }

    private static func call(over trunk: String, of gateway: ServedGateway) async throws -> JSONValue {
        let id = try await gateway.place([
            "trunk": .string(trunk), "to": .string(CarrierBench.exophone), "bot": "talker",
        ])
        let begun = try await gateway.record(of: id) {
            $0["answered"]?.asString != nil || $0["end"]?.isNull == false
        }
        if begun["answered"]?.asString != nil {
            try await Task.sleep(for: .seconds(1))
            _ = try await gateway.request("DELETE", "/v1/calls/\(id)")
        }
        return try await gateway.endedRecord(of: id)
    }
}
