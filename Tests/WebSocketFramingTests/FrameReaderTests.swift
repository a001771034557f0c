import Testing
import WebSocketFraming

/// RFC 6455 sections 5, 7 and 8.1 as a table, in both roles.
struct FrameReaderTests {
    static let roles: [WebSocketRole] = [.client, .server]

    @Test(arguments: Self.roles, [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 1_048_576])
    func payloadLengths(role: WebSocketRole, length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try read(frame(.binary, payload, to: role), as: role) == [.binary(payload)])
        #expect(try read(frame(.binary, payload, to: role), as: role, step: 4_099) == [.binary(payload)])
    }

    @Test(arguments: Self.roles)
    func manyFramesAtOnceAndByteByByte(role: WebSocketRole) throws {
        var bytes = frame(.text, Array("a".utf8), to: role)
        bytes += frame(.binary, [1, 2], to: role)
        bytes += frame(.ping, [], to: role)
        bytes += frame(.text, [], to: role)
        bytes += frame(.close, [0x03, 0xE8] + Array("bye".utf8), to: role)
        let expected: [Found] = [.text("a"), .binary([1, 2]), .ping([]), .text(""), .close(1000, "bye")]
        #expect(try read(bytes, as: role) == expected)
        #expect(try read(bytes, as: role, step: 1) == expected)
    }

    /// Section 5.4: control frames may come between fragments, and a character may be cut in two.
    @Test(arguments: Self.roles, [1, 2, 3, 7, Int.max])
    func fragments(role: WebSocketRole, step: Int) throws {
        let text = Array("a€😀b".utf8)
        var bytes = frame(.text, Array(text[..<2]), isFinal: false, to: role)
        bytes += frame(.ping, [9], to: role)
        bytes += frame(.continuation, Array(text[2..<6]), isFinal: false, to: role)
        bytes += frame(.continuation, [], isFinal: false, to: role)
        bytes += frame(.pong, [8], to: role)
        bytes += frame(.continuation, Array(text[6...]), to: role)
        bytes += frame(.binary, [1], isFinal: false, to: role)
        bytes += frame(.continuation, [2], to: role)
        let expected: [Found] = [.ping([9]), .pong([8]), .text("a€😀b"), .binary([1, 2])]
        #expect(try read(bytes, as: role, step: step) == expected)
    }

    @Test(
        arguments: Self.roles,
        [
            ([0xC1, 0x80], WebSocketError.reservedBits),
            ([0xA1, 0x80], .reservedBits),
            ([0x91, 0x80], .reservedBits),
            ([0x83], .reservedOpcode(3)),
            ([0x87], .reservedOpcode(7)),
            ([0x8B], .reservedOpcode(11)),
            ([0x8F], .reservedOpcode(15)),
            ([0x08], .fragmentedControl),
            ([0x09], .fragmentedControl),
            ([0x0A], .fragmentedControl),
            ([0x80], .unexpectedContinuation),
            ([0x00], .unexpectedContinuation),
        ] as [([UInt8], WebSocketError)])
    func refusedAtTheFirstByte(role: WebSocketRole, refusal: (bytes: [UInt8], error: WebSocketError)) {
        #expect(throws: refusal.error) { try read(refusal.bytes, as: role) }
        #expect(refusal.error.closeCode == .protocolError)
    }

    @Test func masksBelongToClients() {
        #expect(throws: WebSocketError.unexpectedMask) { try read([0x82, 0x80], as: .client) }
        #expect(throws: WebSocketError.maskMissing) { try read([0x82, 0x00], as: .server) }
    }

    @Test(arguments: Self.roles)
    func lengthsThatAreRefused(role: WebSocketRole) {
        let mask: UInt8 = role == .server ? 0x80 : 0
        let cases: [([UInt8], WebSocketError)] = [
            ([0x89, mask | 126, 0, 126], .controlTooLong),
            ([0x88, mask | 127], .controlTooLong),
            ([0x82, mask | 126, 0, 125], .malformedLength),
            ([0x82, mask | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .malformedLength),
            ([0x82, mask | 127, 0x80, 0, 0, 0, 0, 1, 0, 0], .malformedLength),
            ([0x82, mask | 127, 0, 0, 0, 1, 0, 0, 0, 0], .messageTooLong(limit: 1_048_576)),
            ([0x82, mask | 127, 0, 0, 0, 0, 0, 0x10, 0, 1], .messageTooLong(limit: 1_048_576)),
            ([0x81, mask | 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .messageTooLong(limit: 1_048_576)),
        ]
        for (bytes, error) in cases {
            #expect(throws: error) { try read(bytes, as: role) }
            #expect(throws: error) { try read(bytes, as: role, step: 1) }
        }
    }

    /// 4 GiB announced: refused at the header, with no more than the header kept.
    @Test func nothingIsKeptForARefusedFrame() {
        var reader = FrameReader(role: .client)
        reader.append([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0])
        #expect(throws: WebSocketError.messageTooLong(limit: 1_048_576)) { try reader.next() }
        #expect(reader.buffer.capacity < 1_024)
    }

    /// Section 5.4 and 5.5: order of fragments.
    @Test(arguments: Self.roles)
    func newMessageWithinAFragmentedOne(role: WebSocketRole) {
        let start = frame(.text, [0x61], isFinal: false, to: role)
        #expect(throws: WebSocketError.expectedContinuation) { try read(start + frame(.text, [], to: role), as: role) }
        #expect(throws: WebSocketError.expectedContinuation) {
            try read(start + frame(.binary, [], to: role), as: role)
        }
        let whole = frame(.text, [0x61], to: role)
        #expect(throws: WebSocketError.unexpectedContinuation) {
            try read(whole + frame(.continuation, [], to: role), as: role)
        }
    }

    /// The limit counts all fragments of a message, and only of one message.
    @Test(arguments: Self.roles)
    func limitOverFragments(role: WebSocketRole) throws {
        let half = frame(.binary, [UInt8](repeating: 1, count: 50), isFinal: false, to: role)
        let rest = frame(.continuation, [UInt8](repeating: 1, count: 50), to: role)
        let more = frame(.continuation, [UInt8](repeating: 1, count: 51), to: role)
        #expect(try read(half + rest + half + rest, as: role, limit: 100).count == 2)
        #expect(throws: WebSocketError.messageTooLong(limit: 100)) { try read(half + more, as: role, limit: 100) }
    }

    /// Endless empty fragments cost no memory and come to an end.
    @Test func endlessFragments() {
        var reader = FrameReader(role: .client)
        let empty = frame(.continuation, [], isFinal: false, to: .client)
        reader.append(frame(.text, [], isFinal: false, to: .client)[...])
        var count = 1
        var error: WebSocketError?
        while error == nil, count < 100_000 {
            reader.append(empty[...])
            count += 1
            do throws(WebSocketError) { _ = try reader.next() } catch { break }
            #expect(reader.buffer.count <= 8)
        }
        error = #expect(throws: WebSocketError.self) { try reader.next() }
        #expect(error == .tooManyFragments(limit: 16_384))
        #expect(count == 16_385)
        #expect(error?.closeCode == .policyViolation)
    }

    @Test(
        arguments: Self.roles,
        [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0x61, 0xC3, 0x28], [0xF0, 0x9F, 0x98],
            [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]])
    func textThatIsNotUTF8(role: WebSocketRole, payload: [UInt8]) {
        #expect(throws: WebSocketError.malformedUTF8) { try read(frame(.text, payload, to: role), as: role) }
        // Cut into fragments it is no better, and as binary nobody minds.
        let parts = payload.indices.map { index in
            frame(index == 0 ? .text : .continuation, [payload[index]], isFinal: index == payload.count - 1, to: role)
        }
        #expect(throws: WebSocketError.malformedUTF8) { try read(parts.flatMap { $0 }, as: role) }
        #expect(throws: Never.self) { try read(frame(.binary, payload, to: role), as: role) }
        #expect(WebSocketError.malformedUTF8.closeCode == .invalidPayload)
    }

    @Test(
        arguments: Self.roles,
        [
            "", "plain", "\u{7FF}\u{800}\u{FFFF}\u{10FFFF}\u{D7FF}\u{E000}", "κόσμε",
        ])
    func textThatIsUTF8(role: WebSocketRole, text: String) throws {
        #expect(try read(frame(.text, Array(text.utf8), to: role), as: role, step: 3) == [.text(text)])
    }

    /// Section 7.4: which codes may stand in a close frame.
    @Test(
        arguments: Self.roles,
        [
            (0, false), (999, false), (1000, true), (1001, true), (1002, true), (1003, true), (1004, false),
            (1005, false),
            (1006, false), (1007, true), (1011, true), (1014, true), (1015, false), (1016, false), (2999, false),
            (3000, true), (4999, true), (5000, false), (65_535, false),
        ] as [(UInt16, Bool)])
    func closeCodes(role: WebSocketRole, code: (UInt16, isAllowed: Bool)) throws {
        let close = frame(.close, [UInt8(code.0 >> 8), UInt8(truncatingIfNeeded: code.0)], to: role)
        if code.isAllowed {
            #expect(try read(close, as: role) == [.close(code.0, "")])
        } else {
            #expect(throws: WebSocketError.invalidCloseCode(code.0)) { try read(close, as: role) }
        }
    }

    @Test(arguments: Self.roles)
    func closeBodies(role: WebSocketRole) throws {
        #expect(try read(frame(.close, [], to: role), as: role) == [.close(nil, "")])
        #expect(throws: WebSocketError.malformedClose) { try read(frame(.close, [3], to: role), as: role) }
        #expect(throws: WebSocketError.malformedUTF8) {
            try read(frame(.close, [0x03, 0xE8, 0xFF], to: role), as: role)
        }
    }

    /// After an error nothing that follows is believed.
    @Test func errorIsForEver() {
        var reader = FrameReader(role: .client)
        reader.append([0xFF])
        #expect(throws: WebSocketError.reservedBits) { try reader.next() }
        reader.append(frame(.text, [0x61], to: .client)[...])
        #expect(throws: WebSocketError.reservedBits) { try reader.next() }
        #expect(!WebSocketError.reservedBits.description.isEmpty)
    }

    /// A steady stream keeps its buffer: no growth beyond the frames themselves.
    @Test func bufferDoesNotGrow() throws {
        var reader = FrameReader(role: .client)
        let audio = frame(.binary, [UInt8](repeating: 7, count: 640), to: .client)
        for _ in 0..<1_000 {
            reader.append(audio[...])
            while try reader.next() != nil {}
        }
        #expect(reader.buffer.capacity < 4_096)
        #expect(reader.pendingCount == 0)
    }

    /// Damaged streams end in an error or in units, never in a trap.
    @Test(arguments: Self.roles)
    func damagedStreams(role: WebSocketRole) {
        let stream =
            frame(.text, Array("ab".utf8), isFinal: false, to: role) + frame(.ping, [1], to: role)
            + frame(.continuation, Array("é".utf8), to: role) + frame(.close, [0x03, 0xE8], to: role)
        for index in stream.indices {
            for byte in UInt8.min...UInt8.max {
                var damaged = stream
                damaged[index] = byte
                _ = try? read(damaged, as: role)
                _ = try? read(damaged, as: role, step: 2)
            }
        }
    }
}
