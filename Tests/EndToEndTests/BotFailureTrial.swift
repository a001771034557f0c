import FlowSimulator
import Foundation
import JSON
import Testing

/// A gateway in which one call goes on undisturbed, while the bot `failing` of another misbehaves.
struct BotFailureTrial {
    enum Link: String, CaseIterable {
        case process, webSocket
    }

    let bench: CarrierBench
    /// The failing bot's events and deeds.
    let log: String
    private let link: Link
    private let server: ChildProgram?
    private let bystander: String
    private let memoryBefore: Int

    /// Megabytes that the whole gateway may grow by at its worst moment. A minute of queued audio is one of them.
    private static let growthMax = 40

    /// - Parameters:
    ///   - arguments: of Bots/acting_bot.py.
    ///   - stallDeadline: of the failing bot.
    init(_ arguments: String, over link: Link, stallDeadline: String = "20s") async throws {
        let workshop = try Workshop("BotFailure")
        self.link = link
        self.log = workshop.path("failing.jsonl")
        let words = arguments.split(separator: " ").map(String.init)
        var bots = CarrierBench.child("bystander", "--manner, speak, --seconds, \"50\"", log: workshop.path("by.jsonl"))
        switch link {
        case .process:
            self.server = nil
            let quoted = words.map { "\"\($0)\"" }.joined(separator: ", ")
            bots += "\n" + CarrierBench.child("failing", quoted, log: self.log, more: "stallDeadline: \(stallDeadline)")
        case .webSocket:
            let (server, url) = try await CarrierBench.server(words, log: self.log)
            self.server = server
            bots += "\nfailing: {url: \"\(url)\", stallDeadline: \(stallDeadline)}"
        }
        self.bench = try await CarrierBench(bots: bots, workshop: workshop)
        self.bystander = try await self.bench.call("bystander")
        self.memoryBefore = ProcessFigures.memory("VmRSS", of: self.bench.gateway.program.processIdentifier)
    }

    /// The far end got a BYE, and the record says why.
    func expectBye(_ record: JSONValue, cause: String) async throws {
        #expect(record["end"]?["cause"]?.asString == cause, "\(record)")
        #expect(record["end"]?["by"]?.asString == "bot")
        let report = try await self.bench.report(of: record)
        #expect(report.endedBy == .gateway)
        #expect(report.media?.packetsLost == 0)
    }

    /// The other call was not disturbed, memory stayed within its bound, and nothing is left.
    func finish(_ title: String) async throws {
        // The other call goes on after the failure as it did before.
        try await Task.sleep(for: .seconds(2))
        let record = try await self.bench.hangUp(self.bystander)
        #expect(record["end"]?["cause"]?.asString == "hangup")
        let media = try #require(record["media"])
        for figure in ["packets_lost", "bot_underruns", "bot_frames_dropped", "bot_audio_refused_ms"] {
            #expect(media[figure]?.asInt == 0, "\(figure) of the other call")
        }
        let report = try await self.bench.report(of: record)
        #expect(report.media?.packetsLost == 0)
        let heard = try self.bench.heard(in: report)
        let isWhole = SoundSamples.isUnbroken(
            1_000, in: heard, until: report.durationInMilliseconds, atLeast: 1_500)
        #expect(isWhole, "the other call's audio has a hole")
        let gateway = self.bench.gateway.program.processIdentifier
        let growth = ProcessFigures.memory("VmHWM", of: gateway) - self.memoryBefore
        #expect(growth < Self.growthMax, "the gateway grew by \(growth) MB")
        let gauges = try await self.bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        print(
            "\(title), \(self.link.rawValue): at most \(growth) MB more, pacing p99",
            "\(gauges["pacing_p99_us"]?.asInt ?? -1) µs, late ticks \(gauges["late_ticks"]?.asInt ?? -1)")
        await self.bench.close()
        try await self.server?.stop()
    }
}

/// What the kernel says of a process.
enum ProcessFigures {
    /// Megabytes of a line of `status`: `VmRSS` is now, `VmHWM` the most ever.
    static func memory(_ line: String, of process: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let words = text.split(separator: "\n").first { $0.hasPrefix(line) }?.split(whereSeparator: \.isWhitespace)
        return (words.flatMap { Int($0[1]) } ?? 0) / 1_024
    }

    /// Processor time used so far, in user and kernel mode.
    static func processorTime(of process: Int32) -> Duration {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // Behind the name in parentheses; utime and stime are fields 14 and 15, in hundredths of a second.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let kernel = Int(fields[13]) else { return .zero }
        return .milliseconds((user + kernel) * 10)
    }
}
