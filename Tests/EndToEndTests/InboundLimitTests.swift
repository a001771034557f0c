import Addressing
import Foundation
import JSON
import NIOCore
import Testing

/// What becomes of calls that the gateway does not take, by the status that it answers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InboundLimitTests {
    private static let tcp = "{transport: tcp, address: 127.0.0.1, port: 0}"
    private static let number = "+918000000001"

    /// A gateway that listens on UDP, with a trunk at 127.0.0.1, a route for one number, and a bot that stays.
    private static func gateway(
        in workshop: Workshop, ports: ClosedRange<UInt16>? = nil, more: String = "", descriptorsMax: Int? = nil,
        streams: Bool = false
    ) async throws -> ServedGateway {
        let first = try await LoopbackSocket.freePair()
        let ports = ports ?? first...(first + 9)
        let bot = Workshop.project.appending(path: "Tests/EndToEndTests/Peers/tone_bot.py").path()
        return try await ServedGateway(
            """
            sip:
              listeners: [{transport: udp, address: 127.0.0.1, port: 0}\(streams ? ", \(Self.tcp)" : "")]
            media: {ports: \(ports.lowerBound)-\(ports.upperBound), bindAddress: 127.0.0.1}
            trunks:
              peer:
                type: sip
                transport: udp
                addresses: ["127.0.0.1:9"]
                number: "+918000000001"
                allowedPrefixes: ["+91"]
                bindAddress: 127.0.0.1
            bots:
              tone:
                command: [python3, \(bot), --tone, "440", --directory, \(try workshop.makeFolder("bot"))]
            routes:
              - {trunk: peer, number: "\(Self.number)", bot: tone}
            \(more)
            """, in: workshop, descriptorsMax: descriptorsMax)
    }

    @Test func sourcesNumbersAndMedia() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let gateway = try await Self.gateway(in: workshop)
        let port = try await gateway.sipPort("udp")
        let caller = try BareCaller(to: port)

        let stranger = try BareCaller(to: port, from: 9)
        #expect(try await stranger.invite(Self.number).status == 403)
        #expect(try await caller.invite("+918000000009").status == 404)

        let secure = BareCaller.plainOffer.replacing("RTP/AVP", with: "RTP/SAVP")
        let refusals: [(offer: String, warning: String)] = [
            (secure, "302"), (secure + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\r\n", "302"),
            (
                BareCaller.plainOffer.replacing("RTP/AVP 8", with: "RTP/AVP 18").replacing("8 PCMA", with: "18 G729"),
                "305"
            ),
            (BareCaller.plainOffer.replacing("RTP/AVP", with: "UDP/TLS/RTP/SAVPF"), "302"),
            (BareCaller.plainOffer.replacing("m=audio 39998", with: "m=audio 0"), "304"),
        ]
        for (offer, warning) in refusals {
            let answer = try await caller.invite(Self.number, offer: offer)
            #expect(answer.status == 488, "\(offer)")
            #expect(answer.header("Warning")?.hasPrefix(warning) == true, "\(answer.text)")
        }
        _ = try await gateway.gaugesAtRest()
        let causes = try gateway.storedRecords().compactMap { $0["end"]?["cause"]?.asString }
        #expect(causes == Array(repeating: "media-negotiation", count: refusals.count))

        #expect(try await caller.invite(Self.number).status == 200)
        try await gateway.program.stop()
        #expect(try gateway.storedRecords().count == refusals.count + 1)
    }

    /// `limits.maxCalls` calls exist: the next caller and the next order are told to come back.
    @Test func allCallsInUse() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let gateway = try await Self.gateway(in: workshop, more: "limits: {maxCalls: 1}")
        let caller = try BareCaller(to: try await gateway.sipPort("udp"))
        #expect(try await caller.invite(Self.number).status == 200)

        let refused = try await caller.invite(Self.number)
        #expect(refused.status == 503)
        #expect(refused.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        let (status, json) = try await gateway.request(
            "POST", "/v1/calls", body: ["trunk": "peer", "to": "+918000000002", "bot": "tone"])
        #expect(status == 503)
        #expect(json?["error"]?.asString?.contains("limits.maxCalls") == true)

        try await Self.hangUpAll(of: gateway)
        #expect(try await caller.invite(Self.number).status == 200, "room again")
        try await gateway.program.stop()
    }

    /// Two pairs of ports, of which another program has one: the second caller is told to come back, and the pair is free
    /// again after the first.
    @Test func allPortsInUse() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let port = try await LoopbackSocket.freePair()
        // Whether it is ours or was taken before: the gateway does not have it.
        let other = try? LoopbackSocket(.init(host: 1, port: port + 2))
        defer { withExtendedLifetime(other) {} }
        let gateway = try await Self.gateway(in: workshop, ports: port...(port + 3))
        let caller = try BareCaller(to: try await gateway.sipPort("udp"))
        #expect(try await caller.invite(Self.number).status == 200)

        let refused = try await caller.invite(Self.number)
        #expect(refused.status == 503)
        #expect(refused.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)

        try await Self.hangUpAll(of: gateway)
        #expect(try await caller.invite(Self.number).status == 200, "the pair is free again")
        try await gateway.program.stop()
        #expect(
            try gateway.storedRecords().map { $0["end"]?["cause"]?.asString } == ["capacity", "hangup", "shutdown"])
    }

    /// No descriptor is left: the next caller is told to come back, the calls that live are not disturbed, and there is
    /// room again when they are over.
    @Test func allDescriptorsInUse() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let port = try await LoopbackSocket.freePair()
        let gateway = try await Self.gateway(in: workshop, ports: port...(port + 199), descriptorsMax: 72)
        let caller = try BareCaller(to: try await gateway.sipPort("udp"))
        var taken = 0
        var refused: BareCaller.Answer?
        while refused == nil, taken < 60 {
            let answer = try await caller.invite(Self.number)
            if answer.status == 200 { taken += 1 } else { refused = answer }
        }
        #expect(taken > 0)
        #expect(refused?.status == 503, "\(refused?.text ?? "no refusal after \(taken) calls")")
        #expect(refused?.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        let live = try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray ?? []
        #expect(live.filter { $0["answered"]?.isNull == false }.count == taken)

        try await Self.hangUpAll(of: gateway)
        #expect(try await caller.invite(Self.number).status == 200, "room again")
        try await gateway.program.stop()
        let causes = try gateway.storedRecords().compactMap { $0["end"]?["cause"]?.asString }
        #expect(causes.filter { $0 == "capacity" }.count == 1, "\(causes)")
        print("with 72 descriptors \(taken) calls were taken and the next refused")
    }

    /// Connections take what descriptors there are, over SIP and over HTTP: the process lives, every caller is answered,
    /// every connection is answered or closed, and there is room again when they are gone.
    @Test(arguments: [60, 66, 72, 80]) func connectionsTakeAllDescriptors(limit: Int) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let gateway = try await Self.gateway(
            in: workshop, more: "limits: {connectionsPerAddress: 100}", descriptorsMax: limit, streams: true)
        let caller = try BareCaller(to: try await gateway.sipPort("udp"))
        let sip = TransportAddress(.loopback, port: UInt16(try await gateway.sipPort("tcp")))
        let http = TransportAddress(.loopback, port: UInt16(gateway.port))
        let idle = try await BareSocket.open(40, to: http) + BareSocket.open(20, to: sip)
        for _ in 0..<6 {
            let answer = try await caller.invite(Self.number)
            #expect([200, 503].contains(answer.status), "\(answer.text)")
            if answer.status == 503 { #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0) }
            // An answer, or the end of the connection; a request that hung would end the test by its time limit.
            let question = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let heard = try? await BareSocket.talk(to: http, saying: question) { !$0.isEmpty }
            let status = String(decoding: heard ?? [], as: UTF8.self).prefix(12)
            #expect(["HTTP/1.1 200", "HTTP/1.1 503", ""].contains(status), "\(status)")
        }
        for channel in idle { try? await channel.close() }
        var isServed = false
        for _ in 0..<200 where !isServed {
            isServed = (try? await gateway.request("GET", "/v1/gauges").status) == 200
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(isServed, "room again")
        try await Self.hangUpAll(of: gateway)
        try await gateway.program.stop()
        #expect(try await gateway.program.exitStatus() == 0)
    }

    /// Hangs up every call and waits until only the SIP side may still be waiting for an answer to its BYE.
    private static func hangUpAll(of gateway: ServedGateway) async throws {
        for call in try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray ?? [] {
            let id = try #require(call["id"]?.asString)
            // A refused call may have been listed and be over by now.
            #expect([202, 409].contains(try await gateway.request("DELETE", "/v1/calls/\(id)").status))
            _ = try await gateway.endedRecord(of: id)
        }
        for _ in 0..<500 {
            let gauges = try await gateway.request("GET", "/v1/gauges").json
            if gauges?["calls"]?.asInt == 0, gauges?["port_pairs"]?.asInt == 0 { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
