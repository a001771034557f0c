import Foundation
import JSON
import Testing

/// kill -9 of the gateway in the middle of a call.
@Suite(.timeLimit(.minutes(5)))
struct GatewayCrashTests {
    @Test(arguments: CarrierBench.Way.allCases)
    func recordingIsWholeButForTheLastSecond(over way: CarrierBench.Way) async throws {
        let workshop = try Workshop()
        let log = workshop.path("bot.jsonl")
        let bench = try await CarrierBench(
            over: way, bots: CarrierBench.child("speaker", "--manner, speak, --seconds, \"50\"", log: log),
            workshop: workshop)
        let id = try await bench.call("speaker")
        let answered = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(6_300))

        bench.gateway.program.signal(SIGKILL)
        let lived = answered.duration(to: .now)
        #expect(try await bench.gateway.program.exitStatus() == -SIGKILL)
        let path = workshop.path("recordings/\(id).wav")
        // Python's reader trusts the header alone: it reads as many frames as the header says, and fails on a bad one.
        let reader = try ChildProgram(
            "python3",
            [
                "-c",
                """
                import sys, wave
                with wave.open(sys.argv[1]) as file:
                    frames = file.getnframes()
                    assert len(file.readframes(frames)) == frames * 4
                    print("frames", file.getframerate(), file.getnchannels(), frames)
                """, path,
            ])
        let words = try await reader.line(with: "frames ").split(separator: " ")
        #expect(words.count == 4 && words[1] == "8000" && words[2] == "2")
        let recorded = Duration.milliseconds((Int(words.last ?? "") ?? 0) / 8)
        print("kill -9 after \(lived): \(recorded) are recorded")
        #expect(recorded >= lived - .seconds(1))
        let channels = try SoundSamples.channels(of: path)
        for (channel, hertz) in zip(channels, [CarrierBench.toneHertz, 1_000]) {
            let heard = SoundSamples.windows(with: hertz, in: channel)
            // Sound up to the end of the file, not silence that fills it.
            #expect((heard.last ?? 0) >= channel.count / 400 - 3)
            #expect(SoundSamples.longestTone(hertz, in: channel) > 4_500)
        }
        try await self.expectOneRecord(of: id, at: path, after: bench)
        await bench.close()
    }

    /// The next gateways write down, once, what became of the call that nobody saw the end of.
    private func expectOneRecord(of id: String, at path: String, after bench: CarrierBench) async throws {
        for _ in 0..<2 {
            let next = try await ServedGateway(again: bench.workshop)
            try await next.program.stop()
        }
        let records = try bench.gateway.storedRecords()
        #expect(records.map { $0["id"]?.asString } == [id])
        let record = try #require(records.first)
        #expect(record["end"]?["cause"]?.asString == "interrupted")
        #expect(record["answered"]?.asString != nil)
        #expect(record["signalling"]?["call_id"]?.asString != nil)
        #expect(record["media"]?["codec"]?.asString == "PCMA")
        #expect(record["media"]?["recording"]?["path"]?.asString == path)
        #expect((record["media"]?["recording"]?["duration_ms"]?.asInt ?? 0) > 5_000)
    }
}
