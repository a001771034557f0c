import BotProtocol
import CLinux
import Reactor
import Timekeeping

/// The gateway's end of a child's standard input and output.
final class ProcessLink {
    private enum State {
        case open
        /// The child's output has ended; until the deadline its exit status may still come.
        case awaitingExit(until: Instant)
        case ended(BotLinkEnd)
        /// The descriptors belong to the connector now.
        case released
    }

    /// The child's standard input: we write.
    let input: Int32
    /// The child's standard output: we read.
    let output: Int32
    var outbound: OutboundQueue
    private(set) var counters = BotLinkCounters()
    private var state = State.open
    private var reader = StdioFrameReader()
    private var scratch = ReadScratch()
    private let child: UInt64
    private let outcome: ChildOutcome
    private let closing: Inbox<ConnectorMessage>

    init(
        input: Int32, output: Int32, child: UInt64, outcome: ChildOutcome, limits: BotLinkLimits,
        closing: Inbox<ConnectorMessage>
    ) {
        self.input = input
        self.output = output
        self.child = child
        self.outcome = outcome
        self.outbound = OutboundQueue(audioMax: limits.outboundAudio, controlReserve: limits.controlReserve)
        self.closing = closing
    }

    deinit {
        self.close()
    }

    var wantsWrite: Bool { !self.outbound.isEmpty }

    // MARK: From the bot

    func receive<Failure: Error>(
        budgetInBytes: Int, _ body: (BotMessageKind, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> BotLink.ReceiveResult {
        var budget = budgetInBytes
        while case .open = self.state {
            try self.deliver(body)
            guard case .open = self.state, budget > 0 else { break }
            let count = self.scratch.read(from: self.output, atMost: budget)
            guard count != -Int64(clinux_would_block()) else { break }
            guard count > 0 else {
                self.outputEnded(count)
                break
            }
            // A read that came back short has emptied the kernel's buffer; asking again would only be told so.
            budget = count < Int64(self.scratch.bytes.count) ? 0 : budget - Int(count)
            self.counters.receivedBytes += UInt64(count)
            self.reader.append(self.scratch.bytes[..<Int(count)])
        }
        switch self.state {
        case .open: return .open
        case .awaitingExit(let deadline): return self.exitStatus(until: deadline)
        case .ended(let end): return .closed(end)
        case .released: preconditionFailure("a closed link is not read")
        }
    }

    private func deliver<Failure: Error>(
        _ body: (BotMessageKind, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        while case .open = self.state, let message = self.nextMessage() {
            self.counters.receivedMessages += 1
            let buffer = self.reader.buffer
            try body(message.kind, buffer.span.extracting(message.range))
        }
    }

    private func nextMessage() -> (kind: BotMessageKind, range: Range<Int>)? {
        do throws(StdioFramingError) {
            return try self.reader.next()
        } catch {
            self.state = .ended(.failed(.framing(error)))
            return nil
        }
    }

    /// The output ends a moment before the child does, so its exit status is waited for a little.
    private func outputEnded(_ count: Int64) {
        if count < 0 {
            self.state = .ended(.failed(.systemCall(code: Int32(-count))))
        } else {
            self.state = .awaitingExit(until: Reactor.now() + Self.exitPatience)
        }
    }

    private func exitStatus(until deadline: Instant) -> BotLink.ReceiveResult {
        let end: BotLinkEnd
        switch self.outcome.ending {
        case .exited(let code): end = .exited(code: code)
        case .killed(let signal): end = .killed(signal: signal)
        case nil:
            guard deadline <= Reactor.now() else { return .open }
            end = .failed(.endOfStream)
        }
        self.state = .ended(end)
        return .closed(end)
    }

    // MARK: To the bot

    func enqueue(_ buffer: borrowing BotMessageBuffer) -> Bool {
        guard case .open = self.state else { return true }
        var isComplete = true
        for message in buffer.messages {
            let length = message.range.count + StdioFraming.headerLength
            guard self.outbound.admits(length, isAudio: message.isAudio) else {
                guard message.isAudio else {
                    self.state = .ended(.failed(.notReading))
                    return false
                }
                self.counters.droppedAudioMessages += 1
                self.counters.droppedAudioBytes += UInt64(message.range.count)
                isComplete = false
                continue
            }
            self.outbound.append {
                StdioFraming.append(message.kind, buffer.payload(of: message), to: &$0)
            }
            self.counters.sentMessages += 1
            self.counters.sentBytes += UInt64(message.range.count)
        }
        return isComplete
    }

    func flush() {
        guard case .open = self.state, !self.outbound.isEmpty else { return }
        let result = self.outbound.write(to: self.input)
        guard result < 0, result != -Int64(clinux_would_block()) else { return }
        // A child may close its input and go on talking; its end is told by its output.
        self.outbound.removeAll()
    }

    // MARK: The end

    func close() {
        if case .released = self.state { return }
        self.state = .released
        LinkCloser.close(
            .process(input: self.input, output: self.output, child: self.child, outcome: self.outcome),
            remainder: self.outbound.remainder(), through: self.closing)
    }

    private static let exitPatience: Duration = .milliseconds(300)
}
