import FlowSimulator
import Foundation
import JSON
import Testing

/// Stock pipecat bots through every serializer that pipecat ships for telephony, each in its vendor's dialect. Fails, and
/// says how to install it, where pipecat is missing.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PipecatDialectTests {
    private static let vendors = ["exotel", "twilio", "telnyx", "plivo", "vonage", "genesys"]

    /// Each bot, all at the same time, says back what the carrier's side says.
    @Test func everyVendorsBotHoldsATwoWayCall() async throws {
        let workshop = try Workshop()
        let bots = try await PipecatDialectBots(manner: "echo", vendors: Self.vendors)
        let bench = try await CarrierBench(
            over: .tls, bots: bots.configuration, flow: CarrierBench.burst, workshop: workshop)
        let records = try await Self.records(of: Self.vendors, on: bench)
        for (vendor, record) in records {
            #expect(record["end"]?["cause"]?.asString == "hangup", "\(vendor): \(record)")
            #expect(record["end"]?["by"]?.asString == "remote", "\(vendor)")
            let delay = try await bench.expectEcho(in: record)
            print("pipecat over \(vendor): the tone comes back after \(delay) ms")
            #expect(delay < 1_500, "\(vendor)")
        }
        _ = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        await bench.close()
        try await bots.program.stop()
    }

    /// An interruption in the pipeline is a clear in the vendor's words, and the pipeline's end is the call's.
    @Test func everyVendorsBotInterruptsAndEnds() async throws {
        let workshop = try Workshop()
        let bots = try await PipecatDialectBots(manner: "talk", vendors: Self.vendors)
        let bench = try await CarrierBench(
            bots: bots.configuration, flow: CarrierBench.listening, workshop: workshop)
        let records = try await Self.records(of: Self.vendors, on: bench)
        for (vendor, record) in records {
            #expect(record["end"]?["cause"]?.asString == "hangup", "\(vendor): \(record)")
            #expect(record["end"]?["by"]?.asString == "bot", "\(vendor)")
            let report = try await bench.report(of: record)
            // 20 s were to be said; the interruption came after 2 s.
            let tone = SoundSamples.longestTone(1_000, in: try bench.heard(in: report))
            print("pipecat over \(vendor): interrupted after \(tone) ms")
            #expect((1_000...2_900).contains(tone), "\(vendor)")
        }
        await bench.close()
        try await bots.program.stop()
    }

    private static func records(
        of vendors: [String], on bench: CarrierBench
    ) async throws -> [(vendor: String, record: JSONValue)] {
        try await withThrowingTaskGroup(of: (String, JSONValue).self) { group in
            for vendor in vendors {
                group.addTask { (vendor, try await bench.gateway.endedRecord(of: try await bench.call(vendor))) }
            }
            var records: [(vendor: String, record: JSONValue)] = []
            for try await record in group { records.append(record) }
            return records
        }
    }
}

/// One server with a path for each vendor.
private struct PipecatDialectBots {
    let program: ChildProgram
    let configuration: String

    init(manner: String, vendors: [String]) async throws {
        let python = try #require(
            Workshop.python, "pipecat is not installed: run `make setup-tests` or scripts/python-environment.sh")
        let script = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/pipecat_dialects.py").path()
        let port = UInt16.random(in: 2_000...9_000)
        self.program = try ChildProgram(python, [script, "--port", "\(port)"], environment: ["PYTHONUNBUFFERED": "1"])
        // Importing pipecat takes seconds, and many of them on a busy machine.
        try await self.program.line(with: "Uvicorn running on", within: .seconds(60))
        self.configuration = vendors.map {
            "\($0): {url: \"ws://127.0.0.1:\(port)/\(manner)/\($0)\", dialect: \($0)}"
        }.joined(separator: "\n")
    }
}
