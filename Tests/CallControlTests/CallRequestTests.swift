import BotProtocol
import CallControl
import JSON
import Testing
import Timekeeping

/// What callers of `place` and readers of records are told.
@Suite struct CallRequestTests {
    /// A hostile name cannot break a line, nor fill it.
    @Test(arguments: ["a\r\nb", "\0", "\u{1b}[31m", String(repeating: "x", count: 10_000)])
    func refusalsQuoteNoControlCharacter(name: String) {
        for error in [CallRequestError.unknownTrunk(name), .unknownBot(name)] {
            #expect(error.sentence.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
            #expect(error.sentence.count < 120 + 64 * 6)
            #expect(error.sentence.hasSuffix("\"."))
        }
    }

    @Test func identifiersReadOnlyTheirOwnForm() {
        var generator = SystemRandomNumberGenerator()
        let identifier = CallIdentifier(using: &generator)
        #expect(CallIdentifier(identifier.description) == identifier)
        for text in [
            "", "..", identifier.description.dropLast() + "/", identifier.description + "0", "\(identifier)\n",
        ] {
            #expect(CallIdentifier(String(text)) == nil)
        }
        #expect(CallIdentifier(identifier.description.uppercased() + "x") == nil)
    }

    /// A call that never was anything has every member, and null where nothing came.
    @Test func aRecordOfACallThatNeverRang() throws {
        var generator = SystemRandomNumberGenerator()
        let anchor = WallClockAnchor(instant: .origin, sinceEpoch: .seconds(1_000_000_000))
        var record = CallRecord(
            identifier: CallIdentifier(using: &generator), direction: .outbound, trunk: "exotel", bot: "ivr",
            from: "+919000000002", to: "+918000000001", anchor: anchor, created: .origin)
        record.moments.ended = .origin + .milliseconds(1_500)
        record.cause = .shutdown
        let json = try JSONReader.parse(record.json.encoded())
        #expect(json["id"]?.asString == record.identifier.description)
        #expect(json["created"]?.asString?.hasPrefix("2001-09-09T01:46:40") == true)
        #expect(json["ended"]?.asString?.hasPrefix("2001-09-09T01:46:41.5") == true)
        for member in ["invited", "ringing", "answered", "bot_ready", "duration_ms", "media"] {
            #expect(json[member]?.isNull == true, "\(member)")
        }
        #expect(json["end"]?["cause"]?.asString == "shutdown")
        #expect(json["end"]?["by"]?.asString == "gateway")
        #expect(json["end"]?["sip_status"]?.isNull == true)
        record.moments.answered = .origin + .milliseconds(500)
        #expect(record.json["duration_ms"]?.asInt == 1_000)
    }
}
