import Foundation
import JSON
import Testing

/// Calls through Kamailio as a carrier's edge over TLS: Record-Route, the edge's headers, its limit of calls.
@Suite(.timeLimit(.minutes(5))) struct KamailioCallTests {
    /// Through the edge to baresip: tones go both ways; ACK and BYE take the recorded route, baresip's BYE comes back by it.
    @Test(arguments: [true, false]) func aCallThroughTheEdge(theBotHangsUp: Bool) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop, names: Self.names)
        let baresip = try await BaresipPeer(user: PeerTrial.number, certificates: certificates, in: workshop)
        let edge = try await KamailioEdge(
            KamailioEdge.Rules(), nodes: "127.0.0.1:\(baresip.tlsPort);transport=tls", certificates: certificates,
            in: workshop)
        let gateway = try await Self.gateway(
            Self.exotel(edge, certificates), certificates,
            bots: PeerTrial.bot("tones", listen: theBotHangsUp ? 4 : nil, in: workshop),
            in: workshop)
        let id = try await gateway.place(["trunk": "carrier", "to": .string(PeerTrial.number), "bot": "tones"])
        let begun = try await gateway.record(of: id) { $0["answered"]?.isNull == false || $0["end"]?.isNull == false }
        try #require(begun["answered"]?.isNull == false, "\(begun) \(edge.program.lines.suffix(10))")
        try await baresip.program.line(with: "Call established")
        if !theBotHangsUp {
            try await Task.sleep(for: .seconds(4))
            try await baresip.hangUp()
        }
        let record = try await gateway.endedRecord(of: id)
        #expect(record["end"]?["by"]?.asString == (theBotHangsUp ? "bot" : "remote"))
        try await baresip.program.line(with: "audio: destroyed")
        try PeerTrial.judge(record, atLeast: 2, in: workshop)
        #expect(try baresip.heard().seconds(of: PeerSound.botTone) >= 2)
        #expect(edge.arrivals.map(\.outcome) == [.relayed(account: "exotelt")])
        let inDialog = edge.program.lines.compactMap { $0.firstMatch(of: /edge [0-9.]+ ([A-Z]+) \S+ in its dialog/)?.1 }
        #expect(inDialog == ["ACK", "BYE"])
        try await gateway.program.stop()
        try await edge.program.stop()
        try await baresip.program.stop()
    }

    /// The edge's 403 ends the call, with advice; it is not tried again.
    @Test func aCallWithoutTheAccountHeader() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop, names: Self.names)
        let edge = try await KamailioEdge(
            KamailioEdge.Rules(), nodes: "127.0.0.1:9;transport=udp", certificates: certificates, in: workshop)
        let gateway = try await Self.gateway(
            """
            carrier:
                type: sip
                transport: tls
                addresses: ["127.0.0.1:\(edge.tlsPort)"]
                number: "\(PeerTrial.number)"
                allowedPrefixes: ["+91"]
                tls:
                  authorityFile: \(certificates.authority)
            """, certificates, bots: PeerTrial.bot("tones", in: workshop), in: workshop)
        let id = try await gateway.place(["trunk": "carrier", "to": .string(PeerTrial.farNumber), "bot": "tones"])
        let record = try await gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "rejected")
        #expect(record["end"]?["sip_status"]?.asInt == 403)
        #expect(record["end"]?["remedy"]?.asString?.isEmpty == false)
        #expect(edge.arrivals.map(\.outcome) == [.refused(403)])
        try await gateway.program.stop()
        try await edge.program.stop()
    }

    /// A 503 with Retry-After silences the trunk for so long; then the refused call and those behind it get through.
    @Test func aRetryAfterIsHonoured() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop, names: Self.names)
        var rules = KamailioEdge.Rules()
        (rules.callsMax, rules.period, rules.retryAfter) = (2, 4, 6)
        let (sipp, edge) = try await Self.crowd(5, rules, certificates, in: workshop)
        let gateway = try await Self.gateway(
            Self.exotel(edge, certificates), certificates, bots: Self.silentBot, in: workshop)
        var ids: [String] = []
        for _ in 0..<3 { ids.append(try await gateway.place(Self.briefOrder)) }
        try await edge.program.line(with: " 503")
        // The edge has said no; the answer needs a moment to get here before more is asked for.
        try await Task.sleep(for: .milliseconds(500))
        for _ in 0..<2 { ids.append(try await gateway.place(Self.briefOrder)) }
        for id in ids {
            let record = try await gateway.endedRecord(of: id)
            #expect(record["answered"]?.isNull == false, "\(record["end"]?["sentence"] as Any)")
        }
        let arrivals = edge.arrivals
        let refusal = try #require(arrivals.firstIndex { $0.outcome == .refused(503) })
        let next = try #require(arrivals.dropFirst(refusal + 1).first)
        #expect(next.seconds - arrivals[refusal].seconds >= 6)
        #expect(arrivals.filter { $0.outcome == .relayed(account: "exotelt") }.count == 5)
        try await gateway.program.stop()
        try await edge.program.stop()
        try await sipp.program.stop()
    }

    /// 230 calls at once against an edge that takes 200 a minute: never more than 200 arrive in any 60 s, none is refused,
    /// none is lost, and nothing is left of them.
    @Test func twoHundredAndThirtyCalls() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop, names: Self.names)
        let (sipp, edge) = try await Self.crowd(230, KamailioEdge.Rules(), certificates, in: workshop)
        let gateway = try await Self.gateway(
            Self.exotel(edge, certificates), certificates, bots: Self.silentBot, in: workshop)
        var ids: [String] = []
        for _ in 0..<230 { ids.append(try await gateway.place(Self.briefOrder)) }
        var unanswered: [JSONValue] = []
        for id in ids {
            let record = try await gateway.endedRecord(of: id, within: .seconds(90))
            if record["answered"]?.isNull != false || record["end"]?["cause"]?.asString != "maximum-duration" {
                unanswered.append(record)
            }
        }
        #expect(unanswered == [])
        let arrivals = edge.arrivals
        #expect(arrivals.count == 230)
        #expect(arrivals.allSatisfy { $0.outcome == .relayed(account: "exotelt") })
        #expect(edge.arrivalsMax(inAny: 60) == 200)
        // In order: the edge saw the calls as they were asked for, those that had to wait after those that had not.
        #expect(Set(arrivals.prefix(200).map { String($0.callID.prefix(32)) }) == Set(ids.prefix(200)))
        #expect(try await sipp.program.exitStatus() == 0)
        // Not the transactions: they absorb retransmissions for half a minute more (RFC 6026 section 7).
        let left = try await gateway.left(of: ["calls", "calls_waiting", "media_sessions", "port_pairs", "bots"])
        #expect(left == [:])
        try await gateway.program.stop()
        try await edge.program.stop()
    }

    private static let pop = "pstn.in2.exotel.com"
    private static let names = "IP:127.0.0.1,DNS:localhost,DNS:\(pop)"
    private static let briefOrder: JSONValue = [
        "trunk": "carrier", "to": .string(PeerTrial.number), "bot": "silent", "maximum_duration_seconds": 1,
    ]

    /// Ready at once, says nothing, and costs next to nothing, as hundreds of them start together. Descriptor 3 keeps its
    /// side of the link open.
    private static let silentBot = """
            silent:
              command: [sh, -c, 'printf "T\\000\\000\\000\\023%s" "{\\"command\\":\\"ready\\"}"; exec 3>&1; exec cat > /dev/null']
        """

    /// The edge with sipp behind it, which answers by UDP; its media does not matter here.
    private static func crowd(
        _ count: Int, _ rules: KamailioEdge.Rules, _ certificates: PeerCertificates, in workshop: Workshop
    ) async throws -> (SippPeer, KamailioEdge) {
        let sipp = try await SippPeer.answering(
            .udp, calls: count, echoes: false,
            keys: "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj", in: workshop)
        let edge = try await KamailioEdge(
            rules, nodes: "127.0.0.1:\(sipp.port);transport=udp", certificates: certificates, in: workshop)
        return (sipp, edge)
    }

    private static func exotel(_ edge: KamailioEdge, _ certificates: PeerCertificates) -> String {
        """
        carrier:
            type: exotel
            accountSid: exotelt
            exophone: "\(PeerTrial.number)"
            callerID: "+919000000002"
            region: mumbai
            transport: tls
            port: \(edge.tlsPort)
            bindAddress: 127.0.0.1
            nameOverrides:
              \(Self.pop): 127.0.0.1
            tls:
              authorityFile: \(certificates.authority)
        """
    }

    private static func gateway(
        _ trunk: String, _ certificates: PeerCertificates, bots: String, in workshop: Workshop
    ) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              certificateFile: \(certificates.certificate)
              keyFile: \(certificates.key)
              listeners: [{transport: tls, address: 127.0.0.1, port: 0}]
            media:
              bindAddress: 127.0.0.1
            trunks:
              \(trunk)
            bots:
            \(bots)
            \(try PeerTrial.recordings(in: workshop))
              calls: \(bots == Self.silentBot ? "false" : "true")
            """, in: workshop)
    }
}
