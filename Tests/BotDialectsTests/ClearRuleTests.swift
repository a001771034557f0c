import BotDialects
import BotProtocol
import JSON
import Testing

/// What a bot of each dialect is told when its clear overtakes two marks: the table of docs/dialects.md, as bytes.
struct ClearRuleTests {
    /// The events that the audio path makes of one clear, by the dialect's policy.
    private static func events(of policy: ClearPolicy, overtaking marks: [String]) -> [BotEvent] {
        let answers: [BotEvent] =
            switch policy {
            case .returnPendingMarks: marks.map { .mark(name: $0, outcome: .played, heard: .zero) }
            case .reportCleared: marks.map { .mark(name: $0, outcome: .cleared, heard: .zero) }
            case .dropSilently, .ackOnce: []
            }
        return answers + [.cleared(heard: .zero, marks: marks)]
    }

    private static let nativeState = #""queued_ms":0,"underruns":0,"drift_ms":0"#

    @Test(
        arguments: [
            (
                .native,
                [#"{"command":"ready"}"#, #"{"command":"mark","name":"a"}"#, #"{"command":"mark","name":"b"}"#],
                #"{"command":"clear"}"#,
                [
                    #"{"event":"mark","name":"a","outcome":"cleared","heard_ms":0,\#(nativeState)}"#,
                    #"{"event":"mark","name":"b","outcome":"cleared","heard_ms":0,\#(nativeState)}"#,
                    #"{"event":"cleared","heard_ms":0,"marks":["a","b"],\#(nativeState)}"#,
                ]
            ),
            (
                .exotel, [#"{"event":"mark","mark":{"name":"a"}}"#, #"{"event":"mark","mark":{"name":"b"}}"#],
                #"{"event":"clear"}"#,
                [
                    #"{"event":"mark","sequence_number":"2","stream_sid":"STc","mark":{"name":"a"}}"#,
                    #"{"event":"mark","sequence_number":"3","stream_sid":"STc","mark":{"name":"b"}}"#,
                ]
            ),
            (
                .twilio, [#"{"event":"mark","mark":{"name":"a"}}"#, #"{"event":"mark","mark":{"name":"b"}}"#],
                #"{"event":"clear"}"#,
                [
                    #"{"event":"mark","sequenceNumber":"2","streamSid":"MZc","mark":{"name":"a"}}"#,
                    #"{"event":"mark","sequenceNumber":"3","streamSid":"MZc","mark":{"name":"b"}}"#,
                ]
            ),
            (
                .telnyx, [#"{"event":"mark","mark":{"name":"a"}}"#, #"{"event":"mark","mark":{"name":"b"}}"#],
                #"{"event":"clear"}"#,
                [
                    #"{"event":"mark","sequence_number":"2","stream_id":"c","mark":{"name":"a"}}"#,
                    #"{"event":"mark","sequence_number":"3","stream_id":"c","mark":{"name":"b"}}"#,
                ]
            ),
            (
                .plivo, [#"{"event":"checkpoint","name":"a"}"#, #"{"event":"checkpoint","name":"b"}"#],
                #"{"event":"clearAudio"}"#, [#"{"sequenceNumber":1,"event":"clearedAudio","streamId":"c"}"#]
            ),
            (
                .vonage, [#"{"action":"notify","payload":"a"}"#, #"{"action":"notify","payload":"b"}"#],
                #"{"action":"clear"}"#, [#"{"event":"websocket:cleared"}"#]
            ),
            (
                .jambonz, [#"{"type":"mark","data":{"name":"a"}}"#, #"{"type":"mark","data":{"name":"b"}}"#],
                #"{"type":"killAudio"}"#,
                [
                    #"{"type":"mark","data":{"name":"a","event":"cleared"}}"#,
                    #"{"type":"mark","data":{"name":"b","event":"cleared"}}"#,
                ]
            ),
            (
                .raw, [#"{"type":"mark","data":{"name":"a"}}"#, #"{"type":"mark","data":{"name":"b"}}"#],
                #"{"type":"killAudio"}"#,
                [
                    #"{"type":"mark","data":{"name":"a","event":"cleared"}}"#,
                    #"{"type":"mark","data":{"name":"b","event":"cleared"}}"#,
                ]
            ),
            (.asterisk, ["MARK_MEDIA a", "STOP_MEDIA_BUFFERING b"], "FLUSH_MEDIA", []),
            (
                .asteriskJSON,
                [#"{"command":"MARK_MEDIA","correlation_id":"a"}"#, #"{"command":"STOP_MEDIA_BUFFERING"}"#],
                #"{"command":"FLUSH_MEDIA"}"#, []
            ),
            (
                .genesys, [], #"{"type":"event","parameters":{"entities":[{"type":"barge_in","data":{}}]}}"#, []
            ),
        ] as [(BotDialectName, [String], String, [String])])
    func clear(name: BotDialectName, marks: [String], clear: String, answers: [String]) throws {
        var driver = DialectDriver(try #require(BotDialect(name, accountID: "a")))
        _ = driver.encode(.start(BotStart(callID: "c", direction: .inbound, from: "", to: "")))
        var names: [String] = []
        for mark in marks {
            for item in try driver.decode(mark).items {
                if case .command(.mark(let name)) = item { names.append(name) }
            }
        }
        #expect(names.count == (name == .genesys ? 0 : 2))
        #expect(try driver.decode(clear).items == [.command(.clear)])
        let told = Self.events(of: driver.dialect.clearPolicy, overtaking: names).flatMap { driver.encode($0) }
        #expect(told == answers)
    }
}
