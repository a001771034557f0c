import BotProtocol
import Reactor
import Timekeeping

/// A live connection to one bot, on the media thread that serves its call.
///
/// Confined to that thread. Nothing here blocks, locks, logs or, once the buffers have grown, allocates for a message.
/// Watch `readDescriptor` for reading; not calling `receive` holds the bot back. Watch `writeDescriptor` (for a socket
/// the same one) for writing while `wantsWrite`.
package final class BotLink {
    package enum ReceiveResult: Hashable, Sendable {
        case open
        /// Reported by this and every later call.
        case closed(BotLinkEnd)
    }

    private enum Wire {
        case webSocket(WebSocketLink)
        case stream(StreamLink)
        case process(ProcessLink)
    }

    private let wire: Wire

    /// Takes the bot over. Nil when it was taken before.
    ///
    /// - Parameter random: where masking keys come from (RFC 6455 section 5.3 wants them unpredictable).
    package init?(
        _ bot: ConnectedBot, limits: BotLinkLimits = BotLinkLimits(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        switch bot.take() {
        case nil: return nil
        case .webSocket(let socket):
            self.wire = .webSocket(WebSocketLink(socket, limits: limits, random: random, closing: bot.closing))
        case .stream(let socket):
            self.wire = .stream(StreamLink(socket, limits: limits, closing: bot.closing))
        case .process(let input, let output, let child, let outcome):
            self.wire = .process(
                ProcessLink(
                    input: input, output: output, child: child, outcome: outcome, limits: limits,
                    closing: bot.closing))
        }
    }

    package var readDescriptor: Int32 {
        switch self.wire {
        case .webSocket(let link): link.socket.descriptor
        case .stream(let link): link.socket.descriptor
        case .process(let link): link.output
        }
    }

    /// Equal to `readDescriptor` for a socket.
    package var writeDescriptor: Int32 {
        switch self.wire {
        case .webSocket(let link): link.socket.descriptor
        case .stream(let link): link.socket.descriptor
        case .process(let link): link.input
        }
    }

    package var counters: BotLinkCounters {
        switch self.wire {
        case .webSocket(let link): link.counters
        case .stream(let link): link.counters
        case .process(let link): link.counters
        }
    }

    /// Whether bytes wait for the bot to read.
    package var wantsWrite: Bool {
        switch self.wire {
        case .webSocket(let link): link.socket.wantsWrite
        case .stream(let link): link.socket.wantsWrite
        case .process(let link): link.wantsWrite
        }
    }

    /// Bounds what waits for a bot that does not read; set it when the bot has chosen its rate.
    package func setOutboundAudioMax(_ lengthInBytes: Int) {
        switch self.wire {
        case .webSocket(let link): link.socket.outbound.audioMax = lengthInBytes
        case .stream(let link): link.socket.outbound.audioMax = lengthInBytes
        case .process(let link): link.outbound.audioMax = lengthInBytes
        }
    }

    /// Reads until nothing more has come or about `budgetInBytes` were read (one message is always delivered whole),
    /// and hands each message to `body`. What `body` throws ends the call and is thrown on; close the link then.
    /// `body` may enqueue, and must not call `receive` or `close`.
    package func receive<Failure: Error>(
        budgetInBytes: Int, _ body: (BotMessageKind, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> ReceiveResult {
        switch self.wire {
        case .webSocket(let link): try link.receive(budgetInBytes: budgetInBytes, body)
        case .stream(let link): try link.receive(budgetInBytes: budgetInBytes, body)
        case .process(let link): try link.receive(budgetInBytes: budgetInBytes, body)
        }
    }

    /// Queues messages for the next flush. False when at least one audio message did not fit and was dropped (see
    /// `counters.droppedAudioMessages`). Control messages have a reserve; when that is full too the link has failed,
    /// which `receive` tells.
    package func enqueue(_ buffer: borrowing BotMessageBuffer) -> Bool {
        switch self.wire {
        case .webSocket(let link): link.enqueue(buffer)
        case .stream(let link): link.enqueue(buffer)
        case .process(let link): link.enqueue(buffer)
        }
    }

    /// Writes what waits, by one system call. Failures are told by the next `receive`.
    package func flush() {
        switch self.wire {
        case .webSocket(let link): link.flush()
        case .stream(let link): link.flush()
        case .process(let link): link.flush()
        }
    }

    /// Pings a WebSocket that has been silent for 20 s and fails it when it stays silent for 60 s more. Call about once
    /// a second. A process needs no ping; a byte stream has none, and a peer that is gone shows as one that does not read.
    package func keepAlive(at now: Instant) {
        switch self.wire {
        case .webSocket(let link): link.keepAlive(at: now)
        case .stream, .process: return
        }
    }

    /// Gives the descriptors away to be closed off this thread: what waits is written first, then a close frame, or the
    /// end of the child's standard input and, when it does not leave by itself, SIGTERM and SIGKILL. Remove the
    /// descriptors from the reactor before; use nothing of the link afterwards. Does nothing the second time.
    package func close(_ reason: CloseReason = .finished) {
        switch self.wire {
        case .webSocket(let link): link.close(reason)
        case .stream(let link): link.close()
        case .process(let link): link.close()
        }
    }

    package enum CloseReason: Hashable, Sendable {
        /// The call is over (1000).
        case finished
        /// The bot's messages were not of its dialect (1008).
        case protocolFailure
        /// The gateway is ending (1001).
        case goingAway
    }
}

/// Bounds of one link.
package struct BotLinkLimits: Hashable, Sendable {
    /// Bytes of audio that may wait for a bot that does not read.
    package var outboundAudio: Int
    /// Bytes for control messages beyond that.
    package var controlReserve: Int

    /// The default holds 2 s of PCM16 at 16 kHz; the kernel's own buffers come on top.
    package init(outboundAudio: Int = 65_536, controlReserve: Int = 16_384) {
        self.outboundAudio = outboundAudio
        self.controlReserve = controlReserve
    }
}

/// What went over one link.
package struct BotLinkCounters: Hashable, Sendable {
    package var receivedMessages: UInt64 = 0
    package var receivedBytes: UInt64 = 0
    /// Messages queued for sending.
    package var sentMessages: UInt64 = 0
    package var sentBytes: UInt64 = 0
    /// Audio messages dropped because the bot did not read.
    package var droppedAudioMessages: UInt64 = 0
    /// Payload bytes of those.
    package var droppedAudioBytes: UInt64 = 0
}
