import FlowSimulator
import Foundation
import JSON
import Testing

/// Many calls at once: TLS and SRTP, a carrier and a bot in processes of their own, the pacer's limit raised.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled(if: Sanitizer.leavesFiguresAlone, "a hundred calls are more than two cores carry under a sanitizer"))
struct LoadTests {
    private static let count = 100
    private static let hold = Duration.seconds(15)

    @Test func hundredCallsLoseNothing() async throws {
        let workshop = try Workshop()
        let bot = try ChildProgram(Workshop.echoBot, [])
        let url = try await bot.line(with: "ws://")
        let carrier = try await CarrierProcess(
            over: .tls, flow: CarrierBench.endlessTone, edge: "ringing: 100ms", in: workshop,
            options: ["--calls-per-minute", "10000", "--reports", workshop.path("carrier")])
        let trunk = CarrierBench.trunk("exotel", at: .mumbai, over: .tls, port: carrier.port, workshop: workshop)
        let gateway = try await ServedGateway(
            CarrierBench.configuration(trunks: trunk, bots: "echo: {url: \"\(url)\"}", workshop: workshop),
            in: workshop)

        let began = ContinuousClock.now
        var calls: [String] = []
        for _ in 0..<Self.count {
            calls.append(
                try await gateway.place(["trunk": "exotel", "to": .string(CarrierBench.exophone), "bot": "echo"]))
        }
        for id in calls { _ = try await gateway.record(of: id) { $0["answered"]?.asString != nil } }
        let answered = began.duration(to: .now)
        let used = ProcessFigures.processorTime(of: gateway.program.processIdentifier)
        try await Task.sleep(for: Self.hold)
        let usedByCalls = ProcessFigures.processorTime(of: gateway.program.processIdentifier) - used
        let live = try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray?.count
        #expect(live == Self.count)
        let gauges = try await gateway.request("GET", "/v1/gauges").json
        for id in calls { _ = try await gateway.request("DELETE", "/v1/calls/\(id)") }
        for id in calls { try self.expectWhole(try await gateway.endedRecord(of: id)) }
        _ = try await gateway.gaugesAtRest()
        try await self.expectWholeReports(in: workshop.folder.appending(path: "carrier"))
        let share = usedByCalls / (Double(Self.count) * Double(Self.hold.components.seconds))
        print(
            "load: \(Self.count) calls set up within \(answered);",
            "\(share.components.attoseconds / 1_000_000_000_000) µs of processor time a call-second;",
            "pacing p99 \(gauges?["pacing_p99_us"]?.asInt ?? -1) µs; late ticks \(gauges?["late_ticks"]?.asInt ?? -1)")
        try await gateway.program.stop()
        try await carrier.program.stop()
        bot.signal(SIGKILL)
        workshop.remove()
    }

    private func expectWhole(_ record: JSONValue) throws {
        #expect(record["end"]?["cause"]?.asString == "hangup", "\(record["end"] as Any)")
        let media = try #require(record["media"])
        #expect(media["srtp"]?.asString?.hasPrefix("AES_CM_128_HMAC_SHA1") == true)
        for figure in ["packets_lost", "srtp_failures", "packets_invalid", "send_failures", "bot_frames_dropped"] {
            #expect(media[figure]?.asInt == 0, "\(figure): \(media)")
        }
        let seconds = Int(Self.hold.components.seconds)
        #expect((media["packets_received"]?.asInt ?? 0) >= seconds * 49)
        #expect((media["bot_audio_heard_ms"]?.asInt ?? 0) > (seconds - 2) * 1_000)
    }

    private func expectWholeReports(in folder: URL) async throws {
        // A report is written a moment after its call has ended.
        var files: [URL] = []
        for _ in 0..<50 where files.count < Self.count {
            try await Task.sleep(for: .milliseconds(100))
            files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "json" }
        }
        #expect(files.count == Self.count)
        for file in files {
            let report = try JSONDecoder().decode(CallReport.self, from: Data(contentsOf: file))
            let media = try #require(report.media)
            #expect(report.endedBy == .gateway && report.status == 200)
            #expect(media.packetsLost == 0 && media.srtpFailures == 0 && media.strange == 0, "\(media)")
            #expect(media.packetsReceived >= Int(Self.hold.components.seconds) * 49)
        }
    }
}
