import Foundation
import JSON
import Testing

/// Bots that dial the gateway ahead of their calls.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BotDialsTests {
    private static let token = "a-token-of-a-bot-that-dials"

    private static func bench(
        _ lines: String = "", name: String = "desk", server: String = "port: 0", flow: String = CarrierBench.burst
    ) async throws -> CarrierBench {
        try await CarrierBench(
            bots: "\(name): {dials: true, token: \"\(self.token)\"\(lines)}", flow: flow,
            more: "\nbotServer: {\(server)}\n", workshop: try Workshop())
    }

    private static func bot(
        _ bench: CarrierBench, path: String = "/native/desk", token: String = token, _ arguments: [String] = []
    ) async throws -> ChildProgram {
        let line = try await bench.gateway.program.line(with: "listening on ws")
        let url = String(try #require(line.split(separator: " ").last)) + path
        let script = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/dialling_bot.py").path()
        return try ChildProgram("python3", [script, "--url", url, "--token", token] + arguments)
    }

    private static func waiting(_ bench: CarrierBench, is count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        var last: Int?
        while ContinuousClock.now < deadline {
            last = try await bench.gateway.request("GET", "/v1/gauges").json?["bots_waiting"]?.asInt
            if last == count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(count) bots should wait, and \(last ?? -1) do")
    }

    private func expectEcho(_ bench: CarrierBench, _ bot: ChildProgram, name: String = "desk") async throws {
        let record = try await bench.gateway.endedRecord(of: try await bench.call(name))
        #expect(record["end"]?["by"]?.asString == "remote", "\(record)")
        #expect(try await bench.expectEcho(in: record) < 500)
        let waiting = try await bot.line(with: "waiting ")
        let start = try await bot.line(with: "start ")
        // The connection is called by one name: to the bot when it was let in, in the call's start, and in the log.
        #expect(waiting.split(separator: " ").last == start.split(separator: " ").last)
        _ = try await bot.line(with: "closed 1000")
        _ = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
    }

    @Test func nativeBot() async throws {
        let bench = try await Self.bench()
        let bot = try await Self.bot(bench)
        try await Self.waiting(bench, is: 1)
        try await self.expectEcho(bench, bot)
        // It has dialled again, for the next call.
        try await Self.waiting(bench, is: 1)
        await bench.close()
        _ = try await bot.line(with: "closed 1001")
        try await bot.stop()
    }

    @Test func twilioBot() async throws {
        let bench = try await Self.bench(", dialect: twilio")
        let bot = try await Self.bot(bench, path: "/twilio/desk", token: Self.token, ["--dialect", "twilio"])
        try await Self.waiting(bench, is: 1)
        try await self.expectEcho(bench, bot)
        await bench.close()
        try await bot.stop()
    }

    @Test func overTLS() async throws {
        let certificates = try TransportCertificates.shared.get()
        let files = try certificates.files(names: "IP:127.0.0.1")
        let bench = try await Self.bench(
            server: "port: 0, certificateFile: \"\(files.certificate)\", keyFile: \"\(files.key)\"")
        let bot = try await Self.bot(bench, token: Self.token, ["--authority", certificates.authorityPath])
        try await Self.waiting(bench, is: 1)
        try await self.expectEcho(bench, bot)
        await bench.close()
        try await bot.stop()
    }

    @Test(arguments: [
        ("/native/desk", "a-token-that-is-another", "refused 401"), ("/native/nobody", token, "refused 404"),
        ("/twilio/desk", token, "refused 404"),
    ])
    func refused(path: String, token: String, line: String) async throws {
        let bench = try await Self.bench()
        let bot = try await Self.bot(bench, path: path, token: token)
        _ = try await bot.line(with: line)
        try await Self.waiting(bench, is: 0)
        await bench.close()
    }

    @Test func oneTooMany() async throws {
        let bench = try await Self.bench(", waiting: 2")
        let bot = try await Self.bot(bench, token: Self.token, ["--connections", "3"])
        _ = try await bot.line(with: "refused 503")
        try await Self.waiting(bench, is: 2)
        await bench.close()
        try await bot.stop()
    }

    /// Nobody waits and nobody dials: the start deadline ends the call, and says why.
    @Test func noneWaits() async throws {
        let bench = try await Self.bench(", startDeadline: 1s")
        let record = try await bench.gateway.endedRecord(of: try await bench.call("desk"))
        #expect(record["end"]?["cause"]?.asString == "bot", "\(record)")
        _ = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        await bench.close()
    }

    /// A bot that is killed while it waits gets no call; one that dials while a call waits does.
    @Test func killedWhileItWaits() async throws {
        let bench = try await Self.bench(", startDeadline: 20s")
        let first = try await Self.bot(bench)
        try await Self.waiting(bench, is: 1)
        first.signal(SIGKILL)
        try await Self.waiting(bench, is: 0)
        async let id = bench.call("desk")
        let second = try await Self.bot(bench)
        let record = try await bench.gateway.endedRecord(of: try await id)
        #expect(record["end"]?["by"]?.asString == "remote", "\(record)")
        #expect(try await bench.expectEcho(in: record) < 500)
        await bench.close()
        try await second.stop()
    }

    /// Each call has a connection of its own.
    @Test func twoCallsAtOnce() async throws {
        let bench = try await Self.bench()
        let bot = try await Self.bot(bench, token: Self.token, ["--connections", "2"])
        try await Self.waiting(bench, is: 2)
        async let one = bench.call("desk")
        async let other = bench.call("desk")
        for id in [try await one, try await other] {
            let record = try await bench.gateway.endedRecord(of: id)
            #expect(record["end"]?["by"]?.asString == "remote", "\(record)")
            #expect(try await bench.expectEcho(in: record) < 500)
        }
        let starts = bot.lines.filter { $0.hasPrefix("start ") }
        #expect(starts.count == 2 && Set(starts).count == 2, "\(starts)")
        await bench.close()
        try await bot.stop()
    }
}
