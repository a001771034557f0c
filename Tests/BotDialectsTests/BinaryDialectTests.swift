import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// The dialects whose audio is binary PCM16: Vonage, jambonz and plain PCM.
struct BinaryDialectTests {
    private static let start = BotStart(
        callID: "c-1", direction: .inbound, from: "+1", to: "+2", parameters: [NamedValue("lang", "hi")],
        headers: [NamedValue("event", "forged"), NamedValue("callSid", "forged")])

    private func started(_ name: BotDialectName, rate: SampleRate? = nil) throws -> DialectDriver {
        var driver = DialectDriver(try #require(BotDialect(name, accountID: "a1", rate: rate)))
        _ = driver.encode(.start(Self.start))
        return driver
    }

    private static func octets(_ samples: [Int16]) -> [UInt8] {
        samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    /// Custom values stand beside the gateway's own and cannot replace them.
    @Test(arguments: [
        (
            BotDialectName.vonage,
            #"{"event":"websocket:connected","content-type":"audio/l16;rate=16000","from":"+1","to":"+2","#
                + #""call_id":"c-1","lang":"hi","callSid":"forged"}"#
        ),
        (
            .jambonz,
            #"{"callSid":"c-1","callId":"c-1","from":"+1","to":"+2","direction":"inbound","mixType":"mono","#
                + #""accountSid":"a1","sampleRate":8000,"lang":"hi","event":"forged"}"#
        ),
        (
            .raw,
            #"{"callSid":"c-1","callId":"c-1","from":"+1","to":"+2","direction":"inbound","mixType":"mono","#
                + #""sampleRate":8000,"lang":"hi","event":"forged"}"#
        ),
    ])
    func firstText(name: BotDialectName, text: String) throws {
        var driver = DialectDriver(try #require(BotDialect(name, accountID: "a1")))
        #expect(!driver.dialect.isReady)
        #expect(driver.encode(.start(Self.start)) == [text])
        #expect(driver.dialect.isReady)
    }

    /// PCM16 little-endian both ways, in pieces of any size, odd bytes carried.
    @Test(arguments: [BotDialectName.vonage, .jambonz, .raw], [1, 3, 320, 641, 2_200])
    func audio(name: BotDialectName, size: Int) throws {
        var driver = try self.started(name, rate: .hz24000)
        let samples = (0..<480).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let buffer = driver.encodeAudio(samples)
        #expect(buffer.messages.map(\.kind) == [.binary])
        #expect(buffer.messages.map(\.isAudio) == [true])
        #expect(buffer.bytes == Self.octets(samples))
        var received: [Int16] = []
        for start in stride(from: 0, to: buffer.bytes.count, by: size) {
            let end = min(start + size, buffer.bytes.count)
            received += try driver.decode(.binary, Array(buffer.bytes[start..<end])).samples
        }
        #expect(received == samples)
    }

    /// Jambonz writes a mark into the audio as the sample −1; here −1 is a sample like any other.
    @Test func minusOneIsASample() throws {
        var driver = try self.started(.jambonz)
        #expect(try driver.decode(.binary, [0xFF, 0xFF, 0xFF, 0xFF]).samples == [-1, -1])
    }

    @Test func eventsOfVonage() throws {
        var driver = try self.started(.vonage)
        #expect(
            driver.encode(.dtmf(try #require(DTMFDigit("5")), duration: .milliseconds(260)))
                == [#"{"event":"websocket:dtmf","digit":"5","duration":260}"#])
        #expect(
            driver.encode(.cleared(heard: .zero, marks: [])) == [#"{"event":"websocket:cleared"}"#])
        #expect(driver.encode(.mark(name: "1", outcome: .cleared, heard: .zero)).isEmpty)
        #expect(driver.encode(.stop(.remoteHangup)).isEmpty)
    }

    /// A notification comes back with the payload that it was sent with, whatever JSON that is.
    @Test(arguments: [#"{"a":[1,2.5,null],"b":"\"😀"}"#, #""text""#, "7", "null", "[]"])
    func notification(payload: String) throws {
        var driver = try self.started(.vonage)
        let items = try driver.decode(#"{"action":"notify","payload":\#(payload)}"#).items
        guard case .command(.mark(let name))? = items.first else {
            Issue.record("\(items)")
            return
        }
        #expect(
            driver.encode(.mark(name: name, outcome: .played, heard: .zero))
                == [#"{"event":"websocket:notify","payload":\#(payload)}"#])
    }

    @Test func commandsOfVonage() throws {
        var driver = try self.started(.vonage)
        #expect(try driver.decode(#"{"action":"clear"}"#).items == [.command(.clear)])
        #expect(throws: BotDialectError.missingField("payload")) { try driver.decode(#"{"action":"notify"}"#) }
        #expect(throws: BotDialectError.tooLong(field: "payload", limit: 4_096)) {
            try driver.decode(#"{"action":"notify","payload":"\#(String(repeating: "x", count: 4_095))"}"#)
        }
        for text in ["junk", "[]", "{}", #"{"action":"bark"}"#, #"{"action":7}"#] {
            #expect(try driver.decode(text).messagesIgnored == 1)
        }
    }

    @Test func eventsOfJambonz() throws {
        var driver = try self.started(.jambonz)
        // 120 ms in units of an 8 kHz clock.
        #expect(
            driver.encode(.dtmf(try #require(DTMFDigit("5")), duration: .milliseconds(120)))
                == [#"{"event":"dtmf","dtmf":"5","duration":960}"#])
        #expect(driver.encode(.cleared(heard: .zero, marks: [])).isEmpty)
        #expect(driver.encode(.stop(.remoteHangup)).isEmpty)
    }

    @Test(arguments: [BotDialectName.jambonz, .raw])
    func marks(name: BotDialectName) throws {
        var driver = try self.started(name)
        let items = try driver.decode(#"{"type":"mark","data":{"name":"m1"}}"#).items
        guard case .command(.mark(let mark))? = items.first else {
            Issue.record("\(items)")
            return
        }
        #expect(
            driver.encode(.mark(name: mark, outcome: .played, heard: .zero))
                == [#"{"type":"mark","data":{"name":"m1","event":"playout"}}"#])
        #expect(
            driver.encode(.mark(name: mark, outcome: .cleared, heard: .zero))
                == [#"{"type":"mark","data":{"name":"m1","event":"cleared"}}"#])
    }

    /// `playAudio` interrupts unless it queues, and is told when it is done unless it was interrupted.
    @Test func playAudio() throws {
        var driver = try self.started(.jambonz)
        let content = #""audioContent":"AQACAA==","audioContentType":"raw","sampleRate":8000"#
        #expect(
            try driver.decode(#"{"type":"playAudio","data":{\#(content)}}"#).items
                == [.command(.clear), .audio(0..<2)])
        let items = try driver.decode(#"{"type":"playAudio","data":{\#(content),"queuePlay":true,"id":"p1"}}"#).items
        guard items.count == 2, items[0] == .audio(0..<2), case .command(.mark(let mark)) = items[1] else {
            Issue.record("\(items)")
            return
        }
        #expect(
            driver.encode(.mark(name: mark, outcome: .played, heard: .zero))
                == [#"{"type":"playDone","data":{"id":"p1"}}"#])
        #expect(driver.encode(.mark(name: mark, outcome: .cleared, heard: .zero)).isEmpty)
    }

    private static func wav(hertz: UInt32, channels: UInt8 = 1, bits: UInt8 = 16, samples: [Int16]) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let data = Self.octets(samples)
        return Array("RIFF".utf8) + number(UInt32(36 + data.count)) + Array("WAVEfmt ".utf8) + number(16)
            + [1, 0, channels, 0] + number(hertz) + number(hertz * 2) + [2, 0, bits, 0] + Array("LIST".utf8) + number(3)
            + [1, 2, 3, 0] + Array("data".utf8) + number(UInt32(data.count)) + data
    }

    @Test func playAudioOfAWaveFile() throws {
        var driver = try self.started(.jambonz)
        let sound = Data(Self.wav(hertz: 8_000, samples: [1, -2, 3])).base64EncodedString()
        let batch = try driver.decode(
            #"{"type":"playAudio","data":{"audioContent":"\#(sound)","audioContentType":"wav","queuePlay":true}}"#)
        #expect(batch.samples == [1, -2, 3])
        var raw = try self.started(.raw)
        let stream = #"{"type":"streamAudio","data":{"audioDataType":"wav","audioData":"\#(sound)"}}"#
        #expect(try raw.decode(stream).samples == [1, -2, 3])
        for bad in [
            Self.wav(hertz: 8_000, channels: 2, samples: [1]), Self.wav(hertz: 8_000, bits: 8, samples: [1]),
            Self.wav(hertz: 11_025, samples: [1]), Array(Self.wav(hertz: 8_000, samples: [1]).prefix(40)), [1],
        ] {
            let sound = Data(bad).base64EncodedString()
            #expect(throws: BotDialectError.invalidValue(field: "data.audioContent")) {
                try driver.decode(
                    #"{"type":"playAudio","data":{"audioContent":"\#(sound)","audioContentType":"wave"}}"#)
            }
        }
    }

    @Test(arguments: [BotDialectName.jambonz, .raw])
    func otherCommands(name: BotDialectName) throws {
        var driver = try self.started(name)
        #expect(try driver.decode(#"{"type":"killAudio"}"#).items == [.command(.clear)])
        #expect(try driver.decode(#"{"type":"disconnect"}"#).items == [.command(.hangup(reason: nil))])
        #expect(try driver.decode(#"{"type":"clearMarks"}"#).messagesIgnored == 1)
        #expect(try driver.decode("junk").messagesIgnored == 1)
        let digits = try #require(DTMFDigit.digits(in: "1#"))
        #expect(try driver.decode(##"{"type":"dtmf","dtmf":"1#"}"##).items == [.command(.dtmf(digits))])
    }

    @Test(arguments: [
        (#"{"type":"mark","data":{}}"#, BotDialectError.missingField("data.name")),
        (#"{"type":"playAudio"}"#, .missingField("data.audioContent")),
        (#"{"type":"playAudio","data":{"audioContent":"*"}}"#, .malformedBase64),
        (
            #"{"type":"playAudio","data":{"audioContent":"","audioContentType":"mp3"}}"#,
            .invalidValue(field: "data.audioContentType")
        ),
        (
            #"{"type":"playAudio","data":{"audioContent":"","sampleRate":44100}}"#,
            .invalidValue(field: "data.sampleRate")
        ),
        (#"{"type":"streamAudio","data":{"audioData":7}}"#, .missingField("data.audioData")),
        (#"{"type":"dtmf"}"#, .missingField("dtmf")),
    ])
    func refused(text: String, error: BotDialectError) throws {
        var driver = try self.started(.jambonz)
        #expect(throws: error) { try driver.decode(text) }
    }
}
