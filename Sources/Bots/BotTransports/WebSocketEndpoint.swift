import Addressing
import BotProtocol
import Digests
import TLS
import WebSocketFraming

/// A `ws://`, `wss://` or `ws+unix:` URL, taken apart (RFC 6455 section 3).
///
/// A Unix socket is written as `ws+unix:/path/of/the/socket:/target`.
package struct WebSocketEndpoint: Hashable, Sendable {
    /// A name or a numeric address, brackets removed.
    package let host: String
    package let port: UInt16
    /// Path and query.
    package let target: String
    /// More fields for the handshake. User and password of the URL become `Authorization: Basic` here.
    package let headers: [NamedValue]
    /// Nil for `ws://`.
    package let tls: TLSConfiguration?
    /// The Unix socket that is dialled in the place of host and port.
    package let socketPath: String?
    /// Subprotocols to offer, the preferred first.
    package let subprotocols: [String]

    /// Throws `invalidURL` and `invalidHeader` for what cannot be sent.
    ///
    /// - Parameter tls: of a `wss://` URL.
    package init(
        url: String, headers: [NamedValue] = [], subprotocols: [String] = [],
        tls: TLSConfiguration = TLSConfiguration()
    ) throws(BotConnectionError) {
        guard url.utf8.count <= Self.lengthMax else { throw .invalidURL("longer than \(Self.lengthMax) bytes") }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidURL("only printable ASCII can stand in a URL")
        }
        self.subprotocols = subprotocols
        if url.hasPrefix(Self.unixPrefix) {
            (self.socketPath, self.target) = try Self.unixSocket(url.dropFirst(Self.unixPrefix.count))
            (self.host, self.port, self.tls) = ("localhost", 80, nil)
            self.headers = try Self.checked(headers)
            return
        }
        guard let (scheme, rest) = Self.split(url, at: "://") else { throw .invalidURL("no scheme") }
        switch scheme.lowercased() {
        case "ws": self.tls = nil
        case "wss": self.tls = tls
        default: throw .invalidURL("the scheme must be ws, wss or ws+unix")
        }
        self.socketPath = nil
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
        (self.host, self.port) = try Self.hostAndPort(authority, defaultPort: self.tls == nil ? 80 : 443)
        self.headers = try Self.checked(fields)
    }

    private static func checked(_ fields: [NamedValue]) throws(BotConnectionError) -> [NamedValue] {
        for field in fields where !HeaderText.isToken(field.name) || !HeaderText.isValue(field.value) {
            throw .invalidHeader(field.name)
        }
        return fields
    }

    private static func unixSocket(_ text: Substring) throws(BotConnectionError) -> (String, String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, path.hasPrefix("/"), path.utf8.count <= Self.socketPathMax else {
            throw .invalidURL("no absolute path of a socket, of at most \(Self.socketPathMax) bytes")
        }
        let target = parts.count > 1 ? String(parts[1]) : "/"
        guard target.hasPrefix("/") else { throw .invalidURL("no target that begins with a slash") }
        return (String(path), target)
    }

    /// The value of `Host`.
    package var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.tls == nil ? 80 : 443) ? host : "\(host):\(self.port)"
    }

    /// - Parameter defaultPort: nil where a port must be named.
    static func hostAndPort(
        _ authority: Substring, defaultPort: UInt16?
    ) throws(BotConnectionError) -> (String, UInt16) {
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
        guard let portText else {
            guard let defaultPort else { throw .invalidURL("no port") }
            return (String(host), defaultPort)
        }
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

    private static let unixPrefix = "ws+unix:"
    /// What `sockaddr_un` holds, without the final zero.
    private static let socketPathMax = 107
    /// Bytes; Exotel allows 600.
    private static let lengthMax = 2_048
}
