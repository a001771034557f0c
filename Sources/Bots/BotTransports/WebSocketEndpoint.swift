import Addressing
import BotProtocol
import Digests
import WebSocketFraming

/// A `ws://` URL, taken apart (RFC 6455 section 3).
package struct WebSocketEndpoint: Hashable, Sendable {
    /// A name or a numeric address, brackets removed.
    package let host: String
    package let port: UInt16
    /// Path and query.
    package let target: String
    /// More fields for the handshake. User and password of the URL become `Authorization: Basic` here.
    package let headers: [NamedValue]
    /// Subprotocols to offer, the preferred first.
    package let subprotocols: [String]

    /// Throws `unsupportedScheme` for `wss`, `invalidURL` and `invalidHeader` for what cannot be sent.
    package init(
        url: String, headers: [NamedValue] = [], subprotocols: [String] = []
    ) throws(BotConnectionError) {
        guard url.utf8.count <= Self.lengthMax else { throw .invalidURL("longer than \(Self.lengthMax) bytes") }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidURL("only printable ASCII can stand in a URL")
        }
        guard let (scheme, rest) = Self.split(url, at: "://") else { throw .invalidURL("no scheme") }
        switch scheme.lowercased() {
        case "ws": break
        case "wss": throw .unsupportedScheme("wss")
        default: throw .invalidURL("the scheme must be ws")
        }
        guard !rest.contains("#") else { throw .invalidURL("a fragment means nothing here") }
        let authorityEnd = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) ?? rest.endIndex
        let path = rest[authorityEnd...]
        self.target = path.hasPrefix("/") ? String(path) : "/" + path
        var fields = headers
        var authority = rest[..<authorityEnd]
        if let at = authority.lastIndex(of: "@") {
            fields.append(NamedValue("Authorization", try Self.basicCredentials(authority[..<at])))
            authority = authority[authority.index(after: at)...]
        }
        (self.host, self.port) = try Self.hostAndPort(authority)
        for field in fields where !HeaderText.isToken(field.name) || !HeaderText.isValue(field.value) {
            throw .invalidHeader(field.name)
        }
        self.headers = fields
        self.subprotocols = subprotocols
    }

    /// The value of `Host`.
    package var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == 80 ? host : "\(host):\(self.port)"
    }

    private static func hostAndPort(_ authority: Substring) throws(BotConnectionError) -> (String, UInt16) {
        var host = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .invalidURL("no closing bracket") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .invalidURL("text after the bracket") }
            portText = rest.isEmpty ? nil : rest.dropFirst()
            guard IPAddress(host) != nil else { throw .invalidURL("no IPv6 address in brackets") }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { throw .invalidURL("no host") }
        guard let portText else { return (String(host), 80) }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText), port > 0 else {
            throw .invalidURL("no port of 1 to 65535")
        }
        return (String(host), port)
    }

    /// RFC 7617, from a user and password that may be percent-encoded.
    private static func basicCredentials(_ text: Substring) throws(BotConnectionError) -> String {
        guard let decoded = self.percentDecoded(text), decoded.contains(UInt8(ascii: ":")) else {
            throw .invalidURL("user and password")
        }
        return "Basic " + Base64.encode(decoded)
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    private static func split(_ text: String, at separator: String) -> (Substring, Substring)? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(separator) {
                return (text[..<start], text[text.index(start, offsetBy: separator.count)...])
            }
            start = text.index(after: start)
        }
        return nil
    }

    /// Bytes; Exotel allows 600.
    private static let lengthMax = 2_048
}
