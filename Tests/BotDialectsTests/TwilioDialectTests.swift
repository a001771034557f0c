import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// Twilio Media Streams as bytes and events.
struct TwilioDialectTests {
    private func started() throws -> DialectDriver {
        var driver = DialectDriver(try #require(BotDialect(.twilio, accountID: "AC1")))
        _ = driver.encode(.start(outboundStart))
        return driver
    }

    /// Which values are texts and which are numbers is what strict consumers look at.
    @Test func connectedAndStart() throws {
        var driver = DialectDriver(try #require(BotDialect(.twilio, accountID: "AC1")))
        #expect(!driver.dialect.isReady)
        #expect(
            driver.encode(.start(outboundStart)) == [
                #"{"event":"connected","protocol":"Call","version":"1.0.0"}"#,
                #"{"event":"start","sequenceNumber":"1","streamSid":"MZc-1","start":{"streamSid":"MZc-1","#
                    + #""accountSid":"AC1","callSid":"c-1","tracks":["inbound"],"mediaFormat":{"#
                    + #""encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"#
                    + #""from_number":"+919000000002","to_number":"+918000000001","note":"a \"quoted\" 😀","#
                    + #""X-Exotel-CallSid":"5d2c","lang":"en"}}}"#,
            ])
        #expect(driver.dialect.isReady)
        #expect(driver.dialect.rate == .hz8000)
        #expect(driver.dialect.name == .twilio)
    }

    @Test func eventsAfterTheStart() throws {
        var driver = try self.started()
        #expect(
            driver.encode(.dtmf(try #require(DTMFDigit("5")), duration: .milliseconds(120))) == [
                #"{"event":"dtmf","sequenceNumber":"2","streamSid":"MZc-1","dtmf":{"track":"inbound_track","digit":"5"}}"#
            ])
        #expect(
            driver.encode(.mark(name: "m1", outcome: .played, heard: .seconds(1))) == [
                #"{"event":"mark","sequenceNumber":"3","streamSid":"MZc-1","mark":{"name":"m1"}}"#
            ])
        #expect(
            driver.encode(.stop(.remoteHangup)) == [
                #"{"event":"stop","sequenceNumber":"4","streamSid":"MZc-1","stop":{"accountSid":"AC1","callSid":"c-1"}}"#
            ])
    }

    /// Timestamps are of the samples and have no gaps, whatever the length of the pieces.
    @Test func media() throws {
        var driver = try self.started()
        let samples = (0..<160).map { Int16(truncatingIfNeeded: $0 * 397) }
        let payload = Data(samples.map(MuLaw.encode)).base64EncodedString()
        for chunk in 1...3 {
            let buffer = driver.encodeAudio(samples)
            #expect(buffer.messages.map(\.isAudio) == [true])
            #expect(
                DialectDriver.texts(of: buffer) == [
                    #"{"event":"media","sequenceNumber":"\#(chunk + 1)","streamSid":"MZc-1","media":{"track":"inbound","#
                        + #""chunk":"\#(chunk)","timestamp":"\#((chunk - 1) * 20)","payload":"\#(payload)"}}"#
                ])
        }
        let odd = DialectDriver.texts(of: driver.encodeAudio(Array(samples.prefix(83))))[0]
        #expect(odd.contains(#""timestamp":"60""#))
        #expect(odd.contains(Data(samples.prefix(83).map(MuLaw.encode)).base64EncodedString()))
        #expect(DialectDriver.texts(of: driver.encodeAudio(samples))[0].contains(#""timestamp":"70""#))
    }

    /// A mark after every piece of audio, as a truncating bot sends them, each in its place.
    @Test(arguments: [
        #"{"event":"media","streamSid":"MZc-1","media":{"payload":"/38="}}"#,
        #"{"event":"media","stream_sid":"MZc-1","media":{"payload":"\/38="}}"#,
        #"{"event":"media","streamSid":"another","media":{"payload":"/38"}}"#,
        #"{"media":{"track":"outbound","chunk":1,"payload":"/38="},"event":"media","sequenceNumber":3}"#,
    ])
    func mediaInEverySpelling(text: String) throws {
        var driver = try self.started()
        let batch = try driver.decode(text)
        #expect(batch.items == [.audio(0..<2)])
        #expect(batch.samples == [MuLaw.decode(0xFF), MuLaw.decode(0x7F)])
    }

    @Test func commands() throws {
        var driver = try self.started()
        #expect(
            try driver.decode(#"{"event":"mark","streamSid":"x","mark":{"name":"item:123:g1:m4"}}"#).items
                == [.command(.mark(name: "item:123:g1:m4"))])
        #expect(try driver.decode(#"{"event":"clear"}"#).items == [.command(.clear)])
    }

    /// What Twilio passes over is counted and passed over; the call goes on.
    @Test(arguments: ["", "junk", "[]", "{}", #"{"event":7}"#, #"{"event":"stop"}"#, #"{"event":"hangup"}"#])
    func passedOver(text: String) throws {
        var driver = try self.started()
        let batch = try driver.decode(text)
        #expect(batch.isEmpty)
        #expect(batch.messagesIgnored == 1)
        #expect(try driver.decode(.binary, [1, 2, 3]).messagesIgnored == 1)
    }

    /// A mark or audio that would be lost in silence is an error.
    @Test(arguments: [
        (#"{"event":"media"}"#, BotDialectError.missingField("media.payload")),
        (#"{"event":"media","media":{"payload":"A"}}"#, .malformedBase64),
        (#"{"event":"mark","mark":{"name":""}}"#, .missingField("mark.name")),
    ])
    func refused(text: String, error: BotDialectError) throws {
        var driver = try self.started()
        #expect(throws: error) { try driver.decode(text) }
    }
}
