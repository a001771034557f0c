import BotDialects
import BotProtocol
import PCM
import Testing

/// What is the same question to every dialect.
struct DialectTableTests {
    /// What becomes of the marks that a clear overtakes: docs/dialects.md has the same table.
    @Test(arguments: [
        (BotDialectName.native, ClearPolicy.reportCleared), (.exotel, .returnPendingMarks),
        (.twilio, .returnPendingMarks), (.telnyx, .returnPendingMarks), (.plivo, .ackOnce), (.vonage, .ackOnce),
        (.jambonz, .reportCleared), (.raw, .reportCleared), (.asterisk, .dropSilently), (.asteriskJSON, .dropSilently),
        (.audioSocket, .dropSilently), (.genesys, .dropSilently),
    ])
    func clearRule(name: BotDialectName, policy: ClearPolicy) throws {
        #expect(try #require(BotDialect(name, accountID: "a")).clearPolicy == policy)
    }

    @Test(arguments: BotDialectName.allCases)
    func aDialectIsOneWord(name: BotDialectName) throws {
        #expect(BotDialectName(rawValue: name.rawValue) == name)
        let dialect = try #require(BotDialect(name, accountID: "a"))
        #expect(dialect.name == name)
        if name != .native { #expect(dialect.rate == name.formats[0].rate) }
    }

    /// Every format that a dialect says it carries it carries, and no other.
    @Test(arguments: BotDialectName.allCases)
    func formats(name: BotDialectName) {
        for encoding in BotAudioEncoding.allCases {
            for rate in SampleRate.allCases {
                let dialect = BotDialect(name, accountID: "a", encoding: encoding, rate: rate)
                #expect((dialect != nil) == name.formats.contains(BotAudioFormat(encoding, rate)))
                if let dialect { #expect(dialect.rate == rate) }
            }
        }
    }

    /// Damaged messages are errors, or mean something, or are passed over; never a trap.
    @Test(arguments: BotDialectName.allCases)
    func damagedMessages(name: BotDialectName) throws {
        let messages = [
            #"{"event":"media","x":[1],"media":{"payload":"AQA\/AA==","sampleRate":8000},"mark":{"name":"\u0041"}}"#,
            #"{"event":"playAudio","media":{"contentType":"audio/x-l16","sampleRate":"16000","payload":"AQAB"}}"#,
            #"{"type":"playAudio","data":{"audioContent":"UklGRiQAAABXQVZFZm10IA==","audioContentType":"wav"}}"#,
            #"{"action":"notify","payload":{"a":[1,2]}}"#,
        ]
        for message in messages {
            var driver = DialectDriver(try #require(BotDialect(name, accountID: "a")))
            _ = driver.encode(.start(outboundStart))
            let bytes = Array(message.utf8)
            for index in bytes.indices {
                for byte in stride(from: UInt8.min, to: UInt8.max, by: 17) {
                    var damaged = bytes
                    damaged[index] = byte
                    _ = try? driver.decode(.text, damaged)
                    _ = try? driver.decode(.binary, damaged)
                }
                _ = try? driver.decode(.text, Array(bytes[..<index]))
            }
            _ = driver.replies()
        }
    }
}
