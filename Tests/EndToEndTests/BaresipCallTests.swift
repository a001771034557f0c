import Foundation
import JSON
import Testing

/// Calls with baresip over TLS and SRTP: another implementation of SIP, SDES and RTP, judged by what each side heard.
@Suite(.timeLimit(.minutes(5))) struct BaresipCallTests {
    enum Ending: CaseIterable {
        case byTheBot
        case byBaresip
    }

    /// The gateway calls baresip, tones go both ways, and either side ends the call.
    @Test(arguments: Ending.allCases) func aCallToBaresip(ending: Ending) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let baresip = try await BaresipPeer(user: PeerTrial.farNumber, certificates: certificates, in: workshop)
        let gateway = try await baresip.gateway(certificates, in: workshop)
        let id = try await gateway.place([
            "trunk": "pbx", "to": .string(PeerTrial.farNumber), "bot": .string(ending.bot),
        ])
        try await baresip.program.line(with: "Call established")
        if ending == .byBaresip {
            try await Task.sleep(for: .seconds(4))
            try await baresip.hangUp()
        }
        let record = try await gateway.endedRecord(of: id)
        try await Self.judge(record, ending, baresip, in: workshop)
        let expected = ["-> INVITE (SDP)", "<- 180 Ringing", "<- 200 Answering (SDP)", "-> ACK"] + ending.ladder
        let ladder = try await gateway.ladder(of: id)
        #expect(ladder == expected)
        try await gateway.program.stop()
        try await baresip.program.stop()
    }

    /// baresip calls in; it rings until the bot is ready, is answered, and tones go both ways.
    @Test(arguments: Ending.allCases) func aCallFromBaresip(ending: Ending) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let baresip = try await BaresipPeer(user: PeerTrial.farNumber, certificates: certificates, in: workshop)
        let route = "routes: [{trunk: pbx, number: \"\(PeerTrial.number)\", bot: \(ending.bot)}]"
        let gateway = try await baresip.gateway(certificates, routes: route, in: workshop)
        let port = try await gateway.sipPort("tls")
        try await baresip.dial("sip:\(PeerTrial.number)@127.0.0.1:\(port);transport=tls")
        try await baresip.program.line(with: "Call established")
        if ending == .byBaresip {
            try await Task.sleep(for: .seconds(4))
            try await baresip.hangUp()
        }
        let record = try await gateway.firstStoredRecord()
        try await Self.judge(record, ending, baresip, in: workshop)
        #expect(record["direction"]?.asString == "inbound")
        #expect(record["from"]?.asString == PeerTrial.farNumber && record["to"]?.asString == PeerTrial.number)
        let opening = ["<- INVITE (SDP)", "-> 100 Trying", "-> 180 Ringing", "-> 200 OK (SDP)", "<- ACK"]
        let ladder = try await gateway.ladder(of: try #require(record["id"]?.asString))
        #expect(ladder == opening + ending.ladder)
        try await gateway.program.stop()
        try await baresip.program.stop()
    }

    /// Who ended it, that it was encrypted as both sides say, and that each heard the other.
    private static func judge(
        _ record: JSONValue, _ ending: Ending, _ baresip: BaresipPeer, in workshop: Workshop
    ) async throws {
        #expect(record["end"]?["cause"]?.asString == "hangup")
        #expect(record["end"]?["by"]?.asString == ending.party)
        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        try await baresip.program.line(with: "SRTP is Enabled (cryptosuite=AES_CM_128_HMAC_SHA1_80)")
        try await baresip.program.line(with: "audio: destroyed")
        try PeerTrial.judge(record, atLeast: 2, in: workshop)
        let heard = try baresip.heard()
        #expect(heard.seconds(of: PeerSound.botTone) >= 2)
        #expect(heard.seconds(of: PeerSound.farTone) == 0)
    }
}

extension BaresipCallTests.Ending {
    fileprivate var bot: String {
        switch self {
        case .byTheBot: "brief"
        case .byBaresip: "patient"
        }
    }

    fileprivate var party: String {
        switch self {
        case .byTheBot: "bot"
        case .byBaresip: "remote"
        }
    }

    fileprivate var ladder: [String] {
        switch self {
        case .byTheBot: ["-> BYE", "<- 200 OK"]
        case .byBaresip: ["<- BYE", "-> 200 OK"]
        }
    }
}
