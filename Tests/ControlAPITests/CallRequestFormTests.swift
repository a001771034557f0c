import BotProtocol
import CallControl
import ControlAPI
import JSON
import Testing

/// The body of `POST /v1/calls` (docs/api.md).
@Suite struct CallRequestFormTests {
    private static let least: JSONValue = ["trunk": "exotel", "to": "+918000000001", "bot": "ivr"]

    private static func least(with key: String, _ value: JSONValue) -> JSONValue {
        guard case .object(var members) = Self.least else { return .null }
        members.removeAll { $0.key == key }
        members.append(JSONMember(key: key, value: value))
        return .object(members)
    }

    @Test func theLeastOrderTakesTheTrunksDefaults() throws {
        let request = try CallRequest(json: Self.least)
        #expect(request == CallRequest(trunk: "exotel", to: "+918000000001", bot: "ivr"))
        #expect(request.records == nil)
    }

    @Test func everyMemberIsRead() throws {
        let request = try CallRequest(json: [
            "trunk": "exotel", "to": "+918000000001", "bot": "ivr", "from": "+919000000002",
            "headers": ["X-Custom-B": "2", "X-Custom-A": "1"], "parameters": ["language": "hi"],
            "ring_seconds": 40, "maximum_duration_seconds": 900, "record": false,
        ])
        #expect(request.from == "+919000000002")
        #expect(request.headers == [NamedValue("X-Custom-B", "2"), NamedValue("X-Custom-A", "1")])
        #expect(request.parameters == [NamedValue("language", "hi")])
        #expect(request.ringSeconds == 40 && request.maximumDurationSeconds == 900)
        #expect(request.records == false)
    }

    @Test(arguments: ["trunk", "to", "bot"])
    func whatIsNeededIsAskedFor(member: String) throws {
        guard case .object(let members) = Self.least else { return }
        #expect(throws: CallRequestFormError.missing(member)) {
            try CallRequest(json: .object(members.filter { $0.key != member }))
        }
    }

    private static let wrongTypes: [(String, JSONValue)] = [
        ("to", 918_000_000_001), ("from", nil), ("headers", ["a", "b"]), ("headers", ["X-A": 1]), ("parameters", "a=b"),
        ("ring_seconds", 0), ("ring_seconds", 1.5), ("ring_seconds", "40"), ("maximum_duration_seconds", 86_401),
        ("record", "yes"),
    ]

    @Test(arguments: Self.wrongTypes)
    func aWrongTypeIsNamed(member: String, value: JSONValue) {
        let error = #expect(throws: CallRequestFormError.self) {
            try CallRequest(json: Self.least(with: member, value))
        }
        #expect(error?.sentence.contains("\"\(member)\"") == true)
    }

    @Test func anUnknownMemberIsAnError() {
        #expect(throws: CallRequestFormError.unknownMember("recrod")) {
            try CallRequest(json: Self.least(with: "recrod", true))
        }
        #expect(throws: CallRequestFormError.notAnObject) { try CallRequest(json: ["trunk"]) }
    }

    /// A hostile name cannot break the line that it is told in.
    @Test func anUnknownNameIsEscapedAndCut() {
        let sentence = CallRequestFormError.unknownMember("a\r\n\(String(repeating: "b", count: 500))").sentence
        #expect(!sentence.contains("\r") && sentence.utf8.count < 200)
    }
}
