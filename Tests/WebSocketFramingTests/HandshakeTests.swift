import Testing
import WebSocketFraming

/// RFC 6455 section 4, both ends.
struct HandshakeTests {
    private static let nonce = Array("the sample nonce".utf8)
    private static let answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

    private static func client(headers: [(name: String, value: String)] = []) throws -> ClientHandshake {
        try ClientHandshake(authority: "bot.example:9000", target: "/ws?rate=8000", headers: headers, nonce: Self.nonce)
    }

    @Test func request() throws {
        let handshake = try Self.client(headers: [("Authorization", "Bearer x")])
        #expect(
            String(decoding: handshake.request, as: UTF8.self)
                == "GET /ws?rate=8000 HTTP/1.1\r\nHost: bot.example:9000\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\nAuthorization: Bearer x\r\n\r\n")
    }

    /// The answer may come in any pieces, and frames may follow in the same segment.
    @Test(arguments: [1, 2, 17, 1_000])
    func answerInPieces(step: Int) throws {
        var handshake = try Self.client()
        let bytes = Array((Self.answer + "rest").utf8)
        var remainder: [UInt8]?
        var start = 0
        while remainder == nil, start < bytes.count {
            let end = min(start + step, bytes.count)
            remainder = try handshake.receive(bytes[start..<end])
            start = end
        }
        #expect(remainder.map { $0 + bytes[start...] } == Array("rest".utf8))
    }

    @Test(arguments: [
        ("HTTP/1.1 401 Unauthorized\r\n\r\n", HandshakeError.refused(status: 401)),
        ("HTTP/1.1 200 OK\r\n\r\n", .refused(status: 200)),
        ("HTTP/1.0 101 Switching Protocols\r\n\r\n", .malformedHead),
        ("SSH-2.0-OpenSSH\r\n\r\n", .malformedHead),
        ("HTTP/1.1 abc\r\n\r\n", .malformedHead),
        ("HTTP/1.1 101 X\r\nUpgrade websocket\r\n\r\n", .malformedHead),
        ("HTTP/1.1 101 X\r\nUp\u{1}grade: websocket\r\n\r\n", .malformedHead),
        ("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n", .wrongField("Upgrade")),
        ("HTTP/1.1 101 X\r\nUpgrade: h2c\r\n\r\n", .wrongField("Upgrade")),
        ("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n", .wrongField("Connection")),
        (
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            .wrongField("Sec-WebSocket-Accept")
        ),
        (
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
            .wrongField("Sec-WebSocket-Accept")
        ),
    ])
    func answerThatIsRefused(answer: String, error: HandshakeError) throws {
        var handshake = try Self.client()
        #expect(throws: error) { try handshake.receive(answer.utf8) }
    }

    /// Nothing was offered, so nothing may be chosen; above all no compression.
    @Test(arguments: ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat"])
    func nothingWasOffered(field: String) throws {
        var handshake = try Self.client()
        let answer = Self.answer.dropLast(1) + field + "\r\n\r\n"
        #expect(throws: HandshakeError.notOffered(String(field.drop(while: { $0 != " " }).dropFirst()))) {
            try handshake.receive(answer.utf8)
        }
    }

    /// A server may choose one of the subprotocols that were offered, or none, but no other and not two.
    @Test(arguments: [
        ("", true), ("Sec-WebSocket-Protocol: media\r\n", true), ("sec-websocket-protocol: other\r\n", true),
        ("Sec-WebSocket-Protocol: chat\r\n", false), ("Sec-WebSocket-Protocol: media, other\r\n", false),
        ("Sec-WebSocket-Protocol: media\r\nSec-WebSocket-Protocol: other\r\n", false),
    ])
    func subprotocols(field: String, isAccepted: Bool) throws {
        var handshake = try ClientHandshake(
            authority: "h", target: "/", headers: [], subprotocols: ["media", "other"], nonce: Self.nonce)
        #expect(
            String(decoding: handshake.request, as: UTF8.self).contains("\r\nSec-WebSocket-Protocol: media, other\r\n"))
        // A line's end is one Character.
        let answer = Self.answer.dropLast(1) + field + "\r\n"
        if isAccepted {
            #expect(try handshake.receive(answer.utf8) == [])
        } else {
            #expect(throws: HandshakeError.self) { try handshake.receive(answer.utf8) }
        }
    }

    /// Names without case, tokens in a list, lines that end in LF alone.
    @Test func lenientWhereTheRFCIs() throws {
        var handshake = try Self.client()
        let answer =
            "HTTP/1.1 101\nupgrade:WebSocket\nCONNECTION:  keep-alive, uPGRADE \n"
            + "sec-websocket-accept:\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n"
        #expect(try handshake.receive(answer.utf8) == [])
    }

    @Test func endlessHead() throws {
        var handshake = try Self.client()
        let line = Array("X-Filler: 0123456789012345678901234567890123456789\r\n".utf8)
        #expect(throws: HandshakeError.headTooLong(limit: HTTPHead.lengthMax)) {
            for _ in 0..<1_000 { _ = try handshake.receive(line) }
        }
    }

    @Test(arguments: [
        ("X-Header", "a\r\nInjected: b"), ("X-Header", "a\u{0}"), ("X Header", "a"), ("", "a"), ("X\r\nY", "a"),
        ("Host", "other"), ("sec-websocket-key", "a"), ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ("Connection", "close"), ("Content-Length", "5"),
    ])
    func headersThatCannotBeSent(name: String, value: String) {
        #expect(throws: HandshakeError.invalidHeader(name)) { try Self.client(headers: [(name, value)]) }
    }

    @Test(arguments: ["", "ws", "/a b", "/a\r\nX: y", "/é"])
    func targetsThatCannotBeSent(target: String) {
        #expect(throws: HandshakeError.invalidHeader("request target")) {
            try ClientHandshake(authority: "h", target: target, headers: [], nonce: Self.nonce)
        }
    }

    // MARK: The server's end

    @Test func clientAndServerAgree() throws {
        var client = try Self.client(headers: [("X-Call", "c1")])
        var server = ServerHandshake()
        let opening = try #require(try server.receive(client.request + [0x81]))
        #expect(opening.target == "/ws?rate=8000")
        #expect(opening.head.value(of: "x-call") == "c1")
        #expect(opening.remainder == [0x81])
        #expect(try client.receive(opening.acceptance) == [])
    }

    @Test(arguments: [
        ("POST / HTTP/1.1\r\n", HandshakeError.notAnUpgrade(missing: "GET"), "400"),
        ("GET / HTTP/1.0\r\n", .malformedHead, "400"),
        ("GET /\r\n", .malformedHead, "400"),
        ("GET http://x/ HTTP/1.1\r\n", .malformedHead, "400"),
        ("GET / HTTP/1.1\r\n", .notAnUpgrade(missing: "Host"), "400"),
        ("GET / HTTP/1.1\r\nHost: h\r\n", .notAnUpgrade(missing: "Upgrade"), "400"),
        ("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n", .notAnUpgrade(missing: "Connection"), "400"),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n",
            .unsupportedVersion, "426"
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
            .notAnUpgrade(missing: "Sec-WebSocket-Key"), "400"
        ),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: c2hvcnQ=\r\n", .notAnUpgrade(missing: "Sec-WebSocket-Key"), "400"
        ),
    ])
    func requestThatIsRefused(request: String, error: HandshakeError, status: String) {
        var server = ServerHandshake()
        #expect(throws: error) { try server.receive((request + "\r\n").utf8) }
        #expect(String(decoding: ServerHandshake.refusal(of: error), as: UTF8.self).hasPrefix("HTTP/1.1 \(status) "))
        #expect(!error.description.isEmpty)
    }

    /// A client that offers compression is accepted without it.
    @Test func compressionIsNotAgreedOn() throws {
        let request =
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        var server = ServerHandshake()
        let opening = try #require(try server.receive(request.utf8))
        #expect(!String(decoding: opening.acceptance, as: UTF8.self).contains("Extensions"))
    }

    @Test func refusalWithAStatus() {
        let text = String(decoding: ServerHandshake.refusal("401 Unauthorized"), as: UTF8.self)
        #expect(text == "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    }
}
