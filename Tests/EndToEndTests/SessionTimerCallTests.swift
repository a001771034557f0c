import JSON
import Testing

/// Calls that live by their session timers (RFC 4028), in real time with the least interval there is, 90 s. All at once, as
/// each takes as long.
@Suite(.timeLimit(.minutes(5))) struct SessionTimerCallTests {
    /// We refresh: by UPDATE, by re-INVITE where the peer has no UPDATE, and through Kamailio by TLS; as the caller, and as
    /// the callee of a caller who first asked for too little. The peer refreshes by UPDATE and by re-INVITE. Each lives
    /// longer than one interval. The peer that stops refreshing is hung up on a third of the interval before its end.
    @Test func callsAreRefreshedInBothRoles() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let callees = try await Self.callees(in: workshop)
        let behindTheEdge = try await SippScenario("sipp-watched-answer", .callee, values: Self.byUpdate, in: workshop)
        let certificates = try await PeerCertificates(in: workshop)
        var rules = KamailioEdge.Rules()
        rules.isGated = false
        let edge = try await KamailioEdge(
            rules, nodes: "127.0.0.1:\(behindTheEdge.peer.port);transport=udp", certificates: certificates,
            in: workshop)
        let trial = try await UDPTrial(
            callees: callees.mapValues(\.peer.port), trunk: "mediaTimeout: 200s",
            sip: ["sessionTimer: {interval: 90s, minimum: 90s}"],
            trunks: """
                  edge:
                    type: sip
                    transport: tls
                    addresses: ["127.0.0.1:\(edge.tlsPort)"]
                    number: "\(PeerTrial.number)"
                    allowedPrefixes: ["+91"]
                    bindAddress: 127.0.0.1
                    srtp: insecureNone
                    tls:
                      authorityFile: \(certificates.authority)
                """, in: workshop)
        var ids: [String: String] = [:]
        for trunk in callees.keys.sorted() + ["edge"] { ids[trunk] = try await trial.place(trunk, bot: "patient") }
        let watched = try await SippScenario(
            "sipp-watched-call", .caller(of: UDPTrial.answered, atPort: trial.port), in: workshop)
        let forgetful = try await SippScenario(
            "sipp-refreshing-call", .caller(of: UDPTrial.forgotten, atPort: trial.port), in: workshop)

        // Two refreshes of ours, at 45 s and 90 s.
        try await Task.sleep(for: .seconds(93))
        for trunk in ["update", "reinvite", "edge"] {
            #expect(
                try await trial.gateway.request("DELETE", "/v1/calls/\(ids[trunk] ?? "")").status == 202, "\(trunk)")
        }
        for scenario in [behindTheEdge, watched, forgetful] + callees.values { #expect(try await scenario.succeeds()) }

        for (trunk, method) in ["update": "UPDATE", "reinvite": "INVITE", "edge": "UPDATE"] {
            let scenario = callees[trunk] ?? behindTheEdge
            let id = try #require(ids[trunk])
            let record = try await trial.gateway.endedRecord(of: id)
            #expect(record["end"]?["by"]?.asString == "operator", "\(trunk)")
            #expect(try #require(record["duration_ms"]?.asInt) > 90_000)
            let refreshes = try scenario.received().filter { $0.hasPrefix("\(method) ") }.suffix(2)
            #expect(refreshes.allSatisfy { $0.contains("Session-Expires: 90;refresher=uac") }, "\(trunk)")
            // Nothing changed, so the description's version does not either (RFC 4028 section 7.4).
            #expect(try Set(scenario.origins()).count == 1, "\(trunk)")
            #expect(try PeerSound(wave: workshop.path("\(id).wav")).seconds(of: PeerSound.botTone) >= 15, "\(trunk)")
        }
        let routed = edge.program.lines.compactMap { $0.firstMatch(of: /([A-Z]+) \S+ in its dialog by/)?.1 }
        #expect(routed == ["ACK", "UPDATE", "UPDATE", "BYE"])
        for id in [ids["peer"], try await trial.endedRecord(to: UDPTrial.answered)["id"]?.asString] {
            let record = try await trial.gateway.endedRecord(of: try #require(id))
            #expect(record["end"]?["cause"]?.asString == "hangup" && record["end"]?["by"]?.asString == "remote")
            #expect(try #require(record["duration_ms"]?.asInt) > 90_000)
        }
        let record = try await trial.endedRecord(to: UDPTrial.forgotten)
        #expect(record["end"]?["cause"]?.asString == "session-expired" && record["end"]?["by"]?.asString == "gateway")
        #expect(record["end"]?["sip_status"]?.isNull != false, "the 200 to our BYE is no cause")
        // Refreshed at 20 s, and due again by 110 s: RFC 4028 section 10 says to hang up by 80 s.
        #expect((79_000...83_000).contains(try #require(record["duration_ms"]?.asInt)))
        try await trial.gateway.program.stop()
        try await edge.program.stop()
    }

    private static let byUpdate = ["REFRESH": "UPDATE", "ACK": ""]

    /// By the name of their trunk.
    private static func callees(in workshop: Workshop) async throws -> [String: SippScenario] {
        [
            "update": try await SippScenario("sipp-watched-answer", .callee, values: Self.byUpdate, in: workshop),
            "reinvite": try await SippScenario(
                "sipp-watched-answer", .callee, values: ["REFRESH": "INVITE", "ACK": #"<recv request="ACK"/>"#],
                takesUpdate: false, in: workshop),
            "peer": try await SippScenario("sipp-refreshing-answer", .callee, in: workshop),
        ]
    }
}
