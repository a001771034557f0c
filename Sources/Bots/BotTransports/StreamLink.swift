import BotProtocol
import Reactor

/// The gateway's end of a plain byte stream, such as an AudioSocket's: the dialect finds the frames in it.
final class StreamLink {
    private enum State {
        case open
        case ended(BotLinkEnd)
        /// The descriptor belongs to the connector now.
        case released
    }

    var socket: LinkSocket
    private(set) var counters = BotLinkCounters()
    private var state = State.open
    /// What came with the handshake, until the first receive.
    private var received: [UInt8]
    private let closing: Inbox<ConnectorMessage>

    init(_ socket: ConnectedSocket, limits: BotLinkLimits, closing: Inbox<ConnectorMessage>) {
        self.socket = LinkSocket(socket, limits: limits)
        self.received = socket.received
        self.closing = closing
    }

    deinit {
        self.close()
    }

    func receive<Failure: Error>(
        budgetInBytes: Int, _ body: (BotMessageKind, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> BotLink.ReceiveResult {
        var budget = budgetInBytes
        while case .open = self.state {
            if !self.received.isEmpty {
                self.counters.receivedMessages += 1
                let bytes = self.received
                self.received.removeAll(keepingCapacity: true)
                try body(.binary, bytes.span)
            }
            guard budget > 0 else { break }
            switch self.socket.read(atMost: budget, { self.received.append(contentsOf: $0) }) {
            case .nothing: budget = 0
            case .ended(.endOfStream): self.state = .ended(.closedByBot(nil))
            case .ended(let failure): self.state = .ended(.failed(failure))
            case .bytes(let count):
                self.counters.receivedBytes += UInt64(count)
                budget = max(0, budget - count)
            }
        }
        self.socket.flush()
        switch self.state {
        case .open: return .open
        case .ended(let end): return .closed(end)
        case .released: preconditionFailure("a closed link is not read")
        }
    }

    func enqueue(_ buffer: borrowing BotMessageBuffer) -> Bool {
        guard case .open = self.state else { return true }
        var isComplete = true
        for message in buffer.messages {
            guard self.socket.outbound.admits(message.range.count, isAudio: message.isAudio) else {
                guard message.isAudio else {
                    self.state = .ended(.failed(.notReading))
                    return false
                }
                self.counters.droppedAudioMessages += 1
                self.counters.droppedAudioBytes += UInt64(message.range.count)
                isComplete = false
                continue
            }
            self.socket.outbound.append { $0.append(contentsOf: buffer.payload(of: message)) }
            self.counters.sentMessages += 1
            self.counters.sentBytes += UInt64(message.range.count)
        }
        return isComplete
    }

    func flush() {
        guard case .open = self.state else { return }
        self.socket.flush()
    }

    func close() {
        if case .released = self.state { return }
        self.state = .released
        LinkCloser.close(
            .stream(ConnectedSocket(descriptor: self.socket.descriptor)), remainder: self.socket.remainder(),
            through: self.closing)
    }
}
