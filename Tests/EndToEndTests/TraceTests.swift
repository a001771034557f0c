import FlowSimulator
import Foundation
import JSON
import Testing

/// The SIP messages of a call over TLS as others read them: tshark reads the capture file, and a collector's datagrams.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TraceTests {
    /// A collector: each HEP3 datagram, taken apart, as a line of JSON.
    private static let script = """
        import json, socket, sys
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        print("port", server.getsockname()[1], flush=True)
        while True:
            data = server.recv(65535)
            assert data[:4] == b"HEP3" and int.from_bytes(data[4:6], "big") == len(data)
            chunks, place = {}, 6
            while place < len(data):
                vendor, kind, length = (int.from_bytes(data[place + i:place + i + 2], "big") for i in (0, 2, 4))
                assert vendor == 0 and length >= 6
                chunks[kind] = data[place + 6:place + length]
                place += length
            number = lambda kind: int.from_bytes(chunks[kind], "big")
            with open(sys.argv[1], "a") as log:
                print(json.dumps({
                    "family": number(1), "protocol": number(2), "type": number(11), "capture": number(12),
                    "ports": [number(7), number(8)], "seconds": number(9), "password": chunks[14].decode(),
                    "call_id": chunks[17].decode(), "payload": chunks[15].decode()}), file=log)
        """

    /// Runs tshark; its lines, or nil where Debian's package is not there.
    private static func tshark(_ arguments: [String]) async throws -> [String]? {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark") else { return nil }
        let program = try ChildProgram(
            "/usr/bin/tshark", arguments + ["-o", "ip.check_checksum:TRUE", "-o", "tcp.try_heuristic_first:TRUE"])
        #expect(try await program.exitStatus() == 0)
        return program.lines.filter { !$0.hasPrefix("Running as user") && !$0.hasPrefix("**") && !$0.isEmpty }
    }

    @Test func captureAndExportOfACallOverTLS() async throws {
        let workshop = try Workshop()
        let file = workshop.path("hep.jsonl")
        let collector = try ChildProgram("python3", ["-c", Self.script, file])
        let port = try await collector.line(with: "port ").split(separator: " ")[1]
        let bots = CarrierBench.child("speaker", "--manner, speak", log: workshop.path("bot.jsonl"))
        let more = "\ntrace: {hep: {address: \"127.0.0.1:\(port)\", captureId: 77, password: hunter2}}"
        let bench = try await CarrierBench(over: .tls, bots: bots, more: more, workshop: workshop)
        let id = try await bench.call("speaker")
        _ = try await bench.hangUp(id)

        let (status, capture) = try await bench.gateway.file("/v1/calls/\(id)/pcap")
        #expect(status == 200)
        let text = String(decoding: capture, as: UTF8.self)
        #expect(text.contains("inline:xxxxxxxxxxxxxxxxxxxx") && !text.contains(/inline:[^x]/))
        let path = workshop.path("call.pcapng")
        try capture.write(to: URL(filePath: path))
        let fields = ["sip.Method", "sip.Status-Code", "tcp.checksum.status", "ip.checksum.status"]
        let lines = try await Self.tshark(
            ["-r", path, "-o", "tcp.check_checksum:TRUE", "-T", "fields"] + fields.flatMap { ["-e", $0] })
        if let lines {
            let messages = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
            try #require(messages.allSatisfy { $0.count == fields.count }, "\(lines)")
            #expect(messages.first?[0] == "INVITE", "\(lines)")
            #expect(messages.contains { $0[0] == "ACK" } && messages.contains { $0[0] == "BYE" })
            #expect(messages.contains { $0[1] == "200" } && messages.contains { $0[1] == "180" })
            // 1 is good.
            #expect(messages.allSatisfy { $0[2] == "1" && $0[3] == "1" }, "\(lines)")
            let malformed = try await Self.tshark(["-r", path, "-Y", "_ws.malformed || !sip"])
            #expect(malformed == [], "\(malformed ?? [])")
        }
        try await self.judge(file, of: collector, call: id, of: bench)
        await bench.close()
        try await collector.stop()
    }

    /// Every message of the ladder came to the collector, decrypted and without its keys.
    private func judge(
        _ file: String, of collector: ChildProgram, call id: String, of bench: CarrierBench
    ) async throws {
        let (_, ladder) = try await bench.gateway.file("/v1/calls/\(id)/ladder")
        let drawn = String(decoding: ladder, as: UTF8.self)
        let rungs = drawn.split(separator: "\n").filter { $0.contains("─") }.count
        let sent = try await bench.gateway.request("GET", "/v1/gauges").json
        #expect((sent?["hep_sent"]?.asInt ?? 0) >= rungs && sent?["hep_dropped"]?.asInt == 0, "\(drawn) \(sent as Any)")
        let record = try await bench.gateway.request("GET", "/v1/calls/\(id)").json
        let callID = record?["signalling"]?["call_id"]?.asString
        let all = CarrierBench.events(in: file)
        #expect(all.count >= rungs && collector.isRunning, "\(collector.lines)")
        let packets = all.filter { $0["call_id"]?.asString == callID }
        #expect(packets.count == rungs)
        let now = Int(Date.now.timeIntervalSince1970)
        for packet in packets {
            #expect(packet["family"]?.asInt == 2 && packet["protocol"]?.asInt == 6 && packet["type"]?.asInt == 1)
            #expect(packet["capture"]?.asInt == 77 && packet["password"]?.asString == "hunter2")
            #expect(abs((packet["seconds"]?.asInt ?? 0) - now) < 120)
            #expect(packet["payload"]?.asString?.contains(/inline:[^x]/) == false)
        }
        let payloads = packets.compactMap { $0["payload"]?.asString }
        #expect(payloads.contains { $0.hasPrefix("INVITE sip:") && $0.contains("inline:xxxx") })
        #expect(payloads.contains { $0.hasPrefix("SIP/2.0 200 ") && $0.contains("inline:xxxx") })
    }
}
