import BotProtocol
import CallControl
import JSON

/// Why a body of `POST /v1/calls` is no order.
package enum CallRequestFormError: Error, Hashable, Sendable {
    case notAnObject
    case unknownMember(String)
    case missing(String)
    case wrongType(String, wanted: String)

    package var sentence: String {
        switch self {
        case .notAnObject: "The body must be a JSON object."
        case .unknownMember(let name): "There is no member named \(name.prefix(64).debugDescription)."
        case .missing(let name): "The member \"\(name)\" is missing."
        case .wrongType(let name, let wanted): "The member \"\(name)\" must be \(wanted)."
        }
    }
}

extension CallRequest {
    private static let members: Set = [
        "trunk", "to", "from", "bot", "headers", "parameters", "ring_seconds", "maximum_duration_seconds", "record",
    ]

    /// Reads the body of `POST /v1/calls`. Numbers and headers are checked by the trunk, when the call is placed.
    package init(json: JSONValue) throws(CallRequestFormError) {
        guard let members = json.asObject else { throw .notAnObject }
        for member in members where !Self.members.contains(member.key) { throw .unknownMember(member.key) }
        self.init(
            trunk: try Self.text("trunk", in: json), to: try Self.text("to", in: json),
            bot: try Self.text("bot", in: json))
        if json["from"] != nil { self.from = try Self.text("from", in: json) }
        self.headers = try Self.namedValues("headers", in: json)
        self.parameters = try Self.namedValues("parameters", in: json)
        self.ringSeconds = try Self.seconds("ring_seconds", in: json)
        self.maximumDurationSeconds = try Self.seconds("maximum_duration_seconds", in: json)
        if let value = json["record"] {
            guard let records = value.asBool else { throw .wrongType("record", wanted: "true or false") }
            self.records = records
        }
    }

    private static func text(_ name: String, in json: JSONValue) throws(CallRequestFormError) -> String {
        guard let value = json[name] else { throw .missing(name) }
        guard let text = value.asString else { throw .wrongType(name, wanted: "a string") }
        return text
    }

    private static func namedValues(_ name: String, in json: JSONValue) throws(CallRequestFormError) -> [NamedValue] {
        guard let value = json[name] else { return [] }
        guard let members = value.asObject else { throw .wrongType(name, wanted: "an object of strings") }
        var values: [NamedValue] = []
        for member in members {
            guard let text = member.value.asString else { throw .wrongType(name, wanted: "an object of strings") }
            values.append(NamedValue(member.key, text))
        }
        return values
    }

    private static func seconds(_ name: String, in json: JSONValue) throws(CallRequestFormError) -> Int? {
        guard let value = json[name] else { return nil }
        guard let seconds = value.asInt, (1...86_400).contains(seconds) else {
            throw .wrongType(name, wanted: "a whole number from 1 to 86400")
        }
        return seconds
    }
}
