import FlowSimulator
import Foundation
import JSON
import Testing

/// What a call leaves that nobody answered: a record, and no recording.
@Suite(.timeLimit(.minutes(5))) struct UnansweredCallTests {
    @Test func leavesNoRecording() async throws {
        let workshop = try Workshop()
        let bots = CarrierBench.child("speaker", "--manner, speak", log: workshop.path("bot.jsonl"))
        let bench = try await CarrierBench(bots: bots, workshop: workshop)
        var busy = Misbehaviour()
        busy.refusal = Misbehaviour.Refusal(status: 486)
        try await bench.simulator.misbehave(busy)
        let id = try await bench.call("speaker")
        let record = try await bench.gateway.endedRecord(of: id)
        #expect(record["end"]?["sip_status"]?.asInt == 486)
        #expect(record["media"]?["recording"]?.isNull == true)
        _ = try await bench.gateway.gaugesAtRest()
        #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.path("recordings")).isEmpty)
        await bench.close()
    }
}
