import Foundation
import JSON
import Testing

/// What baresip makes of a session that changes: hold from both sides and early media both ways, over TLS and SRTP.
@Suite(.timeLimit(.minutes(5))) struct BaresipSessionTests {
    enum Direction: String, CaseIterable {
        case outbound
        case inbound
    }

    /// We hold and resume, then baresip does. While we hold it gets the bot's packets and sends none; while it holds nobody
    /// sends. The calls of both directions run side by side.
    @Test func holdsOfBothSides() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for direction in Direction.allCases { group.addTask { try await Self.hold(direction) } }
            try await group.waitForAll()
        }
    }

    /// A bot is in early media with a baresip that answers late (which opens its session but sends no audio before its 200;
    /// linphone does); and what a bot says before it answers reaches baresip.
    @Test func earlyMediaBothWays() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.earlyMediaOfBaresip() }
            group.addTask { try await Self.earlyMediaOfTheBot() }
            try await group.waitForAll()
        }
    }

    private static func hold(_ direction: Direction) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let baresip = try await BaresipPeer(user: PeerTrial.farNumber, certificates: certificates, in: workshop)
        let gateway = try await baresip.gateway(certificates, routes: Self.route(to: "patient"), in: workshop)
        let id = try await Self.call(direction, baresip, gateway)
        try await baresip.program.line(with: "Call established")
        try await Task.sleep(for: .seconds(2))
        for way in ["hold", "resume"] {
            #expect(try await gateway.request("POST", "/v1/calls/\(id)/\(way)").status == 202)
            try await Task.sleep(for: .seconds(2))
        }
        try await baresip.hold()
        try await Task.sleep(for: .seconds(2))
        try await baresip.resume()
        try await Task.sleep(for: .seconds(2))
        try await baresip.hangUp()
        let record = try await gateway.endedRecord(of: id)
        #expect(record["direction"]?.asString == direction.rawValue)
        #expect(record["end"]?["cause"]?.asString == "hangup" && record["end"]?["by"]?.asString == "remote")
        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        #expect(
            try PeerTrial.holds(of: id, in: workshop) == ["hold local", "resume local", "hold remote", "resume remote"])
        // Offer and answer of the call, of our hold, of our resumption, of baresip's hold, of its resumption.
        #expect(
            baresip.directions == [
                "sendrecv", "sendrecv", "sendonly", "recvonly", "sendrecv", "sendrecv", "sendonly", "recvonly",
                "sendrecv", "sendrecv",
            ])
        // Its recording ends with the first re-INVITE; its count of packets goes on, and was interrupted for 2 s of 10 s.
        #expect(try baresip.heard().seconds(of: PeerSound.botTone) >= 1)
        let packets = try await baresip.packets()
        #expect(packets.lost == 0 && (340...460).contains(packets.received), "\(packets)")
        let bot = try PeerSound(wave: workshop.path("\(id).wav"))
        #expect((5.0...7.0).contains(bot.seconds(of: PeerSound.farTone)))
        // Both sides of the recording go on in time through both holds.
        try PeerTrial.judge(record, atLeast: 5, in: workshop)
        #expect(try #require(record["media"]?["recording"]?["duration_ms"]?.asInt) >= 9_800)
        try await gateway.program.stop()
        try await baresip.program.stop()
    }

    private static func earlyMediaOfBaresip() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let baresip = try await BaresipPeer(
            user: PeerTrial.farNumber, answer: .early, certificates: certificates, in: workshop)
        let gateway = try await baresip.gateway(certificates, in: workshop)
        let id = try await Self.call(.outbound, baresip, gateway)
        _ = try await gateway.record(of: id) { $0["early_media"]?.isNull == false }
        try await Task.sleep(for: .seconds(3))
        #expect(try await gateway.request("GET", "/v1/calls/\(id)").json?["answered"]?.isNull == true)
        try await baresip.accept()
        try await baresip.program.line(with: "Call established")
        try await Task.sleep(for: .seconds(2))
        try await baresip.hangUp()
        let record = try await gateway.endedRecord(of: id)
        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        let bot = try PeerTrial.heard(id, around: "answered", in: workshop)
        // The bot's clock runs from the 183 on, whether there is audio or not.
        #expect(bot.before.samples.count >= 2 * PeerSound.rate)
        #expect(bot.after.seconds(of: PeerSound.farTone) >= 1)
        // The trunk lets the bot be heard after the answer only.
        let heard = try baresip.heard().seconds(of: PeerSound.botTone)
        #expect((1.0...2.5).contains(heard))
        #expect(
            try await gateway.ladder(of: id) == [
                "-> INVITE (SDP)", "<- 180 Ringing", "<- 183 Session Progress (SDP)", "<- 200 Answering (SDP)",
                "-> ACK", "<- BYE", "-> 200 OK",
            ])
        try await gateway.program.stop()
        try await baresip.program.stop()
    }

    private static func earlyMediaOfTheBot() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let baresip = try await BaresipPeer(user: PeerTrial.farNumber, certificates: certificates, in: workshop)
        let gateway = try await baresip.gateway(
            certificates, routes: Self.route(to: "early", ", earlyMedia: true"), in: workshop)
        let id = try await Self.call(.inbound, baresip, gateway)
        try await baresip.program.line(with: "SIP/2.0 183 Session Progress")
        try await baresip.program.line(with: "Call established")
        try await Task.sleep(for: .seconds(2))
        try await baresip.hangUp()
        let record = try await gateway.endedRecord(of: id)
        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        let heard = try baresip.heard()
        // The bot says two seconds of it, before it answers.
        #expect((1.5...2.1).contains(heard.seconds(of: BaresipPeer.earlyTone)))
        #expect(heard.seconds(of: PeerSound.botTone) >= 1)
        #expect(heard.seconds(of: PeerSound.farTone) == 0)
        let bot = try PeerTrial.heard(id, around: "answered", in: workshop)
        #expect(bot.before.seconds(of: PeerSound.farTone) >= 2)
        #expect(bot.after.seconds(of: PeerSound.farTone) >= 1)
        #expect(
            try await gateway.ladder(of: id) == [
                "<- INVITE (SDP)", "-> 100 Trying", "-> 180 Ringing", "-> 183 Session Progress (SDP)",
                "-> 200 OK (SDP)", "<- ACK", "<- BYE", "-> 200 OK",
            ])
        try await gateway.program.stop()
        try await baresip.program.stop()
    }

    /// Starts a call and returns the gateway's id of it.
    private static func call(
        _ direction: Direction, _ baresip: BaresipPeer, _ gateway: ServedGateway
    ) async throws -> String {
        switch direction {
        case .outbound:
            return try await gateway.place([
                "trunk": "pbx", "to": .string(PeerTrial.farNumber), "bot": "patient",
            ])
        case .inbound:
            let port = try await gateway.sipPort("tls")
            try await baresip.dial("sip:\(PeerTrial.number)@127.0.0.1:\(port);transport=tls")
            try await baresip.program.line(with: "SIP/2.0 180 Ringing")
            let calls = try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray
            return try #require(calls?.first?["id"]?.asString)
        }
    }

    private static func route(to bot: String, _ more: String = "") -> String {
        "routes: [{trunk: pbx, number: \"\(PeerTrial.number)\", bot: \(bot)\(more)}]"
    }
}
