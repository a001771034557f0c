import FlowSimulator
import Foundation
import JSON
import Testing

/// A stock pipecat bot through the Exotel dialect. Fails, and says how to install it, where pipecat is missing.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PipecatCallTests {
    @Test func pipecatHoldsATwoWayCall() async throws {
        let workshop = try Workshop()
        let pipecat = try await PipecatBot("plugins/pipecat-echo/bot.py")
        let bench = try await CarrierBench(
            over: .tls, bots: pipecat.configuration, flow: CarrierBench.burst, workshop: workshop)
        let record = try await bench.gateway.endedRecord(of: try await bench.call("pipecat"))
        #expect(record["end"]?["cause"]?.asString == "hangup")
        #expect(record["end"]?["by"]?.asString == "remote")
        let delay = try await bench.expectEcho(in: record)
        print("pipecat: the tone comes back after \(delay) ms")
        #expect(delay < 1_000)
        // The bot has noticed the end.
        try await pipecat.program.line(with: "has finished")
        _ = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        await bench.close()
        try await pipecat.program.stop()
    }

    /// An interruption in pipecat's pipeline becomes a clear, and its end a normal close, which hangs up.
    @Test func interruptionClearsAndTheBotsEndHangsUp() async throws {
        let workshop = try Workshop()
        let pipecat = try await PipecatBot("Tests/EndToEndTests/Bots/pipecat_talker.py")
        let bench = try await CarrierBench(
            bots: pipecat.configuration, flow: CarrierBench.listening, workshop: workshop)
        let record = try await bench.gateway.endedRecord(of: try await bench.call("pipecat"))
        #expect(record["end"]?["cause"]?.asString == "hangup", "\(record)")
        #expect(record["end"]?["by"]?.asString == "bot")
        let report = try await bench.report(of: record)
        #expect(report.endedBy == .gateway)
        // 20 s were to be said; the interruption came after 2 s.
        let tone = SoundSamples.longestTone(1_000, in: try bench.heard(in: report))
        print(
            "pipecat: interrupted after \(tone) ms, cleared \(record["media"]?["bot_audio_cleared_ms"]?.asInt ?? -1) ms"
        )
        #expect((1_000...2_600).contains(tone))
        await bench.close()
        try await pipecat.program.stop()
    }
}

/// A pipecat bot's server in the virtual environment of the project.
private struct PipecatBot {
    let program: ChildProgram
    let configuration: String

    /// - Parameter script: from the project's folder.
    init(_ script: String) async throws {
        let python = try #require(
            Workshop.python, "pipecat is not installed: run `make setup-tests` or scripts/python-environment.sh")
        let port = UInt16.random(in: 2_000...9_000)
        self.program = try ChildProgram(
            python, [Workshop.project.appending(path: script).path(), "--port", "\(port)"],
            environment: ["PYTHONUNBUFFERED": "1"])
        // Importing pipecat takes seconds, and many of them on a busy machine.
        try await self.program.line(with: "Uvicorn running on", within: .seconds(60))
        self.configuration = "pipecat: {url: \"ws://127.0.0.1:\(port)/ws\", dialect: exotel}"
    }
}
