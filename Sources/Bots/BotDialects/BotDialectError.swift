import JSON

/// What is wrong with a bot's message.
package enum BotDialectError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Text that is not JSON.
    case malformedJSON(JSONError)
    /// JSON, but not an object.
    case notAnObject
    /// A field that the message must have is missing or of another type.
    case missingField(String)
    /// A field whose value cannot be used.
    case invalidValue(field: String)
    /// A field longer than its limit.
    case tooLong(field: String, limit: Int)
    /// A command that the dialect does not know.
    case unknownCommand(String)
    /// A binary message where the dialect has text only.
    case unexpectedBinary
    /// A text message where the dialect has octets only.
    case unexpectedText
    /// The bot told that it has failed, with this code.
    case failureOfBot(code: Int)
    /// Audio that is not base64.
    case malformedBase64
    /// Audio or a command before `ready`.
    case notReady
    /// A second `ready` that asks for another rate.
    case rateChanged

    package var description: String {
        switch self {
        case .malformedJSON(let error): "malformed JSON: \(error)"
        case .notAnObject: "the message is not a JSON object"
        case .missingField(let field): "\"\(field)\" is missing or of the wrong type"
        case .invalidValue(let field): "\"\(field)\" has a value that cannot be used"
        case .tooLong(let field, let limit): "\"\(field)\" is longer than \(limit)"
        case .unknownCommand(let command): "unknown command \"\(command)\""
        case .unexpectedBinary: "a binary message in a dialect that has only text"
        case .unexpectedText: "a text message in a dialect that has only octets"
        case .failureOfBot(let code): "the bot reported failure \(code)"
        case .malformedBase64: "the audio is not base64"
        case .notReady: "audio or a command before \"ready\""
        case .rateChanged: "a second \"ready\" asks for another rate"
        }
    }
}
