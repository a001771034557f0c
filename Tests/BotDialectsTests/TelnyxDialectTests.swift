import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// Telnyx media streaming as bytes and events.
struct TelnyxDialectTests {
    private func started(_ encoding: BotAudioEncoding = .muLaw, _ rate: SampleRate = .hz8000) throws -> DialectDriver {
        var driver = DialectDriver(
            try #require(BotDialect(.telnyx, accountID: "u1", encoding: encoding, rate: rate)))
        _ = driver.encode(.start(BotStart(callID: "c-1", direction: .inbound, from: "+1", to: "+2")))
        return driver
    }

    /// The id stands beside `start`; parameters are the client's state.
    @Test func connectedAndStart() throws {
        var driver = DialectDriver(try #require(BotDialect(.telnyx, accountID: "u1")))
        let state = Data(
            #"{"note":"a \"quoted\" 😀","X-Exotel-CallSid":"5d2c","lang":"en"}"#.utf8
        ).base64EncodedString()
        #expect(
            driver.encode(.start(outboundStart)) == [
                #"{"event":"connected","version":"1.0.0"}"#,
                #"{"event":"start","sequence_number":"1","stream_id":"c-1","start":{"user_id":"u1","#
                    + #""call_control_id":"c-1","call_session_id":"c-1","from":"+919000000002","to":"+918000000001","#
                    + #""client_state":"\#(state)","media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}}"#,
            ])
    }

    @Test(arguments: [
        (BotAudioEncoding.muLaw, SampleRate.hz8000, "PCMU"), (.aLaw, .hz8000, "PCMA"), (.linear, .hz16000, "L16"),
        (.linear, .hz24000, "L16"),
    ])
    func mediaOfEachFormat(encoding: BotAudioEncoding, rate: SampleRate, word: String) throws {
        var driver = DialectDriver(
            try #require(BotDialect(.telnyx, accountID: "u1", encoding: encoding, rate: rate)))
        let start = driver.encode(.start(outboundStart))[1]
        #expect(start.contains(#""encoding":"\#(word)","sample_rate":\#(rate.hertz),"channels":1"#))
        let samples = (0..<rate.samplesPer20ms).map { Int16(truncatingIfNeeded: $0 &* 397) }
        let octets: [UInt8]
        switch encoding {
        case .muLaw: octets = samples.map(MuLaw.encode)
        case .aLaw: octets = samples.map(ALaw.encode)
        case .linear:
            octets = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        }
        let payload = Data(octets).base64EncodedString()
        for chunk in 1...2 {
            #expect(
                DialectDriver.texts(of: driver.encodeAudio(samples)) == [
                    #"{"event":"media","sequence_number":"\#(chunk + 1)","stream_id":"c-1","media":{"track":"inbound","#
                        + #""chunk":"\#(chunk)","timestamp":"\#(chunk * 20 - 20)","payload":"\#(payload)"}}"#
                ])
        }
        let back = try driver.decode(#"{"event":"media","media":{"payload":"\#(payload)"}}"#).samples
        switch encoding {
        case .muLaw: #expect(back == samples.map { MuLaw.decode(MuLaw.encode($0)) })
        case .aLaw: #expect(back == samples.map { ALaw.decode(ALaw.encode($0)) })
        case .linear: #expect(back == samples)
        }
    }

    @Test func eventsAfterTheStart() throws {
        var driver = try self.started()
        #expect(
            driver.encode(.dtmf(try #require(DTMFDigit("#")), duration: .zero))
                == [##"{"event":"dtmf","sequence_number":"2","stream_id":"c-1","dtmf":{"digit":"#"}}"##])
        #expect(
            driver.encode(.mark(name: "m", outcome: .cleared, heard: .zero))
                == [#"{"event":"mark","sequence_number":"3","stream_id":"c-1","mark":{"name":"m"}}"#])
        #expect(
            driver.encode(.stop(.failure)) == [
                #"{"event":"stop","sequence_number":"4","stream_id":"c-1","stop":{"user_id":"u1","call_control_id":"c-1"}}"#
            ])
    }

    /// The bot's messages carry no id.
    @Test func commands() throws {
        var driver = try self.started()
        #expect(try driver.decode(#"{"event":"mark","mark":{"name":"m"}}"#).items == [.command(.mark(name: "m"))])
        #expect(try driver.decode(#"{"event":"clear"}"#).items == [.command(.clear)])
        #expect(try driver.decode(#"{"event":"media","media":{"payload":"/w"}}"#).samples == [0])
    }

    @Test(arguments: [
        ("junk", 100_003), ("{}", 100_003), (#"{"event":"media"}"#, 100_004),
        (#"{"event":"media","media":{"payload":"*"}}"#, 100_004), (#"{"event":"bark"}"#, 100_002),
    ])
    func faultsAreAnsweredAndTheStreamGoesOn(text: String, code: Int) throws {
        var driver = try self.started()
        #expect(!driver.dialect.hasReplies)
        #expect(try driver.decode(text).isEmpty)
        let replies = driver.replies()
        #expect(replies.count == 1)
        let reply = try JSONReader.parse(replies[0])
        #expect(reply["event"] == "error")
        #expect(reply["payload"]?["code"]?.asInt == code)
        #expect(driver.replies().isEmpty)
        #expect(try driver.decode(#"{"event":"clear"}"#).items == [.command(.clear)])
    }

    @Test func complaintsAreBounded() throws {
        var driver = try self.started()
        for _ in 0..<100 { _ = try driver.decode("junk") }
        #expect(driver.replies().count == 16)
    }
}
