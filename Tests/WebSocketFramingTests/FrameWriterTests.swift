import Testing
import WebSocketFraming

/// What the writer writes, the other end's reader reads.
struct FrameWriterTests {
    @Test(arguments: [WebSocketRole.client, .server], [Opcode.text, .binary, .ping, .pong])
    func roundTrip(role: WebSocketRole, opcode: Opcode) throws {
        for length in 0...125 {
            let payload = (0..<length).map { UInt8($0 & 0x7F) }
            let found = try read(frame(opcode, payload, to: role), as: role)
            switch opcode {
            case .text: #expect(found == [.text(String(decoding: payload, as: UTF8.self))])
            case .binary: #expect(found == [.binary(payload)])
            case .ping: #expect(found == [.ping(payload)])
            case .pong: #expect(found == [.pong(payload)])
            case .continuation, .close: Issue.record("not a case of this test")
            }
        }
    }

    /// Section 5.3: every key gives other bytes and the same payload.
    @Test(arguments: [0, 1, 0xFFFF_FFFF, 0x0102_0304] as [UInt32])
    func maskingKeys(key: UInt32) throws {
        let payload = Array("masked by any key".utf8)
        var bytes: [UInt8] = []
        FrameWriter.append(.text, payload[...], maskingKey: key, to: &bytes)
        #expect(try read(bytes, as: .server) == [.text("masked by any key")])
        #expect(bytes.count == payload.count + 6)
        if key != 0 { #expect(Array(bytes.suffix(payload.count)) != payload) }
    }

    @Test func closeFrames() throws {
        var bytes: [UInt8] = []
        FrameWriter.appendClose(.normal, reason: "done", maskingKey: nil, to: &bytes)
        FrameWriter.appendClose(nil, maskingKey: nil, to: &bytes)
        #expect(try read(bytes, as: .client) == [.close(1000, "done"), .close(nil, "")])
    }

    /// A reason that is too long is cut between characters.
    @Test func longReason() throws {
        var bytes: [UInt8] = []
        FrameWriter.appendClose(.goingAway, reason: String(repeating: "é", count: 100), maskingKey: nil, to: &bytes)
        #expect(try read(bytes, as: .client) == [.close(1001, String(repeating: "é", count: 61))])
    }

    @Test func headersStayWithinTheirBound() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let payload = [UInt8](repeating: 0, count: length)
            #expect(frame(.binary, payload, to: .server).count - length <= FrameWriter.headerLengthMax)
        }
    }
}
