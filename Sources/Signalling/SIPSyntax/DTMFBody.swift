/// A digit in the body of an INFO request: `application/dtmf-relay` or `application/dtmf`, as gateways of the 1990s
/// made them and carriers still send them. No RFC has them.
package struct DTMFBody: Hashable, Sendable {
    /// 0-9, `*`, `#`, A-D, or `!` for a hook flash.
    package let digit: Character
    package let duration: Duration

    /// What a body without a duration means.
    package static let durationByDefault: Duration = .milliseconds(250)
    /// Longer durations are cut to this.
    package static let durationMax: Duration = .seconds(10)

    /// Throws `malformedParameter` for what is no digit.
    package init(digit: Character, duration: Duration = Self.durationByDefault) throws(SIPSyntaxError) {
        guard let digit = Self.digit(String(digit)) else { throw .malformedParameter }
        self.digit = digit
        self.duration = min(max(duration, .zero), Self.durationMax)
    }

    /// Reads a body of the given type; nil for a type that carries no digits. Throws `malformedParameter`.
    package init?(_ body: [UInt8], type: MediaType) throws(SIPSyntaxError) {
        guard type.matches(.dtmfRelay) || type.matches(.dtmf) else { return nil }
        guard body.count <= Self.lengthMax else { throw .malformedParameter }
        let text = String(decoding: body, as: UTF8.self)
        let isPlain = !text.contains("=")
        if isPlain {
            guard let digit = Self.digit(Self.trimmed(text)) else { throw .malformedParameter }
            try self.init(digit: digit)
            return
        }
        var digit: Character?
        var duration = Self.durationByDefault
        for line in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw .malformedParameter }
            let name = Self.trimmed(String(decoding: line[..<equals], as: UTF8.self)).asciiLowercased
            let value = Self.trimmed(String(decoding: line[line.index(after: equals)...], as: UTF8.self))
            switch name {
            case "signal":
                guard let signal = Self.digit(value) else { throw .malformedParameter }
                digit = signal
            case "duration":
                guard let milliseconds: UInt32 = DecimalNumber.parse(value.utf8) else { throw .malformedParameter }
                duration = .milliseconds(Int(milliseconds))
            default: break
            }
        }
        guard let digit else { throw .malformedParameter }
        try self.init(digit: digit, duration: duration)
    }

    /// As `application/dtmf-relay`.
    package var relayBody: [UInt8] {
        let (seconds, attoseconds) = self.duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        return Array("Signal=\(self.digit)\r\nDuration=\(milliseconds)\r\n".utf8)
    }

    /// Events 10 to 16 of RFC 4733 are known by their numbers too.
    private static func digit(_ text: String) -> Character? {
        switch text.asciiLowercased {
        case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "!": text.first
        case "a", "b", "c", "d": Character(text.uppercased())
        case "10": "*"
        case "11": "#"
        case "12": "A"
        case "13": "B"
        case "14": "C"
        case "15": "D"
        case "16", "hf", "flash": "!"
        default: nil
        }
    }

    private static func trimmed(_ text: String) -> String {
        HeaderValue(parsed: Array(text.utf8.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") })[...]).text
    }

    private static let lengthMax = 256
}
