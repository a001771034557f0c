import Foundation
import Testing
import WebSocketFraming

/// The bytes of RFC 6455 sections 1.3 and 5.7, and frames that must be refused: Resources/websocket.json.
struct VectorTests {
    private struct Vectors: Decodable {
        struct Accept: Decodable {
            var key: String
            var accept: String
        }
        struct Negative: Decodable {
            var hex: String
            var why: String
        }
        var accept: Accept
        var negative: [Negative]
    }

    private static func vectors() throws -> Vectors {
        let url = try #require(
            Bundle.module.url(forResource: "websocket", withExtension: "json", subdirectory: "Resources"))
        return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: url))
    }

    @Test func acceptKey() throws {
        let vector = try Self.vectors().accept
        #expect(HandshakeKey.accept(forKey: vector.key) == vector.accept)
    }

    /// Section 5.7, read and written.
    @Test(arguments: [
        ("810548656c6c6f", WebSocketRole.client, Found.text("Hello")),
        ("818537fa213d7f9f4d5158", .server, .text("Hello")),
        ("890548656c6c6f", .client, .ping(Array("Hello".utf8))),
        ("8a8537fa213d7f9f4d5158", .server, .pong(Array("Hello".utf8))),
        ("010348656c80026c6f", .client, .text("Hello")),
    ])
    func examplesOfTheRFC(hexadecimal: String, role: WebSocketRole, found: Found) throws {
        for step in 1...10 {
            #expect(try read(bytes(hexadecimal: hexadecimal), as: role, step: step) == [found])
        }
    }

    @Test func examplesAreWrittenTheSame() {
        let hello = Array("Hello".utf8)
        #expect(frame(.text, hello, to: .client) == bytes(hexadecimal: "810548656c6c6f"))
        #expect(frame(.text, hello, to: .server) == bytes(hexadecimal: "818537fa213d7f9f4d5158"))
        #expect(frame(.ping, hello, to: .client) == bytes(hexadecimal: "890548656c6c6f"))
        #expect(frame(.pong, hello, to: .server) == bytes(hexadecimal: "8a8537fa213d7f9f4d5158"))
        #expect(
            Array(frame(.binary, [UInt8](repeating: 0, count: 256), to: .client).prefix(4))
                == bytes(hexadecimal: "827e0100"))
        #expect(
            Array(frame(.binary, [UInt8](repeating: 0, count: 65_536), to: .client).prefix(10))
                == bytes(hexadecimal: "827f0000000000010000"))
    }

    /// Each negative vector names the close code that it deserves.
    @Test func refusedFrames() throws {
        for vector in try Self.vectors().negative {
            let role: WebSocketRole = vector.why.contains("from client") ? .server : .client
            let error = #expect(throws: WebSocketError.self, "\(vector.why)") {
                try read(bytes(hexadecimal: vector.hex), as: role)
            }
            let code = try #require(error).closeCode.rawValue
            #expect(vector.why.contains(String(code)) || code == 1002, "\(vector.why): \(code)")
        }
    }
}
