import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// Whole calls, message by message: what goes over the wire in either dialect, and what is understood of the answer.
struct ConversationTests {
    private enum Step {
        case gateway(BotEvent, says: [String])
        case bot(String, means: [BotCommandBatch.Item])
    }

    private func run(_ steps: [Step], in dialect: BotDialect) throws {
        var driver = DialectDriver(dialect)
        for step in steps {
            switch step {
            case .gateway(let event, let messages):
                #expect(driver.encode(event) == messages)
            case .bot(let message, let items):
                #expect(try driver.decode(message).items == items)
            }
        }
    }

    private static let start = BotStart(callID: "c7", direction: .inbound, from: "+1", to: "+2")

    /// An interrupted bot: two marks wait, a clear overtakes them, each is answered.
    @Test func interruptionInNative() throws {
        try self.run(
            [
                .gateway(
                    .start(Self.start),
                    says: [
                        #"{"event":"start","version":1,"call_id":"c7","direction":"inbound","from":"+1","to":"+2","#
                            + #""rate":8000,"parameters":[],"headers":[]}"#
                    ]),
                .bot(#"{"command":"ready","rate":24000}"#, means: [.command(.ready(rate: .hz24000))]),
                .gateway(.answered, says: [#"{"event":"answered"}"#]),
                .bot(#"{"command":"mark","name":"one"}"#, means: [.command(.mark(name: "one"))]),
                .bot(#"{"command":"mark","name":"two"}"#, means: [.command(.mark(name: "two"))]),
                .bot(#"{"command":"clear"}"#, means: [.command(.clear)]),
                .gateway(
                    .mark(name: "one", outcome: .cleared, heard: .milliseconds(700)),
                    says: [
                        #"{"event":"mark","name":"one","outcome":"cleared","heard_ms":700,"queued_ms":0,"underruns":0,"drift_ms":0}"#
                    ]),
                .gateway(
                    .mark(name: "two", outcome: .cleared, heard: .milliseconds(700)),
                    says: [
                        #"{"event":"mark","name":"two","outcome":"cleared","heard_ms":700,"queued_ms":0,"underruns":0,"drift_ms":0}"#
                    ]),
                .gateway(
                    .cleared(heard: .milliseconds(700), marks: ["one", "two"]),
                    says: [
                        #"{"event":"cleared","heard_ms":700,"marks":["one","two"],"queued_ms":0,"underruns":0,"drift_ms":0}"#
                    ]),
                .bot(#"{"command":"hangup","reason":"done"}"#, means: [.command(.hangup(reason: "done"))]),
                .gateway(.stop(.botHangup), says: [#"{"event":"stop","reason":"bot_hangup"}"#]),
            ], in: .native)
    }

    /// The same interruption with a bot of Exotel's protocol: both marks come back, the clear itself is not answered,
    /// and the numbers of the messages go on.
    @Test func interruptionInExotel() throws {
        try self.run(
            [
                .gateway(
                    .start(Self.start),
                    says: [
                        #"{"event":"connected"}"#,
                        #"{"event":"start","sequence_number":"1","stream_sid":"STc7","start":{"stream_sid":"STc7","#
                            + #""call_sid":"c7","account_sid":"acct1","from":"+1","to":"+2","custom_parameters":{},"#
                            + #""media_format":{"encoding":"audio/x-raw","sample_rate":"8000","bit_rate":"16"}}}"#,
                    ]),
                .gateway(.answered, says: []),
                .bot(#"{"event":"media","stream_sid":"STc7","media":{"payload":"AAABAA=="}}"#, means: [.audio(0..<2)]),
                .bot(
                    #"{"event":"mark","stream_sid":"STc7","mark":{"name":"one"}}"#,
                    means: [.command(.mark(name: "one"))]),
                .bot(
                    #"{"event":"mark","stream_sid":"STc7","mark":{"name":"two"}}"#,
                    means: [.command(.mark(name: "two"))]),
                .bot(#"{"event":"clear","stream_sid":"STc7"}"#, means: [.command(.clear)]),
                .gateway(
                    .mark(name: "one", outcome: .cleared, heard: .zero),
                    says: [#"{"event":"mark","sequence_number":"2","stream_sid":"STc7","mark":{"name":"one"}}"#]),
                .gateway(
                    .mark(name: "two", outcome: .cleared, heard: .zero),
                    says: [#"{"event":"mark","sequence_number":"3","stream_sid":"STc7","mark":{"name":"two"}}"#]),
                .gateway(.cleared(heard: .zero, marks: ["one", "two"]), says: []),
                .gateway(
                    .stop(.gatewayHangup),
                    says: [
                        #"{"event":"stop","sequence_number":"4","stream_sid":"STc7","stop":{"call_sid":"c7","#
                            + #""account_sid":"acct1","reason":"callended"}}"#
                    ]),
            ], in: .exotel(ExotelDialectOptions(accountSID: "acct1")))
    }

    /// What the document promises is what is sent: every example of docs/bot-protocol.md that is a
    /// command is understood, and every event is written as it stands there.
    @Test func examplesOfTheDocument() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/bot-protocol.md")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        let commands = lines.filter { $0.hasPrefix("{\"command\"") }
        let events = lines.filter { $0.hasPrefix("{\"event\"") }
        var driver = DialectDriver(.native)
        #expect(commands.count == 15)
        for command in commands { #expect(try driver.decode(command).items.count == 1, "\(command)") }
        let digit = try #require(DTMFDigit("2"))
        let start = BotStart(
            callID: "c-0193f2", direction: .outbound, from: "+919000000002", to: "+918000000001",
            parameters: [NamedValue("lang", "hi")], headers: [NamedValue("X-Exotel-CallSid", "5d2c")])
        let sent: [BotEvent] = [
            .start(start), .ringing(status: 180), .earlyMedia(status: 183), .answered,
            .dtmf(digit, duration: .milliseconds(120)), .held(by: .remote), .resumed(by: .remote),
            .resumed(by: .local, reason: "The far end answered 488 Not Acceptable Here."),
            .transfer(BotTransferProgress(.failed, status: 486, reason: "The callee is busy (486).")),
            .mark(
                name: "greeting", outcome: .played, heard: .milliseconds(2_380),
                queue: PlayQueueState(queued: .milliseconds(640), underruns: 1, drift: .milliseconds(-20))),
            .cleared(heard: .milliseconds(1_460), marks: ["greeting"]),
            .status(
                heard: .milliseconds(1_460),
                PlayQueueState(queued: .milliseconds(46_000), drift: .milliseconds(44_500), isPaused: true)),
            .backPressure(.pause, queued: .milliseconds(45_020)), .drained,
            .overflow(BotOverflow(side: .toBot, dropped: .milliseconds(340))),
            .silence(BotSilence(.inbound, .noRTP, packets: 0, duration: .seconds(5))), .stop(.remoteHangup),
        ]
        #expect(sent.flatMap { driver.encode($0) } == events)
    }

    /// Names of a call that would break a message written by hand.
    @Test(arguments: ["c\"1", "c\\1", "c\n1", "😀", "\u{7F}", ""])
    func hostileCallNames(callID: String) throws {
        var driver = DialectDriver(.exotel(ExotelDialectOptions(accountSID: "a\"b")))
        let start = BotStart(callID: callID, direction: .inbound, from: "\"", to: "\\")
        var texts = driver.encode(.start(start))
        texts += DialectDriver.texts(of: driver.encodeAudio([Int16](repeating: 1, count: 160)))
        texts += driver.encode(.stop(.failure))
        #expect(texts.count == 4)
        for text in texts.dropFirst() {
            #expect(try JSONReader.parse(text)["stream_sid"]?.asString == "ST" + callID)
        }
    }

    /// A hostile bot: deep nesting, long texts and a megabyte of audio meet a limit or are taken, in bounded memory.
    @Test func hostileMessages() throws {
        var exotel = DialectDriver(.exotel(ExotelDialectOptions(accountSID: "a")))
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(throws: BotDialectError.malformedJSON(.tooDeep(at: 36))) {
            try exotel.decode(#"{"event":"clear","x":"# + deep + "}")
        }
        let payload = String(repeating: "AAAA", count: 250_000)
        let batch = try exotel.decode(#"{"event":"media","media":{"payload":"\#(payload)"}}"#)
        #expect(batch.samples.count == 375_000)
        #expect(throws: BotDialectError.malformedJSON(.tooLong(count: 1_048_577))) {
            try exotel.decode(.text, [UInt8](repeating: 0x20, count: 1_048_577))
        }
        // A key that comes twice: the last counts, as in the parsers that these bots were tried with.
        let twice = #"{"event":"mark","event":"clear","mark":{"name":"a","name":"b"}}"#
        #expect(try exotel.decode(twice).items == [.command(.clear)])
    }
}

/// Base64 against Foundation's, over lengths, alphabets and damage.
struct Base64AudioTests {
    private func decode(_ payload: String) throws(BotDialectError) -> [Int16] {
        var driver = DialectDriver(.exotel(ExotelDialectOptions(accountSID: "a")))
        return try driver.decode(#"{"event":"media","media":{"payload":"\#(payload)"}}"#).samples
    }

    @Test(arguments: 0...64)
    func everyLength(length: Int) throws {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ length) }
        let samples = stride(from: 0, to: length - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
        let text = Data(bytes).base64EncodedString()
        #expect(try self.decode(text) == samples)
        // Without its padding it means the same.
        #expect(try self.decode(text.replacingOccurrences(of: "=", with: "")) == samples)
    }

    /// Each of the 128 ASCII characters in a group: one of the 64, or refused.
    @Test func everyCharacter() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for value in UInt8(0x20)..<0x7F where value != 0x22 && value != 0x5C {
            let character = Character(Unicode.Scalar(value))
            if alphabet.contains(character) {
                #expect(throws: Never.self) { try self.decode("A\(character)AA") }
            } else {
                #expect(throws: BotDialectError.malformedBase64) { try self.decode("A\(character)AA") }
            }
        }
        #expect(throws: BotDialectError.malformedBase64) { try self.decode("AéA") }
    }

    @Test(arguments: [
        "=", "==", "===", "====", "A=", "A==", "A===", "AA=A", "=AAA", "AAAA=", "AAAAA", "AA===", "AAA==",
    ])
    func misplacedPadding(payload: String) {
        #expect(throws: BotDialectError.malformedBase64) { try self.decode(payload) }
    }

    /// Frames of every rate go out as Foundation would write them.
    @Test(arguments: [SampleRate.hz8000, .hz16000, .hz24000])
    func framesOfEveryRate(rate: SampleRate) throws {
        var driver = DialectDriver(.exotel(ExotelDialectOptions(accountSID: "a", rate: rate)))
        _ = driver.encode(.start(outboundStart))
        let samples = (0..<rate.samplesPer20ms).map { Int16(truncatingIfNeeded: $0 &* 31_337) }
        let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let text = DialectDriver.texts(of: driver.encodeAudio(samples))[0]
        let payload = try JSONReader.parse(text)["media"]?["payload"]?.asString
        #expect(payload == Data(bytes).base64EncodedString())
    }
}
