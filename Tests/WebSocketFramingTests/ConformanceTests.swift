import Testing
import WebSocketFraming

/// RFC 6455 as one table, each row for both roles and in pieces of one byte, of three, and whole. The rows follow the order
/// of the public Autobahn suite: framing, pings, reserved bits, opcodes, fragments, UTF-8, closing, limits.
struct ConformanceTests {
    enum Expectation: Equatable, Sendable {
        case units([Found])
        /// What came before the fault, and the code that the connection is closed with.
        case units([Found], then: CloseCode)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let section: String
        let testDescription: String
        let frames: [Part]
        let expected: Expectation

        init(_ section: String, _ description: String, _ frames: [Part], _ expected: Expectation) {
            self.section = section
            self.testDescription = "\(section) \(description)"
            self.frames = frames
            self.expected = expected
        }
    }

    /// A frame as it should be, or with its first byte replaced.
    struct Part: Sendable {
        let opcode: Opcode
        let payload: [UInt8]
        var isFinal = true
        var firstByte: UInt8?

        func bytes(to role: WebSocketRole) -> [UInt8] {
            var bytes = frame(self.opcode, self.payload, isFinal: self.isFinal, to: role)
            if let firstByte { bytes[0] = firstByte }
            return bytes
        }
    }

    private static func text(_ text: String, isFinal: Bool = true) -> Part {
        Part(opcode: .text, payload: Array(text.utf8), isFinal: isFinal)
    }

    private static func more(_ bytes: [UInt8], isFinal: Bool = true) -> Part {
        Part(opcode: .continuation, payload: bytes, isFinal: isFinal)
    }

    private static func raw(_ firstByte: UInt8, _ payload: [UInt8] = []) -> Part {
        Part(opcode: .text, payload: payload, firstByte: firstByte)
    }

    private static func close(_ code: UInt16, _ reason: [UInt8] = []) -> Part {
        Part(opcode: .close, payload: [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + reason)
    }

    private static let star = Array("*".utf8)
    private static let ping = Part(opcode: .ping, payload: Array("p".utf8))

    private static let rows: [Row] =
        [0, 125, 126, 127, 128, 65_535, 65_536].flatMap { length in
            [
                Row(
                    "5.2", "text of \(length)", [text(String(repeating: "*", count: length))],
                    .units([.text(String(repeating: "*", count: length))])),
                Row(
                    "5.2", "binary of \(length)",
                    [Part(opcode: .binary, payload: [UInt8](repeating: 0xFE, count: length))],
                    .units([.binary([UInt8](repeating: 0xFE, count: length))])),
            ]
        } + [
            Row("5.5.2", "empty ping", [Part(opcode: .ping, payload: [])], .units([.ping([])])),
            Row(
                "5.5.2", "ping of 125", [Part(opcode: .ping, payload: [UInt8](repeating: 0xFE, count: 125))],
                .units([.ping([UInt8](repeating: 0xFE, count: 125))])),
            Row(
                "5.5.2", "ten pings", Array(repeating: ping, count: 10),
                .units(Array(repeating: .ping([0x70]), count: 10))),
            Row(
                "5.5.3", "unasked pong", [Part(opcode: .pong, payload: star), ping],
                .units([.pong(star), .ping([0x70])])),
        ]
        + (1...7).map { bits in
            Row(
                "5.2", "reserved bits \(bits)", [text("ok"), raw(0x81 | UInt8(bits) << 4, star), ping],
                .units([.text("ok")], then: .protocolError))
        }
        + [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map { opcode in
            Row(
                "5.2", "opcode \(opcode)", [text("ok"), raw(0x80 | opcode, star), ping],
                .units([.text("ok")], then: .protocolError))
        } + [
            Row("5.4", "ping in fragments", [raw(0x09), raw(0x80)], .units([], then: .protocolError)),
            Row("5.4", "close in fragments", [raw(0x08)], .units([], then: .protocolError)),
            Row("5.4", "two fragments", [text("a", isFinal: false), more([0x62])], .units([.text("ab")])),
            Row(
                "5.4", "ping among fragments", [text("a", isFinal: false), ping, more([0x62])],
                .units([.ping([0x70]), .text("ab")])),
            Row(
                "5.4", "empty fragments", [text("", isFinal: false), more([], isFinal: false), more([])],
                .units([.text("")])),
            Row("5.4", "continuation of nothing", [more(star), text("a")], .units([], then: .protocolError)),
            Row(
                "5.4", "continuation after the end", [text("a", isFinal: false), more([0x62]), more(star)],
                .units([.text("ab")], then: .protocolError)),
            Row(
                "5.4", "message within a message", [text("a", isFinal: false), text("b")],
                .units([], then: .protocolError)),
            Row(
                "5.6", "character over two fragments",
                [Part(opcode: .text, payload: [0xCE], isFinal: false), more([0xBA])], .units([.text("κ")])),
            Row(
                "8.1", "not UTF-8", [Part(opcode: .text, payload: [0xCE, 0xBA, 0xE1, 0xBD])],
                .units([], then: .invalidPayload)),
            Row(
                "8.1", "surrogate", [Part(opcode: .text, payload: [0xED, 0xA0, 0x80])],
                .units([], then: .invalidPayload)),
            Row("5.5.1", "close without a code", [Part(opcode: .close, payload: [])], .units([.close(nil, "")])),
            Row("5.5.1", "half a code", [Part(opcode: .close, payload: [3])], .units([], then: .protocolError)),
            Row("5.5.1", "close with a reason", [close(1_000, star)], .units([.close(1_000, "*")])),
            Row(
                "5.5.1", "reason of 123", [close(1_000, [UInt8](repeating: 0x2A, count: 123))],
                .units([.close(1_000, String(repeating: "*", count: 123))])),
            Row("8.1", "reason that is not UTF-8", [close(1_000, [0xFF])], .units([], then: .invalidPayload)),
        ]
        + ([1_000, 1_001, 1_002, 1_003, 1_007, 1_011, 3_000, 3_999, 4_000, 4_999] as [UInt16]).map { code in
            Row("7.4", "code \(code)", [close(code)], .units([.close(code, "")]))
        }
        + ([0, 999, 1_004, 1_005, 1_006, 1_015, 1_016, 1_100, 2_000, 2_999, 5_000, 65_535] as [UInt16]).map { code in
            Row("7.4", "code \(code)", [close(code)], .units([], then: .protocolError))
        } + [
            Row(
                "10.4", "message beyond the limit",
                [Part(opcode: .binary, payload: [UInt8](repeating: 0, count: 70_001))],
                .units([], then: .messageTooBig)),
            Row(
                "10.4", "fragments beyond the limit",
                [Part(opcode: .binary, payload: [UInt8](repeating: 0, count: 70_000), isFinal: false), more(star)],
                .units([], then: .messageTooBig)),
        ]

    @Test(arguments: [WebSocketRole.client, .server], rows)
    func conforms(role: WebSocketRole, row: Row) {
        let bytes = row.frames.flatMap { $0.bytes(to: role) }
        for step in [1, 3, Int.max] where step > 1 || bytes.count < 1_000 {
            #expect(Self.outcome(of: bytes, as: role, step: step) == row.expected, "in pieces of \(step)")
        }
    }

    private static func outcome(of bytes: [UInt8], as role: WebSocketRole, step: Int) -> Expectation {
        var reader = FrameReader(role: role, messageLengthMax: 70_000)
        var found: [Found] = []
        var start = 0
        while start < bytes.count {
            let end = start + min(step, bytes.count - start)
            reader.append(bytes[start..<end])
            start = end
            do throws(WebSocketError) {
                while let unit = try reader.next() { found.append(Found(unit, in: reader.buffer)) }
            } catch {
                return .units(found, then: error.closeCode)
            }
        }
        return .units(found)
    }
}
