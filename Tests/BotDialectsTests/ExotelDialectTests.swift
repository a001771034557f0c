import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// Exotel AgentStream as bytes and events, as stock bots read and write it.
struct ExotelDialectTests {
    private func started(
        rate: SampleRate = .hz8000, interval: ExotelDialectOptions.MediaInterval = .milliseconds20
    ) -> DialectDriver {
        var driver = DialectDriver(
            .exotel(ExotelDialectOptions(accountSID: "acct1", rate: rate, mediaInterval: interval)))
        _ = driver.encode(.start(outboundStart))
        return driver
    }

    private static func base64(_ samples: [Int16]) -> String {
        let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        return Data(bytes).base64EncodedString()
    }

    // MARK: Gateway to bot

    /// Bots wait for two messages, and refuse a start without an account; numbers are strings; a later value of one
    /// name wins, because an object cannot hold both.
    @Test func connectedAndStart() throws {
        var driver = DialectDriver(.exotel(ExotelDialectOptions(accountSID: "acct1", rate: .hz16000)))
        #expect(!driver.dialect.isReady)
        let messages = driver.encode(.start(outboundStart))
        #expect(driver.dialect.isReady)
        #expect(
            messages == [
                #"{"event":"connected"}"#,
                #"{"event":"start","sequence_number":"1","stream_sid":"STc-1","start":{"stream_sid":"STc-1","#
                    + #""call_sid":"c-1","account_sid":"acct1","from":"+919000000002","to":"+918000000001","#
                    + #""custom_parameters":{"note":"a \"quoted\" 😀","X-Exotel-CallSid":"5d2c","lang":"en"},"#
                    + #""media_format":{"encoding":"audio/x-raw","sample_rate":"16000","bit_rate":"16"}}}"#,
            ])
        #expect(throws: Never.self) { try JSONReader.parse(messages[1]) }
    }

    @Test func eventsAfterTheStart() throws {
        var driver = self.started()
        let digit = try #require(DTMFDigit("5"))
        #expect(
            driver.encode(.dtmf(digit, duration: .milliseconds(120))) == [
                #"{"event":"dtmf","sequence_number":"2","stream_sid":"STc-1","dtmf":{"digit":"5","duration":"120"}}"#
            ])
        #expect(
            driver.encode(.mark(name: "m1", outcome: .played, heard: .seconds(1))) == [
                #"{"event":"mark","sequence_number":"3","stream_sid":"STc-1","mark":{"name":"m1"}}"#
            ])
        // Twilio's rule: a mark that a clear removed comes back like one that was played.
        #expect(
            driver.encode(.mark(name: "m2", outcome: .cleared, heard: .zero)) == [
                #"{"event":"mark","sequence_number":"4","stream_sid":"STc-1","mark":{"name":"m2"}}"#
            ])
        #expect(
            driver.encode(.stop(.remoteHangup)) == [
                #"{"event":"stop","sequence_number":"5","stream_sid":"STc-1","stop":{"call_sid":"c-1","#
                    + #""account_sid":"acct1","reason":"callended"}}"#
            ])
        #expect(driver.encode(.stop(.botHangup))[0].contains(#""reason":"stopped""#))
    }

    @Test(arguments: [
        BotEvent.answered, .cleared(heard: .zero, marks: ["m"]),
        .overflow(BotOverflow(side: .toBot, dropped: .seconds(1))),
    ])
    func eventsThatExotelDoesNotHave(event: BotEvent) {
        var driver = self.started()
        #expect(driver.encode(event).isEmpty)
    }

    @Test func mediaOf20Milliseconds() throws {
        var driver = self.started()
        let samples = (0..<160).map { Int16(truncatingIfNeeded: $0 * 397) }
        let payload = Self.base64(samples)
        for chunk in 1...3 {
            let buffer = driver.encodeAudio(samples)
            #expect(buffer.messages.map(\.isAudio) == [true])
            #expect(
                DialectDriver.texts(of: buffer) == [
                    #"{"event":"media","sequence_number":"\#(chunk + 1)","stream_sid":"STc-1","media":{"#
                        + #""chunk":"\#(chunk)","timestamp":"\#((chunk - 1) * 20)","payload":"\#(payload)"}}"#
                ])
        }
    }

    /// The 100 ms option gathers five frames, at any rate and in any pieces, and its timestamps follow the samples.
    @Test(arguments: [SampleRate.hz8000, .hz16000, .hz24000], [20, 30, 100, 250])
    func mediaOf100Milliseconds(rate: SampleRate, milliseconds: Int) throws {
        var driver = self.started(rate: rate, interval: .milliseconds100)
        let piece = rate.hertz * milliseconds / 1_000
        let all = (0..<piece * 20).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        var messages: [JSONValue] = []
        for start in stride(from: 0, to: all.count, by: piece) {
            let buffer = driver.encodeAudio(Array(all[start..<start + piece]))
            for text in DialectDriver.texts(of: buffer) { messages.append(try JSONReader.parse(text)) }
        }
        #expect(messages.count == milliseconds * 20 / 100)
        var echoed: [Int16] = []
        for (index, message) in messages.enumerated() {
            #expect(message["media"]?["timestamp"]?.asString == String(index * 100))
            #expect(message["media"]?["chunk"]?.asString == String(index + 1))
            let payload = try #require(message["media"]?["payload"]?.asString)
            echoed += try driver.decode(#"{"event":"media","media":{"payload":"\#(payload)"}}"#).samples
        }
        #expect(echoed == Array(all.prefix(echoed.count)))
        #expect(echoed.count == messages.count * rate.hertz / 10)
    }

    // MARK: Bot to gateway

    /// Either spelling, wrong or missing ids, extra fields, numbers or strings: all are media.
    @Test(arguments: [
        #"{"event":"media","stream_sid":"STc-1","media":{"payload":"AQACAA=="}}"#,
        #"{"event":"media","streamSid":"STc-1","media":{"payload":"AQACAA=="}}"#,
        #"{"event":"media","stream_sid":"invented","media":{"payload":"AQACAA=="}}"#,
        #"{"event":"media","media":{"payload":"AQACAA=="}}"#,
        #"{"event":"media","media":{"payload":"AQACAA"}}"#,
        #"{"media":{"timestamp":20,"payload":"AQACAA==","chunk":"1"},"sequenceNumber":7,"event":"media"}"#,
        #"{"event":"media","sequence_number":"7","media":{"chunk":1,"timestamp":"20","payload":"AQACAA==","x":{"payload":3}}}"#,
        #" { "event" : "media" , "extra" : [ { } , null ] , "media" : { "payload" : "AQACAA==" } } "#,
        #"{"\u0065vent":"med\u0069a","media":{"payload":"AQ\u0041CAA=="}}"#,
    ])
    func mediaInEverySpelling(text: String) throws {
        var driver = self.started()
        let batch = try driver.decode(text)
        #expect(batch.items == [.audio(0..<2)])
        #expect(batch.samples == [1, 2])
    }

    /// Some writers escape the slash, which base64 uses.
    @Test func escapedSlashes() throws {
        var driver = self.started()
        #expect(try driver.decode(#"{"event":"media","media":{"payload":"\/\/8="}}"#).samples == [-1])
        #expect(try driver.decode(#"{"event":"media","media":{"payload":"//8="}}"#).samples == [-1])
    }

    @Test(arguments: [
        (#"{"event":"mark","stream_sid":"x","mark":{"name":"m1"}}"#, BotCommand.mark(name: "m1")),
        (#"{"event":"mark","streamSid":"x","mark":{"name":"\u006d1","extra":1}}"#, .mark(name: "m1")),
        (#"{"event":"clear","stream_sid":"x"}"#, .clear),
        (#"{"event":"clear"}"#, .clear),
    ])
    func commands(text: String, command: BotCommand) throws {
        var driver = self.started()
        #expect(try driver.decode(text).items == [.command(command)])
    }

    /// Words that mean nothing here are passed over: bots also send those of other dialects.
    @Test(arguments: [
        #"{"event":"connected"}"#, #"{"event":"stop"}"#, #"{"event":"MEDIA","media":{"payload":"AQACAA=="}}"#,
        #"{"event":"hangup"}"#, #"{"event":"media","media":{"payload":""}}"#,
    ])
    func wordsThatMeanNothing(text: String) throws {
        var driver = self.started()
        #expect(try driver.decode(text).isEmpty)
    }

    @Test(arguments: [
        ("", BotDialectError.malformedJSON(.unexpectedEnd)),
        ("junk", .malformedJSON(.unexpectedByte(UInt8(ascii: "j"), at: 0))),
        (#"{"event":"clear"}{"#, .malformedJSON(.trailingBytes(at: 17))),
        (#"{"event":"media","media":{"payload":"AQAC"}"#, .malformedJSON(.unexpectedEnd)),
        ("[]", .notAnObject),
        ("[{\"event\":\"clear\"}]", .notAnObject),
        ("7", .notAnObject),
        ("{}", .missingField("event")),
        (#"{"event":7}"#, .missingField("event")),
        (#"{"event":{"event":"clear"}}"#, .missingField("event")),
        (#"{"event":"media"}"#, .missingField("media.payload")),
        (#"{"event":"media","media":"AQACAA=="}"#, .missingField("media.payload")),
        (#"{"event":"media","media":{"payload":7}}"#, .missingField("media.payload")),
        (#"{"event":"media","media":{"payload":"AQ*CAA=="}}"#, .malformedBase64),
        (#"{"event":"media","media":{"payload":"A"}}"#, .malformedBase64),
        (#"{"event":"media","media":{"payload":"A==="}}"#, .malformedBase64),
        (#"{"event":"media","media":{"payload":"AQ==CAA="}}"#, .malformedBase64),
        (#"{"event":"media","media":{"payload":"AQ-_"}}"#, .malformedBase64),
        (#"{"event":"media","media":{"payload":"AQAC AA="}}"#, .malformedBase64),
        (#"{"event":"mark"}"#, .missingField("mark.name")),
        (#"{"event":"mark","mark":{"name":""}}"#, .missingField("mark.name")),
        (#"{"event":"mark","mark":{"name":1}}"#, .missingField("mark.name")),
    ])
    func refusedMessages(text: String, error: BotDialectError) {
        var driver = self.started()
        #expect(throws: error) { try driver.decode(text) }
    }

    @Test func binaryIsRefused() {
        var driver = self.started()
        #expect(throws: BotDialectError.unexpectedBinary) { try driver.decode(.binary, [0, 0]) }
    }

    @Test func longMarkName() throws {
        var driver = self.started()
        let name = String(repeating: "n", count: 256)
        #expect(try driver.decode(#"{"event":"mark","mark":{"name":"\#(name)"}}"#).items.count == 1)
        #expect(throws: BotDialectError.tooLong(field: "mark.name", limit: 256)) {
            try driver.decode(#"{"event":"mark","mark":{"name":"\#(name)n"}}"#)
        }
    }

    /// Any chunk size from 2 bytes on, odd bytes carried: 1, 640, 1516 and 2200 bytes are what bots really send.
    @Test(arguments: [1, 2, 3, 640, 1_516, 2_200, 3_200, 100_000])
    func chunksOfAnySize(size: Int) throws {
        var driver = self.started()
        let samples = (0..<12_345).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        var received: [Int16] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let payload = Data(bytes[start..<min(start + size, bytes.count)]).base64EncodedString()
            received += try driver.decode(#"{"event":"media","media":{"payload":"\#(payload)"}}"#).samples
        }
        #expect(received == samples)
    }

    /// Our base64 is Foundation's, for every length of the last group.
    @Test(arguments: 0...7)
    func base64OfEveryLength(count: Int) throws {
        var driver = self.started(rate: .hz8000, interval: .milliseconds20)
        let frame = (0..<160).map { index in index < count ? Int16(truncatingIfNeeded: index &* 31_337 &- 5) : 0 }
        let text = DialectDriver.texts(of: driver.encodeAudio(frame))[0]
        #expect(text.contains("\"payload\":\"\(Self.base64(frame))\""))
        let short = Array(frame.prefix(count))
        #expect(try driver.decode(#"{"event":"media","media":{"payload":"\#(Self.base64(short))"}}"#).samples == short)
    }

    @Test(
        arguments: [
            ("ws://h/", SampleRate.hz8000), ("ws://h/?a=1", .hz8000), ("ws://h/?sample-rate=8000", .hz8000),
            ("ws://h/?sample-rate=16000", .hz16000), ("ws://h/p?x=1&sample-rate=24000&y", .hz24000),
            ("ws://h/?sample_rate=16000", .hz16000), ("ws://h/?sample-rate=48000", nil),
            ("ws://h/?sample-rate=11025", nil),
            ("ws://h/?sample-rate=", nil), ("ws://h/?sample-rate=x", nil),
        ] as [(String, SampleRate?)])
    func rateOfTheURL(url: String, rate: SampleRate?) {
        #expect(ExotelDialectOptions.rate(inURL: url) == rate)
    }

    @Test func policies() {
        let dialect = BotDialect.exotel(ExotelDialectOptions(accountSID: "a", rate: .hz24000))
        #expect(dialect.clearPolicy == .returnPendingMarks)
        #expect(dialect.name == .exotel)
        #expect(dialect.rate == .hz24000)
    }

    /// Damaged messages are errors or mean something, never a trap.
    @Test func damagedMessages() {
        var driver = self.started()
        let message = Array(#"{"event":"media","x":[1],"media":{"payload":"AQA\/AA=="},"mark":{"name":"\u0041"}}"#.utf8)
        for index in message.indices {
            for byte in UInt8.min...UInt8.max {
                var damaged = message
                damaged[index] = byte
                _ = try? driver.decode(.text, damaged)
            }
            _ = try? driver.decode(.text, Array(message[..<index]))
        }
    }
}
