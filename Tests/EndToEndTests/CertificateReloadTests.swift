import Addressing
import FlowSimulator
import Foundation
import JSON
import SIPSyntax
import SIPTransport
import TLS
import Testing
import ThrowawayCertificates

/// SIGHUP to `trunkline serve`: certificates are read anew, calls go on, and files that cannot be used change nothing.
@Suite(.timeLimit(.minutes(2)))
struct CertificateReloadTests {
    private let workshop: Workshop
    private let authority: ThrowawayAuthority
    private let ours: String

    init() throws {
        self.workshop = try Workshop("reload")
        try CarrierBench.writePrompts(into: try self.workshop.makeFolder("prompts"))
        self.authority = try ThrowawayAuthority("Reloading", in: self.workshop)
        self.ours = try self.authority.issue(
            "old", names: "DNS:old.test", usage: "serverAuth,clientAuth", into: try self.workshop.makeFolder("ours"))
    }

    private func renew(_ name: String) throws {
        try self.authority.issue(name, names: "DNS:\(name).test", usage: "serverAuth,clientAuth", into: self.ours)
    }

    private func spoil() throws {
        try Data("nothing of use\n".utf8).write(to: URL(filePath: "\(self.ours)/server.pem"), options: .atomic)
    }

    /// A carrier that calls the gateway over TLS and checks its certificate; each has connections of its own.
    private func caller() async throws -> Simulator {
        let yaml = """
            edge: {exophones: ["\(CarrierBench.exophone)"], listen: {tcp: 0}}
            flow: {start: talk, steps: {talk: {say: tone, next: talk}}}
            """
        var configuration = try SimulatorConfiguration(
            yaml: yaml, file: "the test", promptsDirectory: self.workshop.path("prompts"))
        configuration.edge.gatewayAuthorityFile = self.authority.certificate.path()
        let simulator = Simulator(configuration: configuration)
        _ = try await simulator.start()
        return simulator
    }

    private func gateway(trunks: String = "", bot url: String) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              listeners: [{transport: tls, address: 127.0.0.1, port: 0}]
              certificateFile: \(self.ours)/server.pem
              keyFile: \(self.ours)/server.key
            trunks:
              inbound:
                type: sip
                transport: tls
                addresses: ["127.0.0.3:5061"]
                sources: [127.0.0.1/32]
            \(trunks.indented(by: 2))
            routes: [{trunk: inbound, bot: talker}]
            bots: {talker: {url: "\(url)"}}
            """, in: self.workshop)
    }

    private func place(_ caller: Simulator, to gateway: ServedGateway, as name: String) async throws -> String {
        var order = PlacedCall(
            to: CarrierBench.exophone, from: CarrierBench.caller,
            peer: TransportAddress(.loopback, port: UInt16(try await gateway.sipPort("tls"))), over: .tls)
        order.serverName = name
        return try await caller.placeCall(order)
    }

    /// Whether a carrier that wants this name of the gateway gets through on a new connection.
    private func isReached(_ gateway: ServedGateway, as name: String) async throws -> Bool {
        let caller = try await self.caller()
        let callID = try await self.place(caller, to: gateway, as: name)
        while true {
            let listed = try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray ?? []
            let isThere = listed.contains {
                $0["signalling"]?["call_id"]?.asString == callID && $0["answered"]?.asString != nil
            }
            let hasFailed = await caller.reports.contains { $0.callID == callID }
            if isThere || hasFailed {
                await caller.shutdown()
                return isThere
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func theListenersCertificate() async throws {
        let (bot, url) = try await CarrierBench.server(
            ["--manner", "speak", "--seconds", "60"], log: self.workshop.path("bot.jsonl"))
        let gateway = try await self.gateway(bot: url)
        let caller = try await self.caller()
        let callID = try await self.place(caller, to: gateway, as: "old.test")
        _ = try await Self.answered(callID, of: gateway)
        #expect(try await !self.isReached(gateway, as: "new.test"))

        try self.renew("new")
        gateway.program.signal(SIGHUP)
        try await gateway.program.line(with: "New connections are shown the certificate CN=new")
        #expect(try await self.isReached(gateway, as: "new.test"))
        #expect(try await !self.isReached(gateway, as: "old.test"))

        // A broken file says so and changes nothing.
        try self.spoil()
        gateway.program.signal(SIGHUP)
        let complaint = try await gateway.program.line(with: "old certificate stays in use")
        #expect(complaint.contains("server.pem"), "\(complaint)")
        #expect(try await self.isReached(gateway, as: "new.test"))

        // The first call has lived through all of it, on its connection, and hears its bot.
        let id = try await Self.answered(callID, of: gateway)
        try await Task.sleep(for: .seconds(2))
        _ = try await gateway.request("DELETE", "/v1/calls/\(id)")
        let report = try #require(await caller.report(ofCall: callID))
        #expect(report.endedBy == .gateway && report.messagesReceived["BYE"] == 1, "\(report.end ?? "")")
        #expect(report.media?.packetsReceived ?? 0 > 50 && report.media?.srtpFailures == 0)
        let record = try await gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "hangup")
        await caller.shutdown()
        try await gateway.program.stop()
        try await bot.stop()
        self.workshop.remove()
    }

    private static func answered(_ callID: String, of gateway: ServedGateway) async throws -> String {
        while true {
            let listed = try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray ?? []
            let call = listed.first {
                $0["signalling"]?["call_id"]?.asString == callID && $0["answered"]?.asString != nil
            }
            if let id = call?["id"]?.asString { return id }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The certificate that we show a carrier which asks for one: the renewed one on the next connection, the one in use
    /// where the file cannot be used.
    @Test func theTrunksOwnCertificate() async throws {
        let server = await TransportPeer()
        let address = try await server.listen(.tls, context: try self.askingContext())
        let trunk = """
            carrier:
              type: sip
              transport: tls
              addresses: ["carrier.test:\(address.port)"]
              nameOverrides: {carrier.test: 127.0.0.1}
              number: "\(CarrierBench.exophone)"
              allowedPrefixes: ["+91"]
              bindAddress: 127.0.0.1
              tls: {authorityFile: \(self.authority.certificate.path()), certificateFile: \(self.ours)/server.pem, keyFile: \(self.ours)/server.key}
            """
        let (bot, url) = try await CarrierBench.server(["--manner", "listen"], log: self.workshop.path("bot.jsonl"))
        let gateway = try await self.gateway(trunks: trunk, bot: url)
        var events = server.events.makeAsyncIterator()
        // The name that the gateway proves on the connection of its next INVITE.
        func shown() async throws -> ServerName? {
            let id = try await gateway.place(["trunk": "carrier", "to": "+918000000009", "bot": "talker"])
            var name: ServerName?
            while let event = await events.next() {
                if case .opened(let connection) = event { name = connection.verifiedName }
                guard case .received(let received) = event, case .request(let request) = received.message,
                    request.method == .invite
                else { continue }
                break
            }
            _ = try await gateway.request("DELETE", "/v1/calls/\(id)")
            return name
        }
        #expect(try await shown() == .dns("old.test"))
        #expect(try await shown() == nil, "the connection is still good")

        try self.renew("new")
        gateway.program.signal(SIGHUP)
        try await gateway.program.line(with: "Trunk carrier shows the certificate CN=new")
        #expect(try await shown() == .dns("new.test"))

        try self.spoil()
        gateway.program.signal(SIGHUP)
        let complaint = try await gateway.program.line(with: "Trunk carrier keeps its certificates and authorities")
        #expect(complaint.contains("server.pem"), "\(complaint)")
        #expect(try await shown() == nil, "the connection with the certificate in use is still good")

        try await gateway.program.stop()
        await server.layer.close()
        try await bot.stop()
        self.workshop.remove()
    }

    /// A carrier's: its certificate, and whose it wants to see.
    private func askingContext() throws -> TLSContext {
        let folder = try self.authority.issue(
            "carrier", names: "DNS:carrier.test", into: try self.workshop.makeFolder("carrier"))
        var configuration = TLSConfiguration(
            identity: TLSConfiguration.Identity(
                certificateChain: .file(path: "\(folder)/server.pem"), privateKey: .file(path: "\(folder)/server.key")))
        configuration.clientCertificates = .required(
            signedBy: .only(.file(path: self.authority.certificate.path())),
            names: [try ServerName("old.test"), try ServerName("new.test")])
        return try TLSContext(.server, configuration)
    }
}
