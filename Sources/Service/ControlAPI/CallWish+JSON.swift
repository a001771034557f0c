import BotProtocol
import CallControl
import JSON

extension CallWish {
    private static let members: Set = ["to", "headers", "replaces"]

    /// Reads the body of `POST /v1/calls/{id}/transfer`: `to` with `headers`, or `replaces` with another call's id.
    package init(transfer json: JSONValue) throws(CallRequestFormError) {
        guard let members = json.asObject else { throw .notAnObject }
        for member in members where !Self.members.contains(member.key) { throw .unknownMember(member.key) }
        if let other = json["replaces"] {
            guard json["to"] == nil, json["headers"] == nil else {
                throw .wrongType("replaces", wanted: "alone: the other call says whom the far end is to speak with")
            }
            guard let identifier = other.asString.flatMap({ CallIdentifier($0) }) else {
                throw .wrongType("replaces", wanted: "the id of another call")
            }
            self = .transferTo(identifier, by: .operatorRequest)
            return
        }
        guard let value = json["to"] else { throw .missing("to") }
        guard let to = value.asString, !to.isEmpty, to.utf8.count <= Self.numberLengthMax else {
            throw .wrongType("to", wanted: "a number")
        }
        var transfer = BotTransfer(to: to)
        if let headers = json["headers"] {
            guard let members = headers.asObject else { throw .wrongType("headers", wanted: "an object of strings") }
            for member in members {
                guard let text = member.value.asString else {
                    throw .wrongType("headers", wanted: "an object of strings")
                }
                transfer.headers.append(NamedValue(member.key, text))
            }
        }
        self = .transfer(transfer, by: .operatorRequest)
    }

    private static let numberLengthMax = 256
}
