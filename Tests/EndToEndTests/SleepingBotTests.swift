import FlowSimulator
import Foundation
import JSON
import Testing

/// Bots that read nothing for half a minute: their own call is told or ends, and no other call notices.
@Suite(.timeLimit(.minutes(5)))
struct SleepingBotTests {
    @Test(arguments: BotFailureTrial.Link.allCases)
    func sleepingBotLosesAudioAndIsTold(over link: BotFailureTrial.Link) async throws {
        let trial = try await BotFailureTrial(
            "--manner hang --seconds 30 --rate 48000", over: link, stallDeadline: "60s")
        let id = try await trial.bench.call("failing")

        let record = try await trial.bench.gateway.endedRecord(of: id)
        try await trial.expectBye(record, cause: "hangup")
        let dropped = record["media"]?["bot_frames_dropped"]?.asInt ?? 0
        // 30 s of frames, less the 2 s of the queue and what the kernel holds.
        #expect((1_000...1_450).contains(dropped), "\(dropped) frames")
        let overflow = try await CarrierBench.event("overflow", in: trial.log)
        #expect(overflow["side"]?.asString == "to_bot")
        #expect((overflow["dropped_ms"]?.asInt ?? 0) > 0)
        #expect(record["media"]?["packets_lost"]?.asInt == 0)
        try await trial.finish("sleep, \(dropped) frames dropped")
    }

    /// A bot that reads nothing for 30 s does not keep its call that long: BYE, cause `bot`.
    @Test(arguments: BotFailureTrial.Link.allCases)
    func sleepingBotEndsItsCall(over link: BotFailureTrial.Link) async throws {
        let trial = try await BotFailureTrial("--manner hang --seconds 30 --rate 48000", over: link)
        let id = try await trial.bench.call("failing")
        let answered = ContinuousClock.now

        let record = try await trial.bench.gateway.endedRecord(of: id)
        #expect(ContinuousClock.now - answered < .seconds(30))
        try await trial.expectBye(record, cause: "bot")
        #expect(record["end"]?["sentence"]?.asString?.contains("read nothing for 20 s") == true, "\(record)")
        #expect((record["media"]?["bot_frames_dropped"]?.asInt ?? 0) >= 950)
        try await trial.finish("sleep without end")
    }
}
