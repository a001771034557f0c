/// Takes keys and tokens out of a message before it is kept or handed on: each of their bytes becomes an `x`, so that
/// lengths stay true.
///
/// Hidden are SDES keys (RFC 4568), `k=` and ICE passwords in SDP; the values of digest (RFC 7616) but for realm, user,
/// URI and the like; credentials of every other scheme; Identity tokens (RFC 8224); and header fields that the owner names.
package struct TraceRedaction: Sendable {
    /// INSECURE: hides nothing, so that whoever reads a trace can decrypt the media and replay the credentials.
    package var insecureKeepsSecrets: Bool
    /// Header fields whose values are nobody's business, in lower case.
    private let hiddenHeaders: Set<String>

    package init(hiddenHeaders: some Sequence<String> = [], insecureKeepsSecrets: Bool = false) {
        self.hiddenHeaders = Set(hiddenHeaders.map { $0.lowercased() })
        self.insecureKeepsSecrets = insecureKeepsSecrets
    }

    /// - Parameter names: further header fields to hide, in lower case.
    package func redacted(_ message: [UInt8], hiding names: Set<String> = []) -> [UInt8] {
        guard !self.insecureKeepsSecrets else { return message }
        var message = message
        var start = 0
        var isBody = false
        while start < message.count {
            var end = Self.lineEnd(in: message, from: start)
            if isBody {
                Self.hideInBody(&message, start..<end)
            } else if start == end {
                isBody = true
            } else {
                // A folded line belongs to the field that it continues (RFC 3261 section 7.3.1).
                while let next = Self.lineStart(in: message, after: end), Self.isSpace(message[next]) {
                    end = Self.lineEnd(in: message, from: next)
                }
                self.hideInHeader(&message, start..<end, names)
            }
            guard let next = Self.lineStart(in: message, after: end) else { break }
            start = next
        }
        return message
    }

    private func hideInHeader(_ message: inout [UInt8], _ field: Range<Int>, _ names: Set<String>) {
        guard let colon = message[field].firstIndex(of: UInt8(ascii: ":")) else { return }
        let value = (colon + 1)..<field.upperBound
        let name = Self.lowercased(message[field.lowerBound..<colon])
        switch name {
        case "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info",
            "proxy-authentication-info":
            Self.hideCredentials(&message, value, hasScheme: !name.hasSuffix("-info"))
        case "identity", "y":
            Self.hide(&message, value)
        default:
            if self.hiddenHeaders.contains(name) || names.contains(name) { Self.hide(&message, value) }
        }
    }

    /// What of a digest may be read: enough to see why it was refused.
    private static let shownParameters: Set<String> = [
        "realm", "uri", "algorithm", "qop", "nc", "stale", "username", "domain", "userhash", "charset",
    ]

    /// `Digest realm="…", nonce="…"`; anything but Digest is hidden whole.
    private static func hideCredentials(_ message: inout [UInt8], _ value: Range<Int>, hasScheme: Bool) {
        var start = value.lowerBound
        if hasScheme {
            while start < value.upperBound, Self.isBlank(message[start]) { start += 1 }
            let scheme = start
            while start < value.upperBound, !Self.isBlank(message[start]) { start += 1 }
            guard Self.lowercased(message[scheme..<start]) == "digest" else {
                return Self.hide(&message, start..<value.upperBound)
            }
        }
        while start < value.upperBound {
            let end = Self.parameterEnd(in: message, start..<value.upperBound)
            Self.hideParameter(&message, start..<end)
            start = end + 1
        }
    }

    /// `name="value"`; what has no name is hidden.
    private static func hideParameter(_ message: inout [UInt8], _ parameter: Range<Int>) {
        guard let equals = message[parameter].firstIndex(of: UInt8(ascii: "=")) else {
            return Self.hide(&message, parameter)
        }
        let name = Self.lowercased(message[parameter.lowerBound..<equals])
        // A challenge may follow another in one field: `Digest realm=…, Digest realm=…`.
        let lastWord = name.split(separator: " ").last.map(String.init) ?? ""
        guard !Self.shownParameters.contains(lastWord) else { return }
        Self.hide(&message, (equals + 1)..<parameter.upperBound)
    }

    /// The comma that ends a parameter, one within quotes aside.
    private static func parameterEnd(in message: [UInt8], _ range: Range<Int>) -> Int {
        var isQuoted = false
        var index = range.lowerBound
        while index < range.upperBound {
            switch message[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: ",") where !isQuoted: return index
            default: break
            }
            index += 1
        }
        return range.upperBound
    }

    private static func hideInBody(_ message: inout [UInt8], _ line: Range<Int>) {
        for prefix in ["k=", "a=ice-pwd:", "a=key-mgmt:"] where Self.hasPrefix(prefix, message[line]) {
            return Self.hide(&message, (line.lowerBound + prefix.utf8.count)..<line.upperBound)
        }
        guard Self.hasPrefix("a=crypto:", message[line]) else { return }
        // Tag and suite are no secret; what follows them is, up to the lifetime.
        let words = message[line].split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count == 3 else { return }
        for method in words[2].split(separator: UInt8(ascii: ";")) {
            let key = method.firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? method.startIndex
            let end = method[key...].firstIndex { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: " ") }
            Self.hide(&message, key..<(end ?? method.endIndex))
        }
    }

    /// Blanks, line ends and quotes stay, so that the message reads as one.
    private static func hide(_ message: inout [UInt8], _ range: Range<Int>) {
        for index in range where !Self.isBlank(message[index]) && message[index] != UInt8(ascii: "\"") {
            message[index] = UInt8(ascii: "x")
        }
    }

    private static func lineEnd(in message: [UInt8], from start: Int) -> Int {
        message[start...].firstIndex { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") } ?? message.count
    }

    private static func lineStart(in message: [UInt8], after end: Int) -> Int? {
        guard end < message.count else { return nil }
        let isPair =
            message[end] == UInt8(ascii: "\r") && end + 1 < message.count
            && message[end + 1] == UInt8(ascii: "\n")
        let next = end + (isPair ? 2 : 1)
        return next < message.count ? next : nil
    }

    private static func hasPrefix(_ prefix: String, _ line: ArraySlice<UInt8>) -> Bool {
        Self.lowercased(line.prefix(prefix.utf8.count)) == prefix
    }

    private static func lowercased(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed(), as: UTF8.self)
            .lowercased()
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isBlank(_ byte: UInt8) -> Bool {
        Self.isSpace(byte) || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
    }
}
