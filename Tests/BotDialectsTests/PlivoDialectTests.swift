import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// Plivo audio streaming as bytes and events.
struct PlivoDialectTests {
    private func started(_ encoding: BotAudioEncoding? = nil, _ rate: SampleRate? = nil) throws -> DialectDriver {
        var driver = DialectDriver(
            try #require(BotDialect(.plivo, accountID: "MA1", encoding: encoding, rate: rate)))
        _ = driver.encode(.start(BotStart(callID: "c-1", direction: .inbound, from: "+1", to: "+2")))
        return driver
    }

    /// No `connected`; numbers are numbers; `extra_headers` is a text.
    @Test func start() throws {
        var driver = DialectDriver(try #require(BotDialect(.plivo, accountID: "MA1")))
        #expect(
            driver.encode(.start(BotStart(callID: "c-1", direction: .inbound, from: "+1", to: "+2"))) == [
                #"{"sequenceNumber":0,"event":"start","start":{"callId":"c-1","streamId":"c-1","accountId":"MA1","#
                    + #""tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}},"#
                    + #""extra_headers":"{\"from\":\"+1\",\"to\":\"+2\"}"}"#
            ])
        #expect(driver.dialect.isReady)
    }

    @Test func media() throws {
        var driver = try self.started(.linear, .hz16000)
        let samples = (0..<320).map { Int16(truncatingIfNeeded: $0 * 101) }
        let octets = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let payload = Data(octets).base64EncodedString()
        for number in 1...2 {
            #expect(
                DialectDriver.texts(of: driver.encodeAudio(samples)) == [
                    #"{"sequenceNumber":\#(number),"event":"media","streamId":"c-1","media":{"track":"inbound","#
                        + #""timestamp":"\#(number * 20 - 20)","chunk":\#(number),"payload":"\#(payload)"},"#
                        + #""extra_headers":"{\"from\":\"+1\",\"to\":\"+2\"}"}"#
                ])
        }
    }

    /// Played checkpoints are told, overtaken ones are not; the clear itself is, once.
    @Test func eventsAfterTheStart() throws {
        var driver = try self.started()
        #expect(
            driver.encode(.dtmf(try #require(DTMFDigit("5")), duration: .zero)) == [
                #"{"sequenceNumber":1,"event":"dtmf","streamId":"c-1","dtmf":{"track":"inbound","digit":"5","timestamp":"0"}}"#
            ])
        #expect(
            driver.encode(.mark(name: "m", outcome: .played, heard: .zero))
                == [#"{"sequenceNumber":2,"event":"playedStream","streamId":"c-1","name":"m"}"#])
        #expect(driver.encode(.mark(name: "m", outcome: .cleared, heard: .zero)).isEmpty)
        #expect(
            driver.encode(.cleared(heard: .zero, marks: ["m"]))
                == [#"{"sequenceNumber":3,"event":"clearedAudio","streamId":"c-1"}"#])
        // Its SDK takes a `stop` for an error: the end is the link's.
        #expect(driver.encode(.stop(.remoteHangup)).isEmpty)
    }

    @Test(arguments: [
        (#"{"event":"checkpoint","streamId":"x","name":"m"}"#, BotCommand.mark(name: "m")),
        (#"{"event":"checkpoint","name":"m"}"#, .mark(name: "m")), (#"{"event":"clearAudio"}"#, .clear),
        (#"{"event":"stop","streamId":"c-1"}"#, .hangup(reason: nil)),
    ])
    func commands(text: String, command: BotCommand) throws {
        var driver = try self.started()
        #expect(try driver.decode(text).items == [.command(command)])
    }

    @Test func digits() throws {
        var driver = try self.started()
        let digits = try #require(DTMFDigit.digits(in: "42"))
        #expect(try driver.decode(#"{"event":"sendDTMF","dtmf":"42"}"#).items == [.command(.dtmf(digits))])
        #expect(throws: BotDialectError.invalidValue(field: "dtmf")) {
            try driver.decode(#"{"event":"sendDTMF","dtmf":"4x"}"#)
        }
    }

    /// Each message names its own format; a rate that is not the stream's is converted.
    @Test(arguments: [
        ("", 2), (#""contentType":"audio/x-mulaw","sampleRate":8000,"#, 2),
        (#""contentType":"audio/x-l16","sampleRate":8000,"#, 1), (#""contentType":"audio/x-l16","#, 1),
        (#""contentType":"audio/x-l16;rate=8000","sampleRate":"8000","#, 1),
    ])
    func formatsOfOneMessage(format: String, samples: Int) throws {
        var driver = try self.started()
        let batch = try driver.decode(#"{"event":"playAudio","media":{\#(format)"payload":"AQA="}}"#)
        #expect(batch.samples.count == samples)
        if samples == 1 { #expect(batch.samples == [1]) }
    }

    /// A second of a 440 Hz tone at 16 kHz in pieces of every size comes out as a second at 8 kHz, no louder or quieter.
    @Test(arguments: [320, 321, 6_400])
    func anotherRateIsConverted(size: Int) throws {
        var driver = try self.started()
        let samples = (0..<16_000).map { Int16(10_000 * sin(2 * Double.pi * 440 * Double($0) / 16_000)) }
        let octets = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        var received: [Int16] = []
        for start in stride(from: 0, to: octets.count, by: size) {
            let payload = Data(octets[start..<min(start + size, octets.count)]).base64EncodedString()
            received += try driver.decode(
                #"{"event":"playAudio","media":{"contentType":"audio/x-l16","sampleRate":16000,"payload":"\#(payload)"}}"#
            ).samples
        }
        #expect((7_900...8_000).contains(received.count))
        let power = received.dropFirst(400).map { Double($0) * Double($0) }.reduce(0, +) / Double(received.count - 400)
        #expect(abs(power.squareRoot() - 7_071) < 100)
    }

    @Test(arguments: [
        (#"{"event":"playAudio"}"#, BotDialectError.missingField("media.payload")),
        (
            #"{"event":"playAudio","media":{"contentType":"audio/mp3","payload":""}}"#,
            .invalidValue(field: "media.contentType")
        ),
        (#"{"event":"playAudio","media":{"sampleRate":11025,"payload":""}}"#, .invalidValue(field: "media.sampleRate")),
        (#"{"event":"checkpoint"}"#, .missingField("name")), (#"{"event":"sendDTMF"}"#, .missingField("dtmf")),
    ])
    func refused(text: String, error: BotDialectError) throws {
        var driver = try self.started()
        #expect(throws: error) { try driver.decode(text) }
    }
}
