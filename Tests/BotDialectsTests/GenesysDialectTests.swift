import BotDialects
import BotProtocol
import Foundation
import JSON
import PCM
import Testing

/// Genesys AudioHook as bytes and events, from the client's side.
struct GenesysDialectTests {
    private static let callID = "0123456789abcdef0123456789abcdef"
    private static let uuid = "01234567-89ab-8def-8123-456789abcdef"

    private func opening() throws -> (DialectDriver, [String]) {
        var driver = DialectDriver(try #require(BotDialect(.genesys, accountID: "acct")))
        let messages = driver.encode(
            .start(
                BotStart(
                    callID: Self.callID, direction: .inbound, from: "+1", to: "+2",
                    parameters: [NamedValue("lang", "hi")])))
        return (driver, messages)
    }

    private func open(_ parameters: String = "{}") throws -> DialectDriver {
        var (driver, _) = try self.opening()
        let opened = #"{"version":"2","type":"opened","seq":1,"clientseq":1,"id":"x","parameters":\#(parameters)}"#
        #expect(try driver.decode(opened).items == [.command(.ready(rate: nil))])
        return driver
    }

    @Test func openAndOpened() throws {
        var (driver, messages) = try self.opening()
        #expect(messages.count == 1)
        let open = try JSONReader.parse(messages[0])
        #expect(open["version"] == "2")
        #expect(open["type"] == "open")
        #expect(open["id"]?.asString == Self.uuid)
        #expect(open["seq"] == 1)
        #expect(open["serverseq"] == 0)
        #expect(open["position"] == "PT0S")
        let parameters = try #require(open["parameters"])
        #expect(parameters["conversationId"]?.asString == Self.uuid)
        #expect(parameters["organizationId"]?.asString?.utf8.count == 36)
        #expect(parameters["participant"]?["ani"] == "+1")
        #expect(parameters["participant"]?["dnis"] == "+2")
        #expect(parameters["inputVariables"]?["lang"] == "hi")
        #expect(
            parameters["media"]?[0]
                == .object(["type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8_000]))
        #expect(!driver.dialect.isReady)
        // Audio before the bot has opened goes neither way.
        #expect(driver.encodeAudio([Int16](repeating: 0, count: 160)).isEmpty)
        #expect(throws: BotDialectError.notReady) { try driver.decode(.binary, [1]) }
        let media = #"{"media":[{"type":"audio","format":"PCMU","channels":["external"],"rate":8000}]}"#
        _ = try self.open(media)
        for wrong in [#"{"format":"L16"}"#, #"{"rate":16000}"#, #"{"channels":["external","internal"]}"#] {
            #expect(throws: BotDialectError.invalidValue(field: "media")) {
                try driver.decode(#"{"type":"opened","seq":1,"parameters":{"media":[\#(wrong)]}}"#)
            }
        }
    }

    /// µ-law both ways, and a position that is the caller's sample clock.
    @Test func audioAndPosition() throws {
        var driver = try self.open()
        let samples = (0..<160).map { Int16(truncatingIfNeeded: $0 * 397) }
        for _ in 0..<3 {
            let buffer = driver.encodeAudio(samples)
            #expect(buffer.bytes == samples.map(MuLaw.encode))
            #expect(buffer.messages.map(\.isAudio) == [true])
        }
        let dtmf = try JSONReader.parse(
            driver.encode(.dtmf(try #require(DTMFDigit("5")), duration: .milliseconds(100)))[0])
        #expect(dtmf["type"] == "dtmf")
        #expect(dtmf["position"] == "PT0.06S")
        #expect(dtmf["seq"] == 2)
        #expect(dtmf["serverseq"] == 1)
        #expect(dtmf["parameters"] == .object(["digit": "5"]))
        #expect(try driver.decode(.binary, [0xFF, 0x00]).samples == [0, MuLaw.decode(0)])
    }

    /// The first ping after a second, then each five; the answer's time is told with the next one.
    @Test func pings() throws {
        var driver = try self.open()
        var pings: [JSONValue] = []
        for index in 0..<600 {
            let buffer = driver.encodeAudio([Int16](repeating: 0, count: 160))
            for text in DialectDriver.texts(of: buffer) where text.hasPrefix("{") {
                pings.append(try JSONReader.parse(text))
            }
            // The pong comes three frames after the first ping.
            if index == 52 { #expect(try driver.decode(#"{"type":"pong","seq":2,"parameters":{}}"#).isEmpty) }
        }
        #expect(pings.map { $0["position"]?.asString } == ["PT1S", "PT6S", "PT11S"])
        #expect(pings.map { $0["parameters"]?["rtt"]?.asString } == [nil, "PT0.06S", "PT0.06S"])
    }

    /// While the bot has paused nothing is sent, but the clock goes on, and what was left out is told.
    @Test func pauseAndResume() throws {
        var driver = try self.open()
        let frame = [Int16](repeating: 0, count: 160)
        _ = driver.encodeAudio(frame)
        _ = try driver.decode(#"{"type":"pause","seq":2,"parameters":{}}"#)
        #expect(driver.dialect.hasReplies)
        let paused = try JSONReader.parse(driver.replies()[0])
        #expect(paused["type"] == "paused")
        #expect(paused["position"] == "PT0.02S")
        for _ in 0..<10 { #expect(driver.encodeAudio(frame).isEmpty) }
        _ = try driver.decode(#"{"type":"resume","seq":3,"parameters":{}}"#)
        let resumed = try JSONReader.parse(driver.replies()[0])
        #expect(resumed["type"] == "resumed")
        #expect(resumed["parameters"] == .object(["start": "PT0.02S", "discarded": "PT0.2S"]))
        #expect(!driver.encodeAudio(frame).isEmpty)
        #expect(!driver.dialect.hasReplies)
        var startPaused = try self.open(#"{"startPaused":true}"#)
        #expect(startPaused.encodeAudio(frame).isEmpty)
        #expect(try JSONReader.parse(startPaused.replies()[0])["type"] == "paused")
    }

    @Test func commands() throws {
        var driver = try self.open()
        #expect(
            try driver.decode(
                #"{"type":"event","seq":2,"parameters":{"entities":[{"type":"transcript"},{"type":"barge_in","data":{}}]}}"#
            ).items == [.command(.clear)])
        #expect(
            try driver.decode(#"{"type":"event","parameters":{"entities":[{"type":"transcript"}]}}"#).messagesIgnored
                == 1)
        // What some bots fill in as action is no order to transfer.
        #expect(
            try driver.decode(
                #"{"type":"disconnect","parameters":{"reason":"completed","outputVariables":{"action":"transfer"}}}"#
            ).items == [.command(.hangup(reason: "completed"))])
        #expect(
            try driver.decode(#"{"type":"disconnect","parameters":{"reason":"error","info":"no model"}}"#).items
                == [.command(.hangup(reason: "no model"))])
        for text in [#"{"type":"reconnect","parameters":{}}"#, #"{"type":"bark"}"#, #"{"type":"opened"}"#] {
            #expect(try driver.decode(text).messagesIgnored == 1)
        }
        #expect(try driver.decode(#"{"type":"closed","parameters":{}}"#).isEmpty)
    }

    @Test(arguments: [
        (BotStopReason.botHangup, "disconnect"), (.remoteHangup, "end"), (.gatewayHangup, "end"), (.failure, "error"),
    ])
    func close(reason: BotStopReason, word: String) throws {
        var driver = try self.open()
        let close = try JSONReader.parse(driver.encode(.stop(reason))[0])
        #expect(close["type"] == "close")
        #expect(close["parameters"] == .object(["reason": .string(word)]))
        #expect(driver.encodeAudio([0]).isEmpty)
    }

    @Test(arguments: [
        ("junk", BotDialectError.malformedJSON(.unexpectedByte(UInt8(ascii: "j"), at: 0))), ("[]", .notAnObject),
        ("{}", .missingField("type")),
    ])
    func refused(text: String, error: BotDialectError) throws {
        var driver = try self.open()
        #expect(throws: error) { try driver.decode(text) }
    }

    @Test func answersAreBounded() throws {
        var driver = try self.open()
        for _ in 0..<100 { _ = try driver.decode(#"{"type":"pause"}"#) }
        #expect(driver.replies().count == 16)
    }
}
