import Digests

/// A client's opening handshake: the request's bytes out, the server's answer in (RFC 6455 section 4.1).
package struct ClientHandshake: Sendable {
    /// The bytes to send first.
    package let request: [UInt8]
    private let expectedAccept: String
    private let subprotocols: [String]
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - authority: host and port as in the URL; goes into `Host`.
    ///   - target: path and query, beginning with a slash.
    ///   - headers: more fields, such as `Authorization`; those of the handshake itself are refused.
    ///   - subprotocols: offered, the preferred first; a server may choose one of them or none.
    ///   - nonce: 16 bytes that nobody can foretell.
    package init(
        authority: String, target: String, headers: [(name: String, value: String)], subprotocols: [String] = [],
        nonce: [UInt8]
    ) throws(HandshakeError) {
        precondition(nonce.count == 16, "section 4.1: a nonce of 16 bytes")
        guard HeaderText.isValue(authority), !authority.isEmpty, !authority.contains(" ") else {
            throw .invalidHeader("Host")
        }
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidHeader("request target")
        }
        let key = Base64.encode(nonce)
        var text = "GET \(target) HTTP/1.1\r\nHost: \(authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        text += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
        for subprotocol in subprotocols where !HeaderText.isToken(subprotocol) {
            throw .invalidHeader("Sec-WebSocket-Protocol")
        }
        if !subprotocols.isEmpty { text += "Sec-WebSocket-Protocol: \(subprotocols.joined(separator: ", "))\r\n" }
        for header in headers {
            guard HeaderText.isToken(header.name), HeaderText.isValue(header.value),
                !Self.reservedNames.contains(header.name.lowercased())
            else { throw .invalidHeader(header.name) }
            text += "\(header.name): \(header.value)\r\n"
        }
        text += "\r\n"
        self.request = Array(text.utf8)
        self.subprotocols = subprotocols
        self.expectedAccept = HandshakeKey.accept(forKey: key)
    }

    /// Takes bytes of the answer. Returns what follows its head (the first frames) once the handshake is done.
    package mutating func receive(_ bytes: some Sequence<UInt8>) throws(HandshakeError) -> [UInt8]? {
        self.received.append(contentsOf: bytes)
        guard let (head, end) = try HTTPHead.parse(self.received) else { return nil }
        try self.check(head)
        return Array(self.received[end...])
    }

    private func check(_ head: HTTPHead) throws(HandshakeError) {
        let parts = head.startLine.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3, let status = Int(parts[1]) else {
            throw .malformedHead
        }
        guard status == 101 else { throw .refused(status: status) }
        guard head.value(of: "Upgrade")?.lowercased() == "websocket" else { throw .wrongField("Upgrade") }
        guard head.lists("upgrade", in: "Connection") else { throw .wrongField("Connection") }
        guard head.value(of: "Sec-WebSocket-Accept") == self.expectedAccept else {
            throw .wrongField("Sec-WebSocket-Accept")
        }
        if let name = head.values(of: "Sec-WebSocket-Extensions").first(where: { !$0.isEmpty }) {
            throw .notOffered(name)
        }
        let chosen = head.values(of: "Sec-WebSocket-Protocol")
        guard chosen.count <= 1 else { throw .wrongField("Sec-WebSocket-Protocol") }
        if let name = chosen.first, !self.subprotocols.contains(name) { throw .notOffered(name) }
    }

    private static let reservedNames: Set<String> = [
        "host", "upgrade", "connection", "content-length", "transfer-encoding", "sec-websocket-key",
        "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol", "sec-websocket-accept",
    ]
}

/// The proof that a server read the request (RFC 6455 section 4.2.2).
package enum HandshakeKey {
    package static func accept(forKey key: String) -> String {
        Base64.encode(SHA1.hash(Array((key + Self.suffix).utf8)))
    }

    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
}
