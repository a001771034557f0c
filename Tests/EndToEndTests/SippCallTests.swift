import Foundation
import JSON
import Testing

/// Calls with sipp over UDP and TCP with plain RTP; its scenarios fail on any message that they do not expect.
@Suite(.timeLimit(.minutes(5))) struct SippCallTests {
    /// sipp answers and echoes: what the bot says comes back to it.
    @Test(arguments: SippPeer.Transport.allCases) func aCallToSipp(transport: SippPeer.Transport) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let sipp = try await SippPeer.answering(transport, calls: 1, echoes: true, in: workshop)
        let gateway = try await Self.gateway(transport, farPort: sipp.port, in: workshop)
        let id = try await gateway.place(["trunk": "pbx", "to": .string(PeerTrial.farNumber), "bot": "brief"])
        let record = try await gateway.endedRecord(of: id)
        #expect(record["end"]?["by"]?.asString == "bot")
        #expect(record["media"]?["srtp"]?.isNull == true)
        try PeerTrial.judge(record, atLeast: 2, echoes: true, in: workshop)
        #expect(try await sipp.program.exitStatus() == 0)
        let expected = ["-> INVITE (SDP)", "<- 180 Ringing", "<- 200 OK (SDP)", "-> ACK", "-> BYE", "<- 200 OK"]
        let ladder = try await gateway.ladder(of: id)
        #expect(ladder == expected)
        try await gateway.program.stop()
    }

    /// sipp calls in, insists on 180 before 200, speaks, and hangs up.
    @Test(arguments: SippPeer.Transport.allCases) func aCallFromSipp(transport: SippPeer.Transport) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let gateway = try await Self.gateway(transport, farPort: 9, in: workshop)
        let sipp = try await SippPeer.calling(
            PeerTrial.number, atPort: try await gateway.sipPort(transport.rawValue), transport,
            saying: PeerSound(tone: PeerSound.farTone, seconds: 10), hangsUpAfter: .seconds(5), in: workshop)
        let record = try await gateway.firstStoredRecord()
        #expect(record["end"]?["by"]?.asString == "remote")
        try PeerTrial.judge(record, atLeast: 2, in: workshop)
        #expect(try await sipp.program.exitStatus() == 0)
        try await gateway.program.stop()
    }

    /// A source that is on no trunk gets 403, so that sipp's call fails.
    @Test func aCallFromAStranger() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let gateway = try await Self.gateway(.udp, farHost: "127.0.0.99", farPort: 9, in: workshop)
        let sipp = try await SippPeer.calling(
            PeerTrial.number, atPort: try await gateway.sipPort("udp"), .udp,
            saying: PeerSound(tone: PeerSound.farTone, seconds: 1), hangsUpAfter: .seconds(1), in: workshop)
        #expect(try await sipp.program.exitStatus() == 1)
        #expect(sipp.program.lines.contains { $0.contains("SIP/2.0 403 Forbidden") })
        #expect((try? gateway.storedRecords()) ?? [] == [])
        try await gateway.program.stop()
    }

    private static func gateway(
        _ transport: SippPeer.Transport, farHost: String = "127.0.0.1", farPort: Int, in workshop: Workshop
    ) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              listeners: [{transport: \(transport.rawValue), address: 127.0.0.1, port: 0}]
            media:
              bindAddress: 127.0.0.1
            trunks:
              pbx:
                type: sip
                transport: \(transport.rawValue)
                addresses: ["\(farHost):\(farPort)"]
                number: "\(PeerTrial.number)"
                allowedPrefixes: ["+91"]
                bindAddress: 127.0.0.1
            bots:
            \(PeerTrial.bot("brief", listen: 4, in: workshop))
            \(PeerTrial.bot("patient", in: workshop))
            \(try PeerTrial.recordings(in: workshop))
            routes: [{trunk: pbx, number: "\(PeerTrial.number)", bot: patient}]
            """, in: workshop)
    }
}
