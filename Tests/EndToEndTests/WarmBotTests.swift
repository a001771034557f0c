import Foundation
import JSON
import Testing

/// Processes of bots that are started ahead of their calls.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct WarmBotTests {
    /// A bot whose start takes half a second, as one that loads a model would.
    private static func slowBot(in workshop: Workshop) throws -> String {
        let bot = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/acting_bot.py").path()
        return try workshop.write("sleep 0.5\nexec python3 \(bot) \"$@\"\n", to: "slow.sh")
    }

    private static func warm(_ bench: CarrierBench, is count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var last: Int?
        while ContinuousClock.now < deadline {
            last = try await bench.gateway.request("GET", "/v1/gauges").json?["bots_warm"]?.asInt
            if last == count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(count) bots should be warm, and \(last ?? -1) are")
    }

    /// From a call's start until its bot is ready, with a process that waited and with one that is started for the call.
    @Test func warmBotIsReadySooner() async throws {
        let workshop = try Workshop()
        let (slow, log) = (try Self.slowBot(in: workshop), workshop.path("bot.jsonl"))
        let command = "command: [sh, \(slow), --manner, listen, --log, \(log)], startDeadline: 30s"
        let bench = try await CarrierBench(
            bots: "warm: {\(command), warm: 2}\ncold: {\(command)}", flow: CarrierBench.listening, workshop: workshop)
        var times: [String: [Int]] = [:]
        for _ in 0..<4 {
            for name in ["warm", "cold"] {
                try await Self.warm(bench, is: 2)
                // Those that wait have to be past their own start.
                try await Task.sleep(for: .seconds(1))
                let id = try await bench.call(name)
                let record = try await bench.gateway.record(of: id) {
                    $0["bot_ready"]?.asString != nil || $0["end"]?.isNull == false
                }
                times[name, default: []].append(try Self.readiness(of: record))
                #expect(try await bench.hangUp(id)["end"]?["cause"]?.asString == "hangup")
            }
        }
        for (name, values) in times { print("\(name) bot: ready after \(values.sorted()) ms") }
        // A refill for each call, and nothing else: two that wait, four that talked, four cold ones.
        try await Self.warm(bench, is: 2)
        let rest = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        #expect(rest["bots_warm"]?.asInt == 2)
        #expect(rest["reaped"]?.asInt == 0)
        await bench.close()
    }

    /// One that is killed while it waits is replaced, and the next call has a bot; SIGTERM to the gateway ends them all.
    @Test func killedWhileItWaits() async throws {
        let workshop = try Workshop()
        let log = workshop.path("bot.jsonl")
        let bench = try await CarrierBench(
            bots: CarrierBench.child("echo", "--manner, echo", log: log, more: "warm: 1, startDeadline: 30s"),
            flow: CarrierBench.burst, workshop: workshop)
        let first = try await CarrierBench.process(1, in: log)
        kill(first, SIGKILL)
        let second = try await CarrierBench.process(2, in: log)
        try await Self.warm(bench, is: 1)
        let record = try await bench.gateway.endedRecord(of: try await bench.call("echo"))
        #expect(record["end"]?["by"]?.asString == "remote", "\(record)")
        #expect(try await bench.expectEcho(in: record) < 500)
        let third = try await CarrierBench.process(3, in: log)
        #expect(Set([first, second, third]).count == 3)
        try await bench.gateway.program.stop()
        #expect(kill(third, 0) == -1)
        await bench.close()
    }

    /// Milliseconds from the call's creation until its bot said ready.
    private static func readiness(of record: JSONValue) throws -> Int {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let created = try style.parse(record["created"]?.asString ?? "")
        return Int((try style.parse(record["bot_ready"]?.asString ?? "").timeIntervalSince(created) * 1_000).rounded())
    }
}

extension CarrierBench {
    /// The process of the bot that was the `count`th to start, from the log of acting_bot.py.
    static func process(_ count: Int, in log: String) async throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let starts = Self.events(in: log).filter { $0["did"]?.asString == "start" }
            if starts.count >= count, let process = starts[count - 1]["pid"]?.asInt { return Int32(process) }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProgram.Fault.lineMissing("start number \(count)", after: .seconds(30), seen: [])
    }
}
