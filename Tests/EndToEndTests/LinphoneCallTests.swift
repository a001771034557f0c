import JSON
import Testing

/// linphone calls `trunkline serve` over TLS: the strict judge of our server certificate. And it is called, with early media.
@Suite(.timeLimit(.minutes(3))) struct LinphoneCallTests {
    /// A certificate of the authority that linphone trusts, with the name that it dialled: it calls, tones go both ways under
    /// SRTP, and either side ends the call.
    @Test(arguments: [true, false]) func aGoodCertificate(theBotHangsUp: Bool) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let certificates = try await PeerCertificates(in: workshop)
        let gateway = try await Self.gateway(
            certificates, bot: theBotHangsUp ? "brief" : "patient", in: workshop)
        let linphone = try await LinphonePeer(trusting: certificates.authority, in: workshop)
        try linphone.dial("sip:\(PeerTrial.number)@localhost:\(try await gateway.sipPort("tls"));transport=tls")
        try await linphone.program.line(with: " connected.")
        if !theBotHangsUp {
            try await Task.sleep(for: .seconds(4))
            try linphone.hangUp()
        }
        try await linphone.program.line(with: " ended ")
        try await linphone.quit()
        let record = try await gateway.firstStoredRecord()
        #expect(record["end"]?["cause"]?.asString == "hangup")
        #expect(record["end"]?["by"]?.asString == (theBotHangsUp ? "bot" : "remote"))
        #expect(record["from"]?.asString == PeerTrial.farNumber && record["to"]?.asString == PeerTrial.number)
        #expect(record["signalling"]?["transport"]?.asString == "tls")
        #expect(record["media"]?["srtp"]?.asString == "AES_CM_128_HMAC_SHA1_80")
        try PeerTrial.judge(record, atLeast: 2, in: workshop)
        let heard = try linphone.heard()
        #expect(heard.seconds(of: PeerSound.botTone) >= 2)
        #expect(heard.seconds(of: PeerSound.farTone) == 0)
        let faults = try linphone.faults()
        #expect(!faults.isEmpty && faults.allSatisfy(\.isEmpty))
        try await gateway.program.stop()
    }

    enum Fault: String, CaseIterable {
        case anotherAuthority = "not-trusted"
        case anotherName = "CN-mismatch"
    }

    /// linphone names the fault and sends no INVITE; the gateway knows of no call.
    @Test(arguments: Fault.allCases) func aBadCertificate(fault: Fault) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let names = fault == .anotherName ? "DNS:edge.example.com" : "IP:127.0.0.1,DNS:localhost"
        let certificates = try await PeerCertificates(in: workshop, names: names)
        let elsewhere = try Workshop()
        defer { elsewhere.remove() }
        let trusted =
            fault == .anotherAuthority
            ? try await PeerCertificates(in: elsewhere).authority : certificates.authority
        let gateway = try await Self.gateway(certificates, bot: "brief", in: workshop)
        let linphone = try await LinphonePeer(trusting: trusted, in: workshop)
        try linphone.dial("sip:\(PeerTrial.number)@localhost:\(try await gateway.sipPort("tls"));transport=tls")
        try await linphone.program.line(with: " error.")
        try await linphone.quit()
        let faults = try linphone.faults()
        #expect(faults.last == fault.rawValue)
        #expect((try? gateway.storedRecords()) ?? [] == [])
        #expect(try await gateway.request("GET", "/v1/calls").json?["calls"]?.asArray?.isEmpty == true)
        try await gateway.program.stop()
    }

    /// linphone answers with 183 and says its tone: the bot hears it before the 200.
    @Test func earlyMediaOfLinphone() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let linphone = try await LinphonePeer(trusting: nil, in: workshop)
        try await PeerProgram.holds(linphone.port)
        let trial = try await UDPTrial(callees: ["linphone": linphone.port], in: workshop)
        let id = try await trial.place("linphone", bot: "patient")
        try await linphone.program.line(with: "Sending early media")
        try await Task.sleep(for: .seconds(3))
        #expect(try await trial.gateway.request("GET", "/v1/calls/\(id)").json?["answered"]?.isNull == true)
        try linphone.accept()
        try await linphone.program.line(with: " connected.")
        try await Task.sleep(for: .seconds(2))
        try linphone.hangUp()
        try await linphone.program.line(with: " ended ")
        try await linphone.quit()
        let record = try await trial.gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "hangup" && record["end"]?["by"]?.asString == "remote")
        let bot = try PeerTrial.heard(id, around: "answered", in: workshop)
        #expect(bot.before.seconds(of: PeerSound.farTone) >= 2)
        #expect(bot.after.seconds(of: PeerSound.farTone) >= 1)
        #expect(try linphone.heard().seconds(of: PeerSound.botTone) >= 1)
        #expect(
            try await trial.gateway.ladder(of: id) == [
                "-> INVITE (SDP)", "<- 100 Trying", "<- 183 Session progress (SDP)", "<- 200 Ok (SDP)", "-> ACK",
                "<- BYE", "-> 200 OK",
            ])
        try await trial.gateway.program.stop()
    }

    private static func gateway(
        _ certificates: PeerCertificates, bot: String, in workshop: Workshop
    ) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              certificateFile: \(certificates.certificate)
              keyFile: \(certificates.key)
              listeners: [{transport: tls, address: 127.0.0.1, port: 0}]
            media:
              bindAddress: 127.0.0.1
            trunks:
              pbx:
                type: sip
                transport: tls
                addresses: ["127.0.0.1:9"]
                number: "\(PeerTrial.number)"
                allowedPrefixes: ["+91"]
                bindAddress: 127.0.0.1
            bots:
            \(PeerTrial.bot("brief", listen: 4, in: workshop))
            \(PeerTrial.bot("patient", in: workshop))
            \(try PeerTrial.recordings(in: workshop))
            routes: [{trunk: pbx, number: "\(PeerTrial.number)", bot: \(bot)}]
            """, in: workshop)
    }
}
