import BotProtocol
import CLinux
import Reactor
import Timekeeping
import WebSocketFraming

/// The gateway's end of a WebSocket: the client of RFC 6455 where it dialled, the server where the bot did.
final class WebSocketLink {
    private enum State {
        case open
        case ended(BotLinkEnd)
        /// The descriptor belongs to the connector now.
        case released
    }

    var socket: LinkSocket
    private(set) var counters = BotLinkCounters()
    private var state = State.open
    private let role: WebSocketRole
    private var reader: FrameReader
    private var random: any RandomNumberGenerator & Sendable
    /// The other half of the last number drawn: two masking keys for one system call.
    private var spareKey: UInt32?
    private let closing: Inbox<ConnectorMessage>
    /// The payload of the latest ping, answered once at the end of a `receive` (section 5.5.3 allows that).
    private var pendingPong: [UInt8]?
    private var pendingClose: CloseCode?
    private var lastHeard: Instant
    private var pingedAt: Instant?

    init(
        _ socket: ConnectedSocket, limits: BotLinkLimits, random: any RandomNumberGenerator & Sendable,
        closing: Inbox<ConnectorMessage>
    ) {
        self.socket = LinkSocket(socket, limits: limits)
        self.role = socket.role
        self.reader = FrameReader(role: socket.role)
        self.reader.append(socket.received[...])
        self.random = random
        self.closing = closing
        self.lastHeard = Reactor.now()
    }

    deinit {
        self.close(.finished)
    }

    // MARK: From the bot

    func receive<Failure: Error>(
        budgetInBytes: Int, _ body: (BotMessageKind, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> BotLink.ReceiveResult {
        var budget = budgetInBytes
        while case .open = self.state {
            try self.deliver(body)
            guard case .open = self.state, budget > 0 else { break }
            switch self.socket.read(atMost: budget, { self.reader.append($0) }) {
            case .nothing:
                budget = 0
            case .ended(let failure):
                self.end(.failed(failure))
            case .bytes(let count):
                // A read that came back short has emptied the kernel's buffer; asking again would only be told so.
                budget = count < self.socket.readLengthMax ? 0 : budget - count
                self.counters.receivedBytes += UInt64(count)
                self.pingedAt = nil
                self.lastHeard = Reactor.now()
            }
        }
        self.answerPing()
        switch self.state {
        case .open: return .open
        case .ended(let end): return .closed(end)
        case .released: preconditionFailure("a closed link is not read")
        }
    }

    /// Hands out the messages that are complete.
    private func deliver<Failure: Error>(
        _ body: (BotMessageKind, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        while case .open = self.state, let unit = self.nextUnit() {
            switch unit {
            case .text(let range):
                self.counters.receivedMessages += 1
                let buffer = self.reader.buffer
                try body(.text, buffer.span.extracting(range))
            case .binary(let range):
                self.counters.receivedMessages += 1
                let buffer = self.reader.buffer
                try body(.binary, buffer.span.extracting(range))
            case .ping(let range):
                self.pendingPong = Array(self.reader.buffer[range])
            case .pong:
                continue
            case .close(let code, _):
                // The same code goes back (section 5.5.1).
                self.pendingClose = code
                self.end(.closedByBot(code))
            }
        }
    }

    private func nextUnit() -> FrameReader.Unit? {
        do throws(WebSocketError) {
            return try self.reader.next()
        } catch {
            self.pendingClose = error.closeCode
            self.end(.failed(.webSocket(error)))
            return nil
        }
    }

    private func end(_ end: BotLinkEnd) {
        guard case .open = self.state else { return }
        self.state = .ended(end)
    }

    private func answerPing() {
        guard let payload = self.pendingPong else { return }
        self.pendingPong = nil
        guard self.socket.outbound.admits(payload.count + FrameWriter.headerLengthMax, isAudio: false) else { return }
        self.append(.pong, payload[...])
        self.flush()
    }

    // MARK: To the bot

    func enqueue(_ buffer: borrowing BotMessageBuffer) -> Bool {
        guard case .open = self.state else { return true }
        var isComplete = true
        for message in buffer.messages {
            let length = message.range.count + FrameWriter.headerLengthMax
            guard self.socket.outbound.admits(length, isAudio: message.isAudio) else {
                guard message.isAudio else {
                    self.end(.failed(.notReading))
                    return false
                }
                self.counters.droppedAudioMessages += 1
                self.counters.droppedAudioBytes += UInt64(message.range.count)
                isComplete = false
                continue
            }
            self.append(Self.opcode(of: message.kind), buffer.payload(of: message))
            self.counters.sentMessages += 1
            self.counters.sentBytes += UInt64(message.range.count)
        }
        return isComplete
    }

    func flush() {
        guard case .open = self.state else { return }
        // What the bot sent before it went may still be read, so reading tells the end.
        self.socket.flush()
    }

    func keepAlive(at now: Instant) {
        guard case .open = self.state else { return }
        if let pingedAt = self.pingedAt {
            if pingedAt + Self.pongDeadline <= now { self.end(.failed(.silent)) }
        } else if self.lastHeard + Self.pingInterval <= now {
            self.pingedAt = now
            guard self.socket.outbound.admits(FrameWriter.headerLengthMax, isAudio: false) else { return }
            self.append(.ping, [])
        }
    }

    private func append(_ opcode: Opcode, _ payload: ArraySlice<UInt8>) {
        let key = self.nextMaskingKey()
        self.socket.outbound.append { FrameWriter.append(opcode, payload, maskingKey: key, to: &$0) }
    }

    /// Nil for a server, which masks nothing (RFC 6455 section 5.1).
    private func nextMaskingKey() -> UInt32? {
        guard self.role == .client else { return nil }
        if let key = self.spareKey {
            self.spareKey = nil
            return key
        }
        let number = self.random.next()
        self.spareKey = UInt32(truncatingIfNeeded: number >> 32)
        return UInt32(truncatingIfNeeded: number)
    }

    private static func opcode(of kind: BotMessageKind) -> Opcode {
        switch kind {
        case .text: .text
        case .binary: .binary
        }
    }

    // MARK: The end

    func close(_ reason: BotLink.CloseReason) {
        let code: CloseCode?
        switch self.state {
        case .released: return
        case .open: code = Self.closeCode(of: reason)
        case .ended(.closedByBot): code = self.pendingClose
        case .ended: code = self.pendingClose ?? .policyViolation
        }
        var farewell: [UInt8] = []
        let key = self.nextMaskingKey()
        FrameWriter.appendClose(code, maskingKey: key, to: &farewell)
        self.state = .released
        LinkCloser.close(
            .webSocket(ConnectedSocket(descriptor: self.socket.descriptor)),
            remainder: self.socket.remainder(with: farewell), through: self.closing)
    }

    private static func closeCode(of reason: BotLink.CloseReason) -> CloseCode {
        switch reason {
        case .finished: .normal
        case .protocolFailure: .policyViolation
        case .goingAway: .goingAway
        }
    }

    private static let pingInterval: Duration = .seconds(20)
    private static let pongDeadline: Duration = .seconds(60)
}

/// A buffer that bytes are read into before a reader takes them.
struct ReadScratch {
    private(set) var bytes = [UInt8](repeating: 0, count: 8_192)

    /// Bytes read, 0 at the end of the stream, or a negated errno.
    mutating func read(from descriptor: Int32, atMost limit: Int) -> Int64 {
        unsafe self.bytes.withUnsafeMutableBytes { bytes in
            // Safe: the callee writes at most the length that it is given, which the buffer has.
            unsafe clinux_read(descriptor, bytes.baseAddress, Int64(min(limit, bytes.count)))
        }
    }
}
