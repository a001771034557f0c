import Addressing
import FlowSimulator
import Foundation
import JSON
import Testing
import ThrowawayCertificates

/// Carriers with good and bad certificates, through `trunkline serve` and `trunkline call` as a user has them: each fault
/// is a sentence in the log and in the call's record.
@Suite(.timeLimit(.minutes(2)))
struct CarrierCertificateTests {
    private struct Carrier {
        let name: String
        let simulator: Simulator
        let port: UInt16
    }

    /// A simulator over TLS with the certificate of a folder.
    private static func carrier(
        _ name: String, certificate folder: String, in workshop: Workshop
    ) async throws -> Carrier {
        let yaml = """
            edge: {exophones: ["\(CarrierBench.exophone)"], ringing: 100ms}
            flow: {start: talk, steps: {talk: {say: burst, next: end}, end: {hangup: 16}}}
            """
        var configuration = try SimulatorConfiguration(
            yaml: yaml, file: "the test", promptsDirectory: workshop.path("prompts"))
        configuration.edge.listeners = [SimulatorListener(.tls, port: 0)]
        configuration.tlsDirectory = folder
        let simulator = Simulator(configuration: configuration)
        let port = try #require(try await simulator.start().tls).port
        return Carrier(name: name, simulator: simulator, port: port)
    }

    private static func trunk(_ name: String, port: UInt16, authority: ThrowawayAuthority) -> String {
        """
        \(name):
          type: sip
          transport: tls
          addresses: ["\(name).test:\(port)"]
          nameOverrides: {\(name).test: 127.0.0.1}
          mode: flow
          number: "\(CarrierBench.exophone)"
          callerID: "\(CarrierBench.caller)"
          fromDomain: exotelt.pstn.exotel.com
          headers: {X-Exotel-AccountSid: exotelt}
          bindAddress: 127.0.0.1
          tls: {authorityFile: \(authority.certificate.path())}
        """
    }

    private static func carriers(
        _ authority: ThrowawayAuthority, _ stranger: ThrowawayAuthority, in workshop: Workshop
    ) async throws -> [Carrier] {
        let past = ("20200101000000Z", "20200201000000Z")
        let future = ("20460101000000Z", "20480101000000Z")
        func folder(_ name: String) throws -> String { try workshop.makeFolder("tls-\(name)") }
        let folders = [
            ("good", try authority.issue("good", names: "DNS:good.test,DNS:also.test", into: try folder("good"))),
            (
                "expired",
                try authority.issue(
                    "late", names: "DNS:expired.test", from: past.0, until: past.1, into: try folder("expired"))
            ),
            (
                "early",
                try authority.issue(
                    "early", names: "DNS:early.test", from: future.0, until: future.1, into: try folder("early"))
            ),
            ("misnamed", try authority.issue("other", names: "DNS:other.test", into: try folder("misnamed"))),
            ("untrusted", try stranger.issue("stranger", names: "DNS:untrusted.test", into: try folder("untrusted"))),
            (
                "nul",
                try authority.issue(
                    "nul", names: ThrowawayAuthority.nameWithNUL("nul.test", ".evil.example"), into: try folder("nul"))
            ),
            (
                "client",
                try authority.issue("phone", names: "DNS:client.test", usage: "clientAuth", into: try folder("client"))
            ),
        ]
        var carriers: [Carrier] = []
        for (name, folder) in folders {
            carriers.append(try await Self.carrier(name, certificate: folder, in: workshop))
        }
        return carriers
    }

    /// What each fault is called.
    private static let sentences = [
        "expired": "The certificate CN=late has expired: it was valid until Feb  1 00:00:00 2020 GMT.",
        "early": "The certificate CN=early is not yet valid: it begins on Jan  1 00:00:00 2046 GMT.",
        "misnamed": "The certificate is for other.test, but misnamed.test was wanted.",
        "untrusted": "The certificate CN=stranger was issued by CN=Strangers, which is not trusted here.",
        "nul": "The certificate is for nul.test\\x00.evil.example, but nul.test was wanted.",
        "client": "The certificate CN=phone may not be used for this purpose (extended key usage).",
        "second": "The certificate is for good.test, also.test, but second.test was wanted.",
    ]

    @Test func eachFaultIsNamed() async throws {
        let workshop = try Workshop()
        try CarrierBench.writePrompts(into: try workshop.makeFolder("prompts"))
        let authority = try ThrowawayAuthority("Carriers", in: workshop)
        let strangers = try ThrowawayAuthority("Strangers", in: workshop)
        let carriers = try await Self.carriers(authority, strangers, in: workshop)
        let good = try #require(carriers.first)
        var trunks = carriers.map { Self.trunk($0.name, port: $0.port, authority: authority) }
        // Two more names at the address and port of the good one: one that its certificate has, and one that it has not.
        for name in ["also", "second"] { trunks.append(Self.trunk(name, port: good.port, authority: authority)) }
        let (bot, url) = try await CarrierBench.server(
            ["--manner", "speak", "--seconds", "60"], log: workshop.path("bot.jsonl"))
        let gateway = try await MisdeedBench.gateway(
            trunks: trunks.joined(separator: "\n"), bots: "talker: {url: \"\(url)\"}", in: workshop)

        let live = try await Self.place(over: "good", of: gateway)
        #expect(try await gateway.record(of: live) { $0["answered"]?.asString != nil }["end"]?.isNull == true)
        for (name, sentence) in Self.sentences {
            let record = try await gateway.endedRecord(of: try await Self.place(over: name, of: gateway))
            #expect(record["end"]?["cause"]?.asString == "unreachable", "\(name): \(record)")
            #expect(record["end"]?["sentence"]?.asString?.contains(sentence) == true, "\(name): \(record)")
            #expect(record["answered"]?.isNull == true && record["end"]?["remedy"]?.asString != nil)
            #expect(try gateway.storedRecords().contains { $0["id"] == record["id"] })
            try await gateway.program.line(with: sentence, within: .seconds(5))
        }
        // Over a connection of its own, for which the certificate has proved the other name.
        let also = try await Self.place(over: "also", of: gateway)
        #expect(try await gateway.record(of: also) { $0["answered"]?.asString != nil }["end"]?.isNull == true)
        for id in [live, also] {
            _ = try await gateway.request("DELETE", "/v1/calls/\(id)")
            let record = try await gateway.endedRecord(of: id)
            #expect(record["end"]?["cause"]?.asString == "hangup" && record["media"]?["srtp"]?.asString != nil)
        }
        let peers = await good.simulator.reports(atLeast: 2).map(\.peer)
        #expect(Set(peers).count == 2, "\(peers)")

        try await Self.callsOfTheCommandLine(in: workshop)
        try await gateway.program.stop()
        for carrier in carriers { await carrier.simulator.shutdown() }
        try await bot.stop()
        workshop.remove()
    }

    private static func place(over trunk: String, of gateway: ServedGateway) async throws -> String {
        try await gateway.place(["trunk": .string(trunk), "to": .string(CarrierBench.exophone), "bot": "talker"])
    }

    /// The same with `trunkline call`: exit code 1 and the sentence for the bad one, 0 for the good one.
    private static func callsOfTheCommandLine(in workshop: Workshop) async throws {
        let served = try String(contentsOfFile: workshop.path("trunkline.yaml"), encoding: .utf8)
        let file = try workshop.write(
            served.replacing(workshop.path("calls.jsonl"), with: workshop.path("called.jsonl")), to: "call.yaml")
        for (trunk, status) in [("expired", Int32(1)), ("good", 0)] {
            let program = try ChildProgram(
                Workshop.program,
                [
                    "call", "--config", file, "--trunk", trunk, "--to", CarrierBench.exophone, "--bot", "talker",
                ])
            #expect(try await program.exitStatus() == status, "\(program.lines)")
            guard let sentence = Self.sentences[trunk] else { continue }
            #expect(program.lines.contains { $0.contains(sentence) }, "\(program.lines)")
        }
    }
}
