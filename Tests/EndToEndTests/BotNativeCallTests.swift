import FlowSimulator
import Foundation
import JSON
import Testing

/// Calls with bots of the native protocol.
@Suite(.timeLimit(.minutes(5)))
struct BotNativeCallTests {
    /// plugins/echo over a WebSocket: the carrier's tone comes back.
    @Test func echoComesBack() async throws {
        let workshop = try Workshop()
        let script = Workshop.project.appending(path: "plugins/echo/echo.py").path()
        let bot = try ChildProgram("python3", [script, "--port", "0"])
        let url = try await bot.line(with: "ws://")
        let bench = try await CarrierBench(
            over: .tls, bots: "echo: {url: \"\(url)\"}", flow: CarrierBench.burst, workshop: workshop)
        let record = try await bench.gateway.endedRecord(of: try await bench.call("echo"))
        #expect(record["end"]?["by"]?.asString == "remote")
        let delay = try await bench.expectEcho(in: record)
        print("echo: the tone comes back after \(delay) ms")
        #expect(delay < 500)
        _ = try await bot.line(with: "remote_hangup")
        await bench.close()
        try await bot.stop()
    }

    /// A mark that is heard, a clear that drops the rest with its mark, and `heard_ms` that never counts what was dropped.
    @Test(arguments: BotFailureTrial.Link.allCases)
    func marksAndClearTellWhatWasHeard(over link: BotFailureTrial.Link) async throws {
        let workshop = try Workshop()
        let log = workshop.path("bot.jsonl")
        var server: ChildProgram?
        var bots = CarrierBench.child("talker", "--manner, interrupt", log: log)
        if link == .webSocket {
            let (program, url) = try await CarrierBench.server(["--manner", "interrupt"], log: log)
            server = program
            bots = "talker: {url: \"\(url)\"}"
        }
        let bench = try await CarrierBench(bots: bots, flow: CarrierBench.listening, workshop: workshop)
        let record = try await bench.gateway.endedRecord(of: try await bench.call("talker"))
        #expect(record["end"]?["by"]?.asString == "bot")

        let marks = CarrierBench.events(in: log).filter { $0["event"]?.asString == "mark" }
        #expect(marks.map { $0["name"]?.asString } == ["played", "dropped", "after"])
        #expect(marks.map { $0["outcome"]?.asString } == ["played", "cleared", "played"])
        #expect(marks.first?["heard_ms"]?.asInt == 1_000)
        let cleared = try await CarrierBench.event("cleared", in: log)
        let heard = try #require(cleared["heard_ms"]?.asInt)
        #expect((2_000...3_200).contains(heard))
        #expect(cleared["marks"]?.asArray?.map(\.asString) == ["dropped"])
        #expect(marks.last?["heard_ms"]?.asInt == heard + 1_000)
        #expect(record["media"]?["bot_audio_cleared_ms"]?.asInt == 21_000 - heard)
        // The far end's own ears agree.
        let tone = SoundSamples.windows(with: 1_000, in: try bench.heard(in: try await bench.report(of: record)))
        #expect(abs(tone.count * 50 - heard - 1_000) <= 200)
        await bench.close()
        try await server?.stop()
    }
}

extension CarrierBench {
    /// The carrier's burst came back whole. Returns after how many milliseconds.
    func expectEcho(in record: JSONValue) async throws -> Double {
        let report = try await self.report(of: record)
        #expect(report.media?.packetsLost == 0)
        #expect(record["media"]?["packets_lost"]?.asInt == 0)
        let channels = try SoundSamples.channels(of: self.workshop.path("carrier/\(report.recording ?? "")"))
        #expect(SoundSamples.longestTone(Self.toneHertz, in: channels[1]) >= 2_700)
        let said = try #require(SoundSamples.onset(in: channels[0]))
        return try #require(SoundSamples.onset(in: channels[1])) - said
    }
}
