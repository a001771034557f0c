import Addressing
import FlowSimulator
import JSON
import SIPSyntax
import Testing

/// 3xx answers against the one rule (decision 0013): the number is the carrier's to say, the host is the trunk's.
@Suite(.timeLimit(.minutes(2)))
struct RedirectTests {
    /// To a number at the trunk's own address, with its port and without: followed. Not followed where the trunk says
    /// nothing of redirects, the host is foreign, the number may not be called, or it is no number.
    @Test func numbersAtTheTrunksOwnAddress() async throws {
        let follow = ["followRedirects: true"]
        func to(_ uri: String, times: Int = 1) -> String { "redirect: {contacts: [\"sip:\(uri)\"], times: \(times)}" }
        let number = MisdeedBench.otherNumber
        let bench = try await MisdeedBench([
            .init("own", to("\(number)@127.0.0.1"), trunk: follow),
            .init("secret", to("\(number)@127.0.0.1;transport=tls"), over: .tls, trunk: follow),
            .init("silentPolicy", to("\(number)@127.0.0.1")),
            .init("circle", to("\(number)@127.0.0.1", times: 9), trunk: follow),
            .init("foreignHost", to("\(number)@127.0.0.2"), trunk: follow),
            .init("maddr", to("\(number)@127.0.0.1;maddr=127.0.0.2"), trunk: follow),
            .init("foreignNumber", to("+15550100@127.0.0.1"), trunk: follow),
            .init("noNumber", to("operator@127.0.0.1"), trunk: follow),
            .init("otherTransport", to("\(number)@127.0.0.1;transport=udp"), trunk: follow),
        ])
        async let followed = bench.calls("own", "secret")
        async let refused = bench.calls(
            "circle", "foreignHost", "maddr", "foreignNumber", "noNumber", "otherTransport")
        async let silentPolicy = bench.call("silentPolicy")
        for outcome in try await followed {
            #expect(outcome.cause == "hangup" && outcome.talked(atLeast: 0.5), "\(outcome.record)")
            #expect(outcome.rungs(with: "302 Moved Temporarily") == 1 && outcome.rungs(with: "│ INVITE") == 2)
            #expect(outcome.rungs(with: "│ ACK") == 2, "\(outcome.ladder)")
        }
        for (index, outcome) in try await refused.enumerated() {
            #expect(outcome.cause == "redirect-limit" && outcome.endedBy == "carrier", "\(outcome.record)")
            #expect(outcome.record["answered"]?.isNull == true && outcome.record["end"]?["remedy"]?.asString != nil)
            // Nobody is sent back to where he came from, and nothing goes to a stranger.
            #expect(outcome.rungs(with: "│ INVITE") == (index == 0 ? 2 : 1), "\(outcome.ladder)")
        }
        let plain = try await silentPolicy
        #expect(plain.cause == "rejected" && plain.status == 302 && plain.rungs(with: "│ INVITE") == 1)
        try await bench.close()
    }

    /// A host that the trunk names is another matter: its certificate must carry its own name. Without a port its SRV
    /// records are asked, and the next of its servers is tried where the first fails.
    @Test func namedHostsAreLookedUp() async throws {
        let workshop = try Workshop()
        try CarrierBench.writePrompts(into: try workshop.makeFolder("prompts"))
        let names = try await NameServer.start()
        let (target, targetPort) = try await MisdeedBench.simulator(misbehave: "", over: .tcp, in: workshop)
        let (full, fullPort) = try await MisdeedBench.simulator(misbehave: "refuse: 503", over: .tcp, in: workshop)
        names.set("_sip._tcp.away.test", .srv(1, 1, fullPort, "edge.test"), .srv(2, 1, targetPort, "edge.test"))
        names.set("edge.test", .a("127.0.0.1"))
        let (first, port) = try await MisdeedBench.simulator(
            misbehave: "redirect: \"sip:\(CarrierBench.exophone)@away.test\"", over: .tcp, in: workshop)
        let (bot, url) = try await CarrierBench.server(
            ["--manner", "speak", "--seconds", "60"], log: workshop.path("bot.jsonl"))
        let gateway = try await ServedGateway(
            """
            sip: {nameservers: ["\(names.address)"]}
            trunks:
            \(MisdeedBench.trunk("named", over: .tcp, ports: [port], in: workshop).indented(by: 2))
                followRedirects: {targets: 2, depth: 1, hosts: [away.test]}
            bots: {talker: {url: "\(url)"}}
            """, in: workshop)
        let id = try await gateway.place([
            "trunk": "named", "to": .string(CarrierBench.exophone), "bot": "talker",
        ])
        _ = try await gateway.record(of: id) { $0["answered"]?.asString != nil || $0["end"]?.isNull == false }
        try await Task.sleep(for: .seconds(1))
        _ = try await gateway.request("DELETE", "/v1/calls/\(id)")
        let record = try await gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "hangup", "\(record)")
        let visited = record["signalling"]?["points_of_presence"]?.asArray?.compactMap(\.asString)
        #expect(visited == ["127.0.0.1", "away.test", "away.test"], "\(record)")
        let callID = try #require(record["signalling"]?["call_id"]?.asString)
        #expect(await full.report(ofCall: callID)?.status == 503)
        #expect(await target.report(ofCall: callID)?.status == 200)
        #expect(names.count(.srv, "_sip._tcp.away.test") == 1)
        try await gateway.program.stop()
        for simulator in [first, full, target] { await simulator.shutdown() }
        try await bot.stop()
        await names.stop()
        workshop.remove()
    }
}
