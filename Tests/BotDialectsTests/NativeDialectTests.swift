import BotDialects
import BotProtocol
import JSON
import PCM
import Testing

/// docs/bot-protocol.md as a table of bytes and events.
struct NativeDialectTests {
    private static let twoAndPound = DTMFDigit.digits(in: "2#") ?? []
    private static let pound = twoAndPound[1]

    private func ready(_ rate: SampleRate = .hz16000) throws -> DialectDriver {
        var driver = DialectDriver(.native)
        _ = driver.encode(.start(outboundStart))
        _ = try driver.decode(#"{"command":"ready","rate":\#(rate.hertz)}"#)
        return driver
    }

    @Test(
        arguments: [
            (
                BotEvent.start(outboundStart),
                #"{"event":"start","version":1,"call_id":"c-1","direction":"outbound","from":"+919000000002","#
                    + #""to":"+918000000001","rate":8000,"parameters":[["lang","hi"],["note","a \"quoted\" 😀"]],"#
                    + #""headers":[["X-Exotel-CallSid","5d2c"],["lang","en"]]}"#
            ),
            (.ringing(status: 180), #"{"event":"ringing","status":180}"#),
            (.earlyMedia(status: 183), #"{"event":"early_media","status":183}"#),
            (.answered, #"{"event":"answered"}"#),
            (.held(by: .remote), #"{"event":"hold","by":"remote"}"#),
            (.resumed(by: .local), #"{"event":"resume","by":"local"}"#),
            (.held(by: .local, reason: "No."), #"{"event":"hold","by":"local","reason":"No."}"#),
            (.resumed(by: .local, reason: "No."), #"{"event":"resume","by":"local","reason":"No."}"#),
            (
                .transfer(BotTransferProgress(.ringing, status: 180)),
                #"{"event":"transfer","step":"ringing","status":180}"#
            ),
            (
                .transfer(BotTransferProgress(.failed, status: 486, reason: "The callee is busy (486).")),
                #"{"event":"transfer","step":"failed","status":486,"reason":"The callee is busy (486)."}"#
            ),
            (.transfer(BotTransferProgress(.returned)), #"{"event":"transfer","step":"returned"}"#),
            (.dtmf(Self.pound, duration: .milliseconds(120)), ##"{"event":"dtmf","digit":"#","duration_ms":120}"##),
            (
                .mark(name: "greeting", outcome: .played, heard: .milliseconds(2_380)),
                #"{"event":"mark","name":"greeting","outcome":"played","heard_ms":2380,"queued_ms":0,"underruns":0,"drift_ms":0}"#
            ),
            (
                .mark(name: "a\"b", outcome: .cleared, heard: .zero),
                #"{"event":"mark","name":"a\"b","outcome":"cleared","heard_ms":0,"queued_ms":0,"underruns":0,"drift_ms":0}"#
            ),
            (
                .cleared(heard: .milliseconds(1_460), marks: ["a", "b"]),
                #"{"event":"cleared","heard_ms":1460,"marks":["a","b"],"queued_ms":0,"underruns":0,"drift_ms":0}"#
            ),
            (
                .cleared(heard: .zero, marks: []),
                #"{"event":"cleared","heard_ms":0,"marks":[],"queued_ms":0,"underruns":0,"drift_ms":0}"#
            ),
            (
                .overflow(BotOverflow(side: .toBot, dropped: .milliseconds(340))),
                #"{"event":"overflow","side":"to_bot","dropped_ms":340}"#
            ),
            (
                .overflow(BotOverflow(side: .fromBot, dropped: .seconds(2))),
                #"{"event":"overflow","side":"from_bot","dropped_ms":2000}"#
            ),
            (
                .silence(BotSilence(.outbound, .digitalSilence, packets: 250, duration: .seconds(5), isOver: true)),
                #"{"event":"silence","state":"over","direction":"outbound","kind":"digital_silence","packets":250,"#
                    + #""duration_ms":5000,"likely_cause":"The bot has not sent any audio since the answer."}"#
            ),
            (.stop(.remoteHangup), #"{"event":"stop","reason":"remote_hangup"}"#),
            (.stop(.botHangup), #"{"event":"stop","reason":"bot_hangup"}"#),
            (.stop(.notAnswered), #"{"event":"stop","reason":"not_answered"}"#),
            (.stop(.gatewayHangup), #"{"event":"stop","reason":"gateway_hangup"}"#),
            (.stop(.transferred), #"{"event":"stop","reason":"transferred"}"#),
            (.stop(.failure), #"{"event":"stop","reason":"failure"}"#),
        ] as [(BotEvent, String)])
    func events(event: BotEvent, text: String) throws {
        var driver = DialectDriver(.native)
        #expect(driver.encode(event) == [text])
        #expect(throws: Never.self) { try JSONReader.parse(text) }
    }

    @Test(
        arguments: [
            (#"{"command":"ready"}"#, BotCommand.ready(rate: nil)),
            (#"{"command":"ready","rate":null}"#, .ready(rate: nil)),
            (#"{"command":"ready","rate":16000}"#, .ready(rate: .hz16000)),
            (#"{"command":"ready","rate":16e3}"#, .ready(rate: .hz16000)),
            (#"{"command":"play","prompt":"please-hold"}"#, .play(prompt: "please-hold")),
            (#"{"command":"play","prompt":"../etc/passwd"}"#, .play(prompt: "../etc/passwd")),
            (#"{"command":"mark","name":"\u0067reeting 😀"}"#, .mark(name: "greeting 😀")),
            (#"{"command":"clear"}"#, .clear),
            (#"{"command":"clear","future":{"field":[1]}}"#, .clear),
            (##"{"command":"dtmf","digits":"2#"}"##, .dtmf(Self.twoAndPound)),
            (#"{"command":"answer"}"#, .answer),
            (#"{"command":"hold"}"#, .hold),
            (#"{"command":"resume"}"#, .resume),
            (#"{"command":"transfer","to":"+918000000009"}"#, .transfer(BotTransfer(to: "+918000000009"))),
            (#"{"command":"transfer","replaces":"00ff"}"#, .transferToCall("00ff")),
            (
                #"{"command":"transfer","to":"100","headers":{"X-Reason":"sales"}}"#,
                .transfer(BotTransfer(to: "100", headers: [NamedValue("X-Reason", "sales")]))
            ),
            (#"{"command":"pause"}"#, .pausePlayout), (#"{"command":"continue"}"#, .continuePlayout),
            (#"{"command":"status"}"#, .reportStatus), (#"{"command":"drained"}"#, .reportDrained),
            (#"{"command":"hangup"}"#, .hangup(reason: nil)),
            (#" {"reason":"goodbye" , "command":"hangup"} "#, .hangup(reason: "goodbye")),
        ] as [(String, BotCommand)])
    func commands(text: String, command: BotCommand) throws {
        var driver = try self.ready()
        #expect(try driver.decode(text).items == [.command(command)])
    }

    @Test(arguments: [
        ("", BotDialectError.malformedJSON(.unexpectedEnd)),
        ("hello", .malformedJSON(.unexpectedByte(UInt8(ascii: "h"), at: 0))),
        ("{\"command\":\"clear\"} x", .malformedJSON(.trailingBytes(at: 20))),
        (#"{"command":"clear","command":"hangup"}"#, .malformedJSON(.duplicateKey(at: 20))),
        ("[]", .notAnObject),
        ("\"clear\"", .notAnObject),
        ("{}", .missingField("command")),
        (#"{"command":7}"#, .missingField("command")),
        (#"{"command":""}"#, .missingField("command")),
        (#"{"event":"media"}"#, .missingField("command")),
        (#"{"command":"explode"}"#, .unknownCommand("explode")),
        (#"{"command":"Clear"}"#, .unknownCommand("Clear")),
        (#"{"command":"ready","rate":"16000"}"#, .invalidValue(field: "rate")),
        (#"{"command":"ready","rate":11025}"#, .invalidValue(field: "rate")),
        (#"{"command":"ready","rate":16000.5}"#, .invalidValue(field: "rate")),
        (#"{"command":"ready","rate":8000}"#, .rateChanged),
        (#"{"command":"play"}"#, .missingField("prompt")),
        (#"{"command":"play","prompt":["a"]}"#, .missingField("prompt")),
        (#"{"command":"mark"}"#, .missingField("name")),
        (#"{"command":"mark","name":""}"#, .missingField("name")),
        (#"{"command":"dtmf"}"#, .missingField("digits")),
        (#"{"command":"dtmf","digits":2}"#, .missingField("digits")),
        (#"{"command":"dtmf","digits":"2x"}"#, .invalidValue(field: "digits")),
        (#"{"command":"transfer"}"#, .missingField("to")),
        (#"{"command":"transfer","to":5}"#, .missingField("to")),
        (#"{"command":"transfer","to":"1","headers":[]}"#, .invalidValue(field: "headers")),
        (#"{"command":"transfer","to":"1","headers":{"X-A":1}}"#, .invalidValue(field: "headers")),
        (#"{"command":"hangup","reason":{}}"#, .missingField("reason")),
    ])
    func refusedMessages(text: String, error: BotDialectError) throws {
        var driver = try self.ready()
        #expect(throws: error) { try driver.decode(text) }
        #expect(!error.description.isEmpty)
    }

    /// Limits: 256 bytes of a name, 64 keys, 64 KiB of a command.
    @Test func limits() throws {
        var driver = try self.ready()
        let name = String(repeating: "n", count: 256)
        #expect(try driver.decode(#"{"command":"mark","name":"\#(name)"}"#).items == [.command(.mark(name: name))])
        #expect(throws: BotDialectError.tooLong(field: "name", limit: 256)) {
            try driver.decode(#"{"command":"mark","name":"\#(name)n"}"#)
        }
        let keys = String(repeating: "1", count: 64)
        #expect(try driver.decode(#"{"command":"dtmf","digits":"\#(keys)"}"#).items.count == 1)
        #expect(throws: BotDialectError.tooLong(field: "digits", limit: 64)) {
            try driver.decode(#"{"command":"dtmf","digits":"\#(keys)1"}"#)
        }
        let headers = { (count: Int) in (0..<count).map { #""X-\#($0)":"v""# }.joined(separator: ",") }
        #expect(try driver.decode(#"{"command":"transfer","to":"1","headers":{\#(headers(16))}}"#).items.count == 1)
        #expect(throws: BotDialectError.tooLong(field: "headers", limit: 16)) {
            try driver.decode(#"{"command":"transfer","to":"1","headers":{\#(headers(17))}}"#)
        }
        #expect(throws: BotDialectError.malformedJSON(.tooLong(count: 65_537))) {
            try driver.decode(String(repeating: " ", count: 65_537))
        }
    }

    /// `ready` comes first; only a hang-up needs none.
    @Test(arguments: [
        #"{"command":"play","prompt":"p"}"#, #"{"command":"mark","name":"m"}"#, #"{"command":"clear"}"#,
        #"{"command":"dtmf","digits":"1"}"#, #"{"command":"answer"}"#, #"{"command":"hold"}"#,
        #"{"command":"resume"}"#, #"{"command":"transfer","to":"1"}"#,
    ])
    func nothingBeforeReady(text: String) {
        var driver = DialectDriver(.native)
        #expect(throws: BotDialectError.notReady) { try driver.decode(text) }
        #expect(throws: BotDialectError.notReady) { try driver.decode(.binary, [0, 0]) }
        #expect(throws: Never.self) { try driver.decode(#"{"command":"hangup"}"#) }
        #expect(!driver.dialect.isReady)
    }

    @Test(arguments: SampleRate.allCases)
    func rateIsTheBotsChoice(rate: SampleRate) throws {
        var driver = DialectDriver(.native)
        _ = driver.encode(.start(outboundStart))
        #expect(driver.dialect.rate == .hz8000)
        _ = try driver.decode(#"{"command":"ready","rate":\#(rate.hertz)}"#)
        #expect(driver.dialect.rate == rate)
        #expect(driver.dialect.isReady)
        // The same word again is no change.
        _ = try driver.decode(#"{"command":"ready","rate":\#(rate.hertz)}"#)
        _ = try driver.decode(#"{"command":"ready"}"#)
        #expect(driver.dialect.rate == rate)
    }

    @Test func audioIsBareSamples() throws {
        var driver = try self.ready()
        let samples = (0..<320).map { Int16(truncatingIfNeeded: $0 * 211) }
        let buffer = driver.encodeAudio(samples)
        let message = try #require(buffer.messages.first)
        #expect(message.kind == .binary && message.isAudio && message.range.count == 640)
        let batch = try driver.decode(.binary, Array(buffer.payload(of: message)))
        #expect(batch.items == [.audio(0..<320)])
        #expect(batch.samples == samples)
    }

    /// Chunks of any size, odd ones too, over message borders.
    @Test(arguments: [1, 2, 3, 5, 7, 641, 2_200])
    func chunksOfAnySize(size: Int) throws {
        var driver = try self.ready()
        let samples = (0..<3_000).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        var received: [Int16] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            received += try driver.decode(.binary, Array(bytes[start..<min(start + size, bytes.count)])).samples
        }
        #expect(received == samples)
    }

    @Test func policies() {
        #expect(BotDialect.native.clearPolicy == .reportCleared)
        #expect(BotDialect.native.name == .native)
        #expect(BotDialectName(rawValue: "native") == .native)
    }
}
