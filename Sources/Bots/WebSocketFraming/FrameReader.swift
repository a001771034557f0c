/// Bytes of one connection in, messages and control frames out (RFC 6455 sections 5 and 8.1).
///
/// Feed it with `append` and take units with `next` until there is none. A message lies whole in `buffer`, fragments
/// joined in place, unmasked and proven to be UTF-8 when it is text. The buffer keeps its capacity, so that a steady
/// stream allocates nothing; it never holds more than one message of the limit plus what was appended last. After an
/// error the reader says the same error for ever.
///
///     append ─▶ header ─▶ payload complete? ─▶ control ──────────────▶ unit
///                                        └──▶ data ─▶ joined ─▶ final ▶ unit
package struct FrameReader: Sendable {
    /// What one call of `next` found. Ranges lie in `buffer` and hold until the next call of any kind.
    package enum Unit: Hashable, Sendable {
        case text(Range<Int>)
        case binary(Range<Int>)
        case ping(Range<Int>)
        case pong(Range<Int>)
        /// The peer closes; the reason is text for people.
        case close(CloseCode?, reason: Range<Int>)
    }

    private struct Header {
        var opcode: Opcode
        var isFinal: Bool
        var maskingKey: UInt32?
        var payload: Range<Int>
    }

    /// A data message of which some fragments have come.
    private struct Assembly {
        var opcode: Opcode
        var range: Range<Int>
        var fragmentCount: Int
    }

    package private(set) var buffer: [UInt8] = []
    /// The first byte that no unit has been made of.
    private var position = 0
    private var assembly: Assembly?
    private var failure: WebSocketError?
    private let role: WebSocketRole
    private let messageLengthMax: Int

    /// - Parameters:
    ///   - role: our end; the reader of a client expects a server's frames.
    ///   - messageLengthMax: bytes in one message, over all its fragments.
    package init(role: WebSocketRole, messageLengthMax: Int = 1_048_576) {
        self.role = role
        self.messageLengthMax = messageLengthMax
    }

    /// Bytes that wait for the rest of their frame.
    package var pendingCount: Int { self.buffer.count - self.position }

    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        self.discardConsumed()
        self.buffer.append(contentsOf: bytes)
    }

    /// The next unit, or nil until more bytes come.
    package mutating func next() throws(WebSocketError) -> Unit? {
        if let failure = self.failure { throw failure }
        do throws(WebSocketError) {
            while let header = try self.readHeader() {
                self.position = header.payload.upperBound
                if let key = header.maskingKey { self.buffer.applyMask(key, to: header.payload) }
                if let unit = try self.take(header) { return unit }
            }
            return nil
        } catch {
            self.failure = error
            throw error
        }
    }

    // MARK: Headers

    /// Reads the header at `position`; nil until the whole frame is here. Announced lengths are judged at once, so that
    /// nothing is kept for a frame that will be refused.
    private func readHeader() throws(WebSocketError) -> Header? {
        let available = self.buffer.count - self.position
        guard available >= 1 else { return nil }
        let first = self.buffer[self.position]
        guard first & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode(first & 0x0F) }
        let isFinal = first & 0x80 != 0
        guard isFinal || !opcode.isControl else { throw .fragmentedControl }
        try self.checkOrder(of: opcode)
        guard available >= 2 else { return nil }
        let second = self.buffer[self.position + 1]
        let isMasked = second & 0x80 != 0
        switch self.role {
        case .client: guard !isMasked else { throw .unexpectedMask }
        case .server: guard isMasked else { throw .maskMissing }
        }
        guard let (length, lengthEnd) = try self.readLength(second & 0x7F, opcode) else { return nil }
        let payloadStart = lengthEnd + (isMasked ? 4 : 0)
        guard self.buffer.count >= payloadStart + length else { return nil }
        return Header(
            opcode: opcode, isFinal: isFinal, maskingKey: isMasked ? self.bigEndian(at: lengthEnd) : nil,
            payload: payloadStart..<payloadStart + length)
    }

    private func checkOrder(of opcode: Opcode) throws(WebSocketError) {
        switch opcode {
        case .continuation: guard self.assembly != nil else { throw .unexpectedContinuation }
        case .text, .binary: guard self.assembly == nil else { throw .expectedContinuation }
        case .close, .ping, .pong: return
        }
    }

    /// The payload's length and where its field ends; nil until the field is here.
    private func readLength(_ short: UInt8, _ opcode: Opcode) throws(WebSocketError) -> (length: Int, end: Int)? {
        let start = self.position + 2
        let length: UInt64
        let end: Int
        switch short {
        case 126:
            guard !opcode.isControl else { throw .controlTooLong }
            end = start + 2
            guard self.buffer.count >= end else { return nil }
            length = UInt64(self.buffer[start]) << 8 | UInt64(self.buffer[start + 1])
            guard length > 125 else { throw .malformedLength }
        case 127:
            guard !opcode.isControl else { throw .controlTooLong }
            end = start + 8
            guard self.buffer.count >= end else { return nil }
            length = UInt64(self.bigEndian(at: start)) << 32 | UInt64(self.bigEndian(at: start + 4))
            guard length > 0xFFFF, length >> 63 == 0 else { throw .malformedLength }
        default:
            end = start
            length = UInt64(short)
        }
        if opcode.isControl { return (Int(length), end) }
        let room = self.messageLengthMax - (self.assembly?.range.count ?? 0)
        guard length <= UInt64(room) else { throw .messageTooLong(limit: self.messageLengthMax) }
        return (Int(length), end)
    }

    private func bigEndian(at index: Int) -> UInt32 {
        UInt32(self.buffer[index]) << 24 | UInt32(self.buffer[index + 1]) << 16
            | UInt32(self.buffer[index + 2]) << 8 | UInt32(self.buffer[index + 3])
    }

    // MARK: Units

    private mutating func take(_ header: Header) throws(WebSocketError) -> Unit? {
        switch header.opcode {
        case .ping: return .ping(header.payload)
        case .pong: return .pong(header.payload)
        case .close: return try self.close(header.payload)
        case .text, .binary:
            let message = Assembly(opcode: header.opcode, range: header.payload, fragmentCount: 1)
            return try self.finish(message, isFinal: header.isFinal)
        case .continuation:
            guard var message = self.assembly else { throw .unexpectedContinuation }
            message.fragmentCount += 1
            guard message.fragmentCount <= Self.fragmentCountMax else {
                throw .tooManyFragments(limit: Self.fragmentCountMax)
            }
            // The fragment moves down over its own header, so that the message stays in one piece.
            let joined = message.range.upperBound..<message.range.upperBound + header.payload.count
            for (target, source) in zip(joined, header.payload) { self.buffer[target] = self.buffer[source] }
            message.range = message.range.lowerBound..<joined.upperBound
            return try self.finish(message, isFinal: header.isFinal)
        }
    }

    private mutating func finish(_ message: Assembly, isFinal: Bool) throws(WebSocketError) -> Unit? {
        guard isFinal else {
            self.assembly = message
            return nil
        }
        self.assembly = nil
        guard message.opcode == .text else { return .binary(message.range) }
        guard self.buffer.isUTF8(in: message.range) else { throw .malformedUTF8 }
        return .text(message.range)
    }

    private func close(_ payload: Range<Int>) throws(WebSocketError) -> Unit {
        guard !payload.isEmpty else { return .close(nil, reason: payload) }
        guard payload.count >= 2 else { throw .malformedClose }
        let value = UInt16(self.buffer[payload.lowerBound]) << 8 | UInt16(self.buffer[payload.lowerBound + 1])
        guard let code = CloseCode(rawValue: value) else { throw .invalidCloseCode(value) }
        let reason = payload.dropFirst(2)
        guard self.buffer.isUTF8(in: reason) else { throw .malformedUTF8 }
        return .close(code, reason: reason)
    }

    /// Drops the bytes that no later unit needs, without giving capacity back.
    private mutating func discardConsumed() {
        guard let message = self.assembly else {
            self.buffer.removeSubrange(0..<self.position)
            self.position = 0
            return
        }
        // Between the joined part and the unread rest lies what control frames and headers left behind.
        self.buffer.removeSubrange(message.range.upperBound..<self.position)
        self.buffer.removeSubrange(0..<message.range.lowerBound)
        self.assembly?.range = 0..<message.range.count
        self.position = message.range.count
    }

    private static let fragmentCountMax = 16_384
}
