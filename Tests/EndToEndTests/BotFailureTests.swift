import FlowSimulator
import Foundation
import JSON
import Testing

/// Bots that die, flood and talk nonsense: their own call ends or is told, and no other call notices.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BotFailureTests {
    @Test(arguments: BotFailureTrial.Link.allCases)
    func killedBotEndsItsCall(over link: BotFailureTrial.Link) async throws {
        let trial = try await BotFailureTrial("--manner echo", over: link)
        let id = try await trial.bench.call("failing")
        let bot = try await CarrierBench.event("start", in: trial.log)["pid"]?.asInt
        try await Task.sleep(for: .seconds(2))

        kill(Int32(try #require(bot)), SIGKILL)
        let record = try await trial.bench.gateway.endedRecord(of: id, within: .seconds(20))
        try await trial.expectBye(record, cause: "bot")
        try await trial.finish("kill -9")
    }

    /// A flood that does not stop, whatever it is told, ends its call: BYE, cause `bot`.
    @Test(arguments: BotFailureTrial.Link.allCases)
    func floodWithoutEndEndsItsCall(over link: BotFailureTrial.Link) async throws {
        let trial = try await BotFailureTrial("--manner flood --seconds 30", over: link)
        let id = try await trial.bench.call("failing")

        let record = try await trial.bench.gateway.endedRecord(of: id)
        try await trial.expectBye(record, cause: "bot")
        let refused = record["media"]?["bot_audio_refused_ms"]?.asInt ?? 0
        #expect((600_000...610_000).contains(refused), "\(refused)")
        let overflow = try await CarrierBench.event("overflow", in: trial.log)
        #expect(overflow["side"]?.asString == "from_bot")
        try await trial.finish("flood without end")
    }

    @Test(arguments: BotFailureTrial.Link.allCases)
    func floodIsBoundedAndTold(over link: BotFailureTrial.Link) async throws {
        let trial = try await BotFailureTrial("--manner flood --seconds 5", over: link)
        let id = try await trial.bench.call("failing")

        let record = try await trial.bench.gateway.endedRecord(of: id)
        try await trial.expectBye(record, cause: "hangup")
        let media = try #require(record["media"])
        let times = ["heard", "refused", "cleared"].map { media["bot_audio_\($0)_ms"]?.asInt ?? 0 }
        // Nothing is uncounted: what was heard, refused and cleared is what was sent.
        #expect(abs(times.reduce(0, +) - 500_000) < 1_000, "\(times)")
        #expect(times[1] > 400_000 && times[2] <= 60_000, "\(times)")
        let overflow = try await CarrierBench.event("overflow", in: trial.log)
        #expect(overflow["side"]?.asString == "from_bot")
        let deed = try await CarrierBench.event("flood", in: trial.log)
        try await trial.finish("500 s of audio within \(deed["seconds"]?.asDouble ?? 0) s")
    }

    @Test(arguments: BotFailureTrial.Link.allCases, ["junk", "nonsense"])
    func junkEndsTheCall(over link: BotFailureTrial.Link, manner: String) async throws {
        let trial = try await BotFailureTrial("--manner \(manner)", over: link)
        let id = try await trial.bench.call("failing")

        let record = try await trial.bench.gateway.endedRecord(of: id, within: .seconds(30))
        try await trial.expectBye(record, cause: "bot")
        if link == .webSocket {
            let code = try await CarrierBench.event("closed", in: trial.log)["code"]?.asInt
            #expect(code == (manner == "junk" ? 1002 : 1008))
        } else {
            _ = try await CarrierBench.event("end-of-stream", in: trial.log)
        }
        try await trial.finish(manner)
    }
}
