import BotProtocol
import JSON
import PCM

/// Reads one command of the native dialect. Unknown fields are ignored; an unknown command is an error.
enum NativeCommand {
    static func command(in message: JSONValue) throws(BotDialectError) -> BotCommand {
        let name = try self.text("command", in: message)
        switch name {
        case "ready": return .ready(rate: try self.rate(in: message))
        case "play": return .play(prompt: try self.text("prompt", in: message))
        case "mark": return .mark(name: try self.text("name", in: message))
        case "clear": return .clear
        case "pause": return .pausePlayout
        case "continue": return .continuePlayout
        case "status": return .reportStatus
        case "drained": return .reportDrained
        case "dtmf": return .dtmf(try self.digits(in: message))
        case "hangup": return .hangup(reason: try self.optionalText("reason", in: message))
        case "answer": return .answer
        case "hold": return .hold
        case "resume": return .resume
        case "transfer":
            guard let call = try self.optionalText("replaces", in: message) else {
                return .transfer(try self.transfer(in: message))
            }
            // The other call says whom the far end is to speak with.
            guard message["to"] == nil, message["headers"] == nil else { throw .invalidValue(field: "replaces") }
            return .transferToCall(call)
        default: throw .unknownCommand(String(name.prefix(32)))
        }
    }

    private static func text(_ field: String, in message: JSONValue) throws(BotDialectError) -> String {
        guard let text = try self.optionalText(field, in: message), !text.isEmpty else { throw .missingField(field) }
        return text
    }

    private static func optionalText(_ field: String, in message: JSONValue) throws(BotDialectError) -> String? {
        guard let value = message[field], !value.isNull else { return nil }
        guard let text = value.asString else { throw .missingField(field) }
        guard text.utf8.count <= BotTextLimits.length else { throw .tooLong(field: field, limit: BotTextLimits.length) }
        return text
    }

    private static func transfer(in message: JSONValue) throws(BotDialectError) -> BotTransfer {
        var transfer = BotTransfer(to: try self.text("to", in: message))
        guard let value = message["headers"], !value.isNull else { return transfer }
        guard let members = value.asObject else { throw .invalidValue(field: "headers") }
        guard members.count <= BotTextLimits.headers else {
            throw .tooLong(field: "headers", limit: BotTextLimits.headers)
        }
        for member in members {
            guard let text = member.value.asString else { throw .invalidValue(field: "headers") }
            guard member.key.utf8.count <= BotTextLimits.length, text.utf8.count <= BotTextLimits.length else {
                throw .tooLong(field: "headers", limit: BotTextLimits.length)
            }
            transfer.headers.append(NamedValue(member.key, text))
        }
        return transfer
    }

    private static func rate(in message: JSONValue) throws(BotDialectError) -> SampleRate? {
        guard let value = message["rate"], !value.isNull else { return nil }
        guard let hertz = value.asInt, let rate = SampleRate(hertz: hertz) else { throw .invalidValue(field: "rate") }
        return rate
    }

    private static func digits(in message: JSONValue) throws(BotDialectError) -> [DTMFDigit] {
        try BotTextLimits.digits(in: try self.text("digits", in: message), field: "digits")
    }
}

/// Bounds of what a bot can name.
enum BotTextLimits {
    /// Bytes of a name or a reason.
    static let length = 256
    /// Keys in one command.
    static let digits = 64
    /// Headers of one transfer.
    static let headers = 16

    static func digits(in text: String, field: String) throws(BotDialectError) -> [DTMFDigit] {
        guard text.utf8.count <= Self.digits else { throw .tooLong(field: field, limit: Self.digits) }
        guard let digits = DTMFDigit.digits(in: text) else { throw .invalidValue(field: field) }
        return digits
    }
}
