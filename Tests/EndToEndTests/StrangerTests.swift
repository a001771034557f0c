import FlowSimulator
import Foundation
import JSON
import Testing

/// A third socket that sends to the media port of a live call gets no byte, is in no recording, ends nothing, and is
/// counted (RTP bleed, CVE-2017-14099; replayed and invalid SRTP, CVE-2021-26712 and CVE-2021-41105).
@Suite(.serialized, .timeLimit(.minutes(5))) struct StrangerTests {
    /// What a stranger's datagrams came to.
    private struct Outcome {
        var record: JSONValue
        var carrier: CallReport
        var stranger: [LoopbackSocket.Address]

        func count(_ member: String) -> Int { self.record["media"]?[member]?.asInt ?? -1 }
    }

    @Test func aStrangerGetsNothingOfAPlainCall() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let port = try await LoopbackSocket.freePair()
        let outcome = try await Self.call(.tcp, port, in: workshop, trunk: []) {
            try await Self.pester(port: port)
        }
        #expect(outcome.count("packets_from_strangers") >= 150)
        Self.expectUnharmed(outcome)
        let garbage = ["packets_from_strangers", "packets_invalid", "foreign_datagrams"].map(outcome.count).reduce(0, +)
        #expect(garbage >= 9_000)
    }

    /// The relay sees every packet of the call, and plays it back from a stranger's address and from the call's own.
    @Test func replayedPacketsAndGarbageDoNothingToAnSRTPCall() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let port = try await LoopbackSocket.freePair()
        let relay = try MediaRelay(port: port)
        defer { relay.stop() }
        let outcome = try await Self.call(.tls, port, in: workshop, trunk: ["externalAddress: 127.0.0.2"]) {
            try await Task.sleep(for: .seconds(1))
            let replayed = relay.captured.filter { !$0.isFromGateway && !$0.isRTCP }.prefix(40)
            #expect(replayed.count == 40)
            return try await Self.pester(port: port) { stranger in
                for packet in replayed {
                    stranger.send(packet.bytes, to: .init(port: port))
                    relay.inject(packet)
                }
            }
        }
        #expect(outcome.record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        #expect(outcome.count("srtp_failures") >= 150 + 5 * 80)
        #expect(outcome.count("packets_duplicate") == 0)
        Self.expectUnharmed(outcome)
        #expect(outcome.count("srtp_failures") + outcome.count("foreign_datagrams") >= 9_000)
    }

    private static func expectUnharmed(_ outcome: Outcome) {
        #expect(outcome.stranger.isEmpty, "a stranger was answered")
        #expect(outcome.record["end"]?["cause"]?.asString == "hangup")
        #expect(outcome.record["end"]?["by"]?.asString == "operator")
        #expect(outcome.count("packets_lost") == 0)
        #expect(outcome.record["media"]?["digits_received"]?.asString == "")
        #expect(outcome.carrier.media?.packetsLost == 0)
        #expect(outcome.carrier.media?.srtpFailures == 0)
        #expect(outcome.carrier.media?.strange == 0)
    }

    /// Four seconds of a perfect stream of 1 kHz, 10,000 pieces of garbage, RTCP that says BYE, and whatever else.
    ///
    /// Returns who sent the stranger anything.
    private static func pester(
        port: UInt16, also: (LoopbackSocket) -> Void = { _ in }
    ) async throws -> [LoopbackSocket.Address] {
        let perfect = try MediaPlanePeer()
        let stranger = try LoopbackSocket()
        var answered: [LoopbackSocket.Address] = []
        try await MediaPlaneDesk.pace(slots: 200) { slot in
            perfect.sendTone(to: port)
            for _ in 0..<50 {
                let garbage = (0..<Int.random(in: 1...200)).map { _ in UInt8.random(in: 0...255) }
                stranger.send(garbage, to: .init(port: port))
            }
            stranger.send(
                [0x81, 203, 0, 1] + (0..<4).map { _ in UInt8.random(in: 0...255) }, to: .init(port: port + 1))
            if slot % 40 == 20 { also(stranger) }
            perfect.receive()
            answered += stranger.receive().map(\.source)
        }
        perfect.receive()
        #expect(perfect.raw.isEmpty)
        #expect(perfect.rtcpRaw.isEmpty)
        return answered
    }

    /// Holds a call that says and hears 440 Hz, lets `meanwhile` happen in it, and checks its recording.
    private static func call(
        _ transport: SimulatorListener.Transport, _ port: UInt16, in workshop: Workshop, trunk: [String],
        meanwhile: () async throws -> [LoopbackSocket.Address]
    ) async throws -> Outcome {
        let carrier = try await SimulatedCarrier(transport, in: workshop)
        let gateway = try await ServedGateway(
            try carrier.configuration(trunk: trunk, more: "media: {ports: \(port)-\(port + 1)}"), in: workshop)
        let id = try await gateway.place(SimulatedCarrier.order)
        _ = try await gateway.record(of: id) { $0["answered"]?.isNull == false }
        let stranger = try await meanwhile()
        #expect(try await gateway.request("DELETE", "/v1/calls/\(id)").status == 202)
        let record = try await gateway.endedRecord(of: id)
        let report = try #require(await carrier.simulator.reports(atLeast: 1).first)
        try await gateway.program.stop()
        await carrier.simulator.shutdown()

        let path = try #require(record["media"]?["recording"]?["path"]?.asString)
        let (left, right) = try channels(ofRecording: path)
        for channel in [left, right] {
            // On a busy machine the bot comes late, and a slipped frame turns the phase.
            let windows = stride(from: 0, to: 24_000, by: 800).map { channel.suffix(26_000).dropFirst($0).prefix(800) }
            #expect(windows.count { share(of: 440, in: $0) > 0.95 } >= windows.count / 2)
            #expect(share(of: 1_000, in: channel) < 0.01)
        }
        return Outcome(record: record, carrier: report, stranger: stranger)
    }
}
