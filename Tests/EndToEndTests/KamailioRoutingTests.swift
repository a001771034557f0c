import JSON
import Testing

/// What an edge of Kamailio may do with our requests besides passing them on: challenge them, find a node dead, and name
/// transports in Record-Route and Contact that differ.
@Suite(.timeLimit(.minutes(3))) struct KamailioRoutingTests {
    /// 407 to the INVITE; its repetition, the refreshes of a hold and the BYE prove who we are, the latter without another
    /// challenge, as the nonce still stands.
    @Test func everyRequestIsProven() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let baresip = try await BaresipPeer(user: PeerTrial.farNumber, certificates: certificates, in: workshop)
        var rules = KamailioEdge.Rules()
        (rules.isGated, rules.password) = (false, Self.password)
        let edge = try await KamailioEdge(
            rules, nodes: "127.0.0.1:\(baresip.tlsPort);transport=tls", certificates: certificates, in: workshop)
        let gateway = try await Self.gateway(
            port: edge.tlsPort, "tls", certificates,
            more: "account: {username: trunkline, password: \(Self.password), realms: [edge.test]}", in: workshop)
        let id = try await gateway.place(Self.order)
        try await baresip.program.line(with: "Call established")
        try await Task.sleep(for: .seconds(1))
        for way in ["hold", "resume"] {
            #expect(try await gateway.request("POST", "/v1/calls/\(id)/\(way)").status == 202)
            try await Task.sleep(for: .seconds(1))
        }
        let record = try await gateway.endedRecord(of: id)
        #expect(record["end"]?["by"]?.asString == "bot")
        try await baresip.program.line(with: "audio: destroyed")
        try PeerTrial.judge(record, atLeast: 2, in: workshop)
        #expect(try baresip.heard().seconds(of: PeerSound.botTone) >= 0.5, "as it heard it up to the re-INVITE")
        #expect(try await baresip.packets().lost == 0)
        let proven = edge.words(before: "proven by trunkline")
        #expect(proven == ["INVITE", "INVITE", "INVITE", "BYE"])
        #expect(edge.words(before: "challenged") == ["INVITE"])
        try await gateway.program.stop()
        try await edge.program.stop()
        try await baresip.program.stop()
    }

    /// A wrong password: one try, and the call ends with the 407 and advice.
    @Test func aWrongPasswordIsTriedOnce() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        var rules = KamailioEdge.Rules()
        (rules.isGated, rules.password) = (false, Self.password)
        let edge = try await KamailioEdge(
            rules, nodes: "127.0.0.1:9;transport=udp", certificates: certificates, in: workshop)
        let gateway = try await Self.gateway(
            port: edge.tlsPort, "tls", certificates,
            more: "account: {username: trunkline, password: another, realms: [edge.test]}", in: workshop)
        let record = try await gateway.endedRecord(of: try await gateway.place(Self.order))
        #expect(record["end"]?["cause"]?.asString == "authentication" && record["end"]?["sip_status"]?.asInt == 407)
        #expect(record["end"]?["remedy"]?.asString?.isEmpty == false)
        #expect(edge.words(before: "challenged") == ["INVITE", "INVITE"])
        #expect(edge.words(before: "proven by trunkline").isEmpty)
        try await gateway.program.stop()
        try await edge.program.stop()
    }

    /// Of two nodes behind the edge one is dead: the first call takes longer, the second goes to the other at once, and the
    /// gateway sends one INVITE for each.
    @Test func aDeadNodeBehindTheEdge() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let sipp = try await SippPeer.answering(.udp, calls: 2, echoes: true, in: workshop)
        let dead = try await PeerProgram.freePorts(1)
        var rules = KamailioEdge.Rules()
        (rules.isGated, rules.patience) = (false, 1_000)
        let edge = try await KamailioEdge(
            rules, nodes: "127.0.0.1:\(dead);transport=udp", "127.0.0.1:\(sipp.port);transport=udp",
            certificates: certificates, in: workshop)
        let gateway = try await Self.gateway(
            port: edge.tlsPort, "tls", certificates, more: "srtp: insecureNone", in: workshop)
        for _ in 0..<2 {
            let record = try await gateway.endedRecord(of: try await gateway.place(Self.order))
            #expect(record["end"]?["by"]?.asString == "bot", "\(record)")
            try PeerTrial.judge(record, atLeast: 2, echoes: true, in: workshop)
            let ladder = try await gateway.ladder(of: try #require(record["id"]?.asString))
            #expect(ladder.filter { $0 == "-> INVITE (SDP)" }.count == 1)
        }
        let found = edge.program.lines.filter { $0.contains("leaves a dead node for sip:127.0.0.1:\(sipp.port);") }
        #expect(found.count == 1)
        #expect(edge.arrivals.count == 2)
        #expect(try await sipp.program.exitStatus() == 0)
        try await gateway.program.stop()
        try await edge.program.stop()
    }

    /// Record-Route says TCP and Contact says TLS, at a port where nobody is: ACK and BYE take the route, over the connection
    /// that there is, and Contact is but their Request-URI (RFC 3261 section 12.2.1.1).
    @Test func theRouteOutweighsTheContact() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let contact = "sip:answer@127.0.0.1:\(try await PeerProgram.freePorts(1));transport=tls"
        let sipp = try await SippPeer.answering(.udp, calls: 1, echoes: true, contact: contact, in: workshop)
        var rules = KamailioEdge.Rules()
        (rules.isGated, rules.isPinned) = (false, true)
        let edge = try await KamailioEdge(
            rules, nodes: "127.0.0.1:\(sipp.port);transport=udp", certificates: certificates, in: workshop)
        let gateway = try await Self.gateway(port: edge.plainPort, "tcp", certificates, in: workshop)
        let record = try await gateway.endedRecord(of: try await gateway.place(Self.order))
        #expect(record["end"]?["by"]?.asString == "bot")
        try PeerTrial.judge(record, atLeast: 2, echoes: true, in: workshop)
        #expect(try await sipp.program.exitStatus() == 0)
        let ends = edge.program.lines.compactMap { $0.firstMatch(of: /([A-Z]+) \S+ in its dialog .* over (.*)$/) }
        #expect(ends.map { "\($0.1) \($0.2)" } == ["ACK tcp to \(contact)", "BYE tcp to \(contact)"])
        try await gateway.program.stop()
        try await edge.program.stop()
    }

    private static let password = "fourteen-geese"
    private static let order: JSONValue = [
        "trunk": "edge", "to": .string(PeerTrial.farNumber), "bot": "brief",
    ]

    private static func gateway(
        port: Int, _ transport: String, _ certificates: PeerCertificates, more: String = "", in workshop: Workshop
    ) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              certificateFile: \(certificates.certificate)
              keyFile: \(certificates.key)
              listeners:
                - {transport: tcp, address: 127.0.0.1, port: 0}
                - {transport: tls, address: 127.0.0.1, port: 0}
            media:
              bindAddress: 127.0.0.1
            trunks:
              edge:
                type: sip
                transport: \(transport)
                addresses: ["127.0.0.1:\(port)"]
                number: "\(PeerTrial.number)"
                allowedPrefixes: ["+91"]
                bindAddress: 127.0.0.1
                \(more)
            \(transport == "tls" ? "    tls: {authorityFile: \(certificates.authority)}" : "")
            bots:
            \(PeerTrial.bot("brief", listen: 4, in: workshop))
            \(try PeerTrial.recordings(in: workshop))
            """, in: workshop)
    }
}

extension KamailioEdge {
    /// The methods of the requests of which the edge logged `text`.
    fileprivate func words(before text: String) -> [String] {
        self.program.lines.compactMap { line in
            guard line.hasSuffix(text), let match = line.firstMatch(of: /edge [0-9.]+ ([A-Z]+) \S+/) else { return nil }
            return String(match.1)
        }
    }
}
