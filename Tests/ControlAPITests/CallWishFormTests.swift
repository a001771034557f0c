import BotProtocol
import CallControl
import ControlAPI
import JSON
import Testing

/// The body of a transfer: a number with headers, or another call.
@Suite struct CallWishFormTests {
    private static let other = "0123456789abcdef0123456789abcdef"

    @Test func aNumberWithHeaders() throws {
        let json: JSONValue = ["to": "+918000000009", "headers": ["X-Reason": "sales"]]
        let transfer = BotTransfer(to: "+918000000009", headers: [NamedValue("X-Reason", "sales")])
        #expect(try CallWish(transfer: json) == .transfer(transfer, by: .operatorRequest))
        #expect(
            try CallWish(transfer: ["to": "100"]) == .transfer(BotTransfer(to: "100"), by: .operatorRequest))
    }

    @Test func anotherCall() throws {
        let identifier = try #require(CallIdentifier(Self.other))
        #expect(
            try CallWish(transfer: ["replaces": .string(Self.other)]) == .transferTo(identifier, by: .operatorRequest))
    }

    @Test(
        arguments: [
            ("[]", CallRequestFormError.notAnObject), ("{}", .missing("to")),
            (#"{"to":5}"#, .wrongType("to", wanted: "a number")), (#"{"to":""}"#, .wrongType("to", wanted: "a number")),
            (#"{"to":"1","mode":"blind"}"#, .unknownMember("mode")),
            (#"{"to":"1","headers":[]}"#, .wrongType("headers", wanted: "an object of strings")),
            (#"{"to":"1","headers":{"X-A":1}}"#, .wrongType("headers", wanted: "an object of strings")),
            (#"{"replaces":"x"}"#, .wrongType("replaces", wanted: "the id of another call")),
            (
                #"{"replaces":"0123456789abcdef0123456789abcdef","to":"1"}"#,
                .wrongType("replaces", wanted: "alone: the other call says whom the far end is to speak with")
            ),
        ] as [(String, CallRequestFormError)])
    func refused(_ text: String, _ error: CallRequestFormError) throws {
        let json = try JSONReader.parse(text)
        #expect(throws: error) { try CallWish(transfer: json) }
    }
}
