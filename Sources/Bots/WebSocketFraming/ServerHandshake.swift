import Digests

/// A server's opening handshake: the client's request in, the answer's bytes out (RFC 6455 section 4.2).
package struct ServerHandshake: Sendable {
    /// A client's opening, judged to be well formed. Whether it may come in is the caller's decision.
    package struct Opening: Sendable {
        /// Path and query.
        package let target: String
        package let head: HTTPHead
        /// Bytes after the head: the client's first frames.
        package let remainder: [UInt8]
        /// The answer that accepts. It never agrees to an extension, so there is no compression.
        package let acceptance: [UInt8]

        /// The same with one field more.
        package func acceptance(adding name: String, _ value: String) -> [UInt8] {
            precondition(HeaderText.isToken(name) && HeaderText.isValue(value), "a field of ours can be sent")
            return self.acceptance.dropLast(2) + Array("\(name): \(value)\r\n\r\n".utf8)
        }
    }

    private var received: [UInt8] = []

    package init() {}

    /// Takes bytes of the request; nil until its head is complete. After an error send `refusal` and close.
    package mutating func receive(_ bytes: some Sequence<UInt8>) throws(HandshakeError) -> Opening? {
        self.received.append(contentsOf: bytes)
        guard let (head, end) = try HTTPHead.parse(self.received) else { return nil }
        let parts = head.startLine.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == "HTTP/1.1", parts[1].hasPrefix("/") else { throw .malformedHead }
        guard parts[0] == "GET" else { throw .notAnUpgrade(missing: "GET") }
        guard head.value(of: "Host") != nil else { throw .notAnUpgrade(missing: "Host") }
        guard head.lists("websocket", in: "Upgrade") else { throw .notAnUpgrade(missing: "Upgrade") }
        guard head.lists("upgrade", in: "Connection") else { throw .notAnUpgrade(missing: "Connection") }
        guard head.value(of: "Sec-WebSocket-Version") == "13" else { throw .unsupportedVersion }
        guard let key = head.value(of: "Sec-WebSocket-Key"), Base64.decode(key)?.count == 16 else {
            throw .notAnUpgrade(missing: "Sec-WebSocket-Key")
        }
        let text =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(HandshakeKey.accept(forKey: key))\r\n\r\n"
        return Opening(
            target: String(parts[1]), head: head, remainder: Array(self.received[end...]),
            acceptance: Array(text.utf8))
    }

    /// The answer to an opening that failed.
    package static func refusal(of error: HandshakeError) -> [UInt8] {
        switch error {
        case .unsupportedVersion: self.refusal("426 Upgrade Required", field: "Sec-WebSocket-Version: 13\r\n")
        case .headTooLong: self.refusal("431 Request Header Fields Too Large")
        case .malformedHead, .refused, .wrongField, .notOffered, .notAnUpgrade, .invalidHeader:
            self.refusal("400 Bad Request")
        }
    }

    /// An answer that refuses, such as `401 Unauthorized`.
    package static func refusal(_ status: String, field: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\n\(field)Connection: close\r\nContent-Length: 0\r\n\r\n".utf8)
    }
}
