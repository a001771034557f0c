import FlowSimulator
import Foundation
import JSON
import Testing

/// SIGTERM: new calls get 503, live ones end with BYE within 5 s, records and recordings are whole, the exit code is 0.
@Suite(.timeLimit(.minutes(5)))
struct DrainTests {
    @Test func liveCallsEndInGoodOrderAndNewOnesAreRefused() async throws {
        let workshop = try Workshop()
        let log = workshop.path("bot.jsonl")
        let stubborn = try await CarrierProcess(flow: CarrierBench.listening, in: workshop)
        let bench = try await CarrierBench(
            bots: CarrierBench.child("speaker", "--manner, speak, --seconds, \"50\"", log: log),
            secondPort: stubborn.port, workshop: workshop)
        _ = try await bench.call("speaker", trunk: "second")
        var calls: [String] = []
        for _ in 0..<3 { calls.append(try await bench.call("speaker")) }
        try await Task.sleep(for: .seconds(3))

        // A far end that answers no BYE keeps the gateway at it, so that there is a time to come too late in.
        stubborn.program.signal(SIGSTOP)
        bench.gateway.program.signal(SIGTERM)
        let signalled = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(200))
        try await self.expectRefusals(of: bench)
        // The three, and the refused one.
        let reports = await bench.simulator.reports(atLeast: 4).filter { $0.direction == .incoming }
        let ended = signalled.duration(to: .now)
        #expect(ended < .seconds(5))
        #expect(reports.count == 3)
        #expect(reports.allSatisfy { $0.endedBy == .gateway })
        let status = try await bench.gateway.program.exitStatus(within: .seconds(10))
        print("SIGTERM with 4 calls: 3 had ended after \(ended), the program after \(signalled.duration(to: .now))")
        #expect(status == 0)
        stubborn.program.signal(SIGKILL)
        try self.expectWholeRecords(of: bench, count: 4)
        await bench.close()
    }

    /// An API order and an INVITE that come while the gateway is stopping.
    private func expectRefusals(of bench: CarrierBench) async throws {
        let (status, _) = try await bench.gateway.request(
            "POST", "/v1/calls", body: ["trunk": "exotel", "to": .string(CarrierBench.exophone), "bot": "speaker"])
        #expect(status == 503)
        let report = try await bench.callIn()
        #expect(report.status == 503, "\(report.ladder)")
    }

    private func expectWholeRecords(of bench: CarrierBench, count: Int) throws {
        let records = try bench.gateway.storedRecords()
        #expect(records.count == count)
        for record in records {
            #expect(record["end"]?["cause"]?.asString == "shutdown")
            let recording = try #require(record["media"]?["recording"])
            #expect(recording["fault"]?.isNull == true)
            let channels = try SoundSamples.channels(of: try #require(recording["path"]?.asString))
            #expect(abs(channels[0].count / 8 - (record["duration_ms"]?.asInt ?? 0)) < 300)
            let end = channels[1].count / 8
            #expect(SoundSamples.isUnbroken(1_000, in: channels[1], until: end, atLeast: 1_500))
        }
    }
}
