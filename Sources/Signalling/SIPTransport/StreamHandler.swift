import Addressing
import NIOCore
import SIPSyntax
import TLS

/// One TCP or TLS connection: cuts its stream into messages, keeps it alive, and closes it when it idles or clogs.
///
/// ```
///   opening ──TCP connected, or TLS established──▶ open ──▶ closed
///      │                                              └─▶ refusing ─▲
///      └────────────────────────────────────────────────────────────┘
/// ```
/// Confined to the channel's loop; tells the layer by `post`.
final class StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case opening
        case open(TransportPath)
        /// Nothing more is read; the connection closes as soon as the owner could answer.
        case refusing
        case closed
    }

    private let id: ConnectionID
    private let transport: SIPTransportName
    private let origin: ConnectionOrigin
    private let peer: TransportAddress
    private let layer: TransportLayer
    private var state = State.opening
    private var framer: StreamFramer
    private var timers = StreamTimers()
    private let standing: RequestSource.Standing
    private var lastHeard = NIODeadline.now()
    private var lastMessage = NIODeadline.now()
    /// Whether a whole message came.
    private var isProven = false
    /// Why the connection is about to be closed; the first cause stands.
    private var cause: TransportError?
    private var isClosedByUs = false
    private var writeBufferLength = 0

    init(
        _ id: ConnectionID, _ transport: SIPTransportName, _ origin: ConnectionOrigin, peer: TransportAddress,
        layer: TransportLayer
    ) {
        self.id = id
        self.transport = transport
        self.origin = origin
        self.peer = peer
        self.layer = layer
        self.standing =
            switch origin {
            case .dialled: .known
            case .accepted: layer.sources.standing(of: peer.address)
            }
        self.framer = StreamFramer(limits: layer.configuration.messageLimits)
    }

    func channelActive(context: ChannelHandlerContext) {
        switch self.transport {
        case .tcp, .udp: self.didOpen(context, TLSEstablished(session: nil, verifiedName: nil))
        case .tls: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let established = event as? TLSEstablished { self.didOpen(context, established) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open(let path) = self.state else { return }
        let bytes = self.unwrapInboundIn(data).readableBytesView
        self.lastHeard = .now()
        self.framer.append(bytes)
        var hasWholeUnit = false
        do throws(StreamFramerError) {
            while let unit = try self.framer.next() {
                hasWholeUnit = true
                self.handle(unit, path, context)
            }
        } catch {
            return self.refuse(context, path, error)
        }
        // A lone line end may be half a ping, or all that a peer sends to keep the connection: no message begins with it.
        let isLineEnd = bytes.allSatisfy { $0 == 0x0D || $0 == 0x0A }
        if hasWholeUnit || !self.framer.isInsideMessage { self.timers.cancel(.message) }
        if self.framer.isInsideMessage, !isLineEnd { self.watchMessage(context) }
    }

    /// Reading waits while the owner is behind: the peer's window fills instead of our memory.
    func read(context: ChannelHandlerContext) {
        guard self.layer.isInboxFull(for: self.standing) else { return context.read() }
        self.timers.start(.readAgain, context, after: Self.readDelay) { self.read(context: context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let length = self.unwrapOutboundIn(data).readableBytes
        guard self.writeBufferLength + length <= self.layer.configuration.writeBufferLengthMax else {
            promise?.fail(TransportError.writeBufferFull(self.peer))
            return
        }
        self.writeBufferLength += length
        let taken = promise ?? context.eventLoop.makePromise()
        taken.futureResult.assumeIsolated().whenComplete { _ in self.writeBufferLength -= length }
        context.write(data, promise: taken)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.isClosedByUs = true
        context.close(mode: mode, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .opening = self.state { self.note(.failedHandshake) }
        self.end(context, TransportError(losing: error, to: self.peer))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timers.cancelAll()
        self.state = .closed
        let cause = self.cause ?? (self.isClosedByUs ? nil : .closedByPeer(self.peer))
        self.layer.post(.closed(self.id, self.origin, cause))
    }

    private static let readDelay: Duration = .milliseconds(5)
    private static let refusalDelay: Duration = .milliseconds(500)
}

extension StreamHandler {
    private func didOpen(_ context: ChannelHandlerContext, _ established: TLSEstablished) {
        guard case .opening = self.state, let local = TransportAddress(context.localAddress) else { return }
        let path = TransportPath(transport: self.transport, local: local, remote: self.peer, connection: self.id)
        self.state = .open(path)
        let opened = OpenedConnection(
            path: path, origin: self.origin.isDialled ? .dialled : .accepted, tls: established.session,
            verifiedName: established.verifiedName)
        self.layer.post(.opened(Connection(opened: opened, channel: context.channel, origin: self.origin)))
        if case .accepted = self.origin { self.watchMessage(context) }
        self.scheduleCheck(context)
    }

    private func handle(_ unit: StreamUnit, _ path: TransportPath, _ context: ChannelHandlerContext) {
        switch unit {
        case .ping:
            self.writeLineEnds(1, context)
        case .pong:
            self.timers.cancel(.pong)
        case .message(let bytes):
            guard case .open = self.state else { return }
            guard self.layer.sources.hears(path, self.standing) == .heard else {
                self.state = .refusing
                return self.end(context, .notHeard(self.peer))
            }
            do {
                let message = try MessageParser.parse(bytes, limits: self.layer.configuration.messageLimits)
                self.lastMessage = .now()
                if !self.isProven, !self.origin.isDialled { self.layer.admission.prove(self.id) }
                self.isProven = true
                self.layer.post(
                    .received(
                        ReceivedMessage(message: message, bytes: bytes, path: path, standing: self.standing)))
            } catch {
                self.note(.malformedMessage)
                self.layer.post(.malformed(error, bytes: bytes, path: path))
            }
        }
    }

    /// After a head without a usable length nothing on the stream can be trusted; the owner may still answer 400.
    private func refuse(_ context: ChannelHandlerContext, _ path: TransportPath, _ error: StreamFramerError) {
        self.state = .refusing
        self.timers.cancelAll()
        self.note(.unframeableStream)
        switch error {
        case .headTooLong:
            self.end(context, .unframeable(self.peer))
        case .noUsableLength(let fault):
            self.cause = .unframeable(self.peer)
            self.layer.post(.malformed(fault, bytes: [], path: path))
            self.timers.start(.refusal, context, after: Self.refusalDelay) {
                self.end(context, .unframeable(self.peer))
            }
        }
    }

    /// Bounds the time from the first byte of a message to its last; a running bound stays.
    private func watchMessage(_ context: ChannelHandlerContext) {
        guard !self.timers.isRunning(.message) else { return }
        self.timers.start(.message, context, after: self.layer.configuration.messageTimeout) {
            self.note(.unfinishedMessage)
            self.end(context, .messageTimedOut(self.peer))
        }
    }

    /// Every keep-alive interval: a ping goes out, and a peer that has been silent for too long is let go.
    private func scheduleCheck(_ context: ChannelHandlerContext) {
        let configuration = self.layer.configuration
        let messageWait =
            switch self.standing {
            case .known: configuration.idleTimeout
            case .stranger: configuration.strangerIdleTimeout ?? configuration.idleTimeout
            }
        let interval = min(configuration.keepAliveInterval ?? messageWait, messageWait)
        self.timers.start(.check, context, after: interval) {
            let now = NIODeadline.now()
            let isPatienceOver =
                switch self.standing {
                case .known: false
                case .stranger: now - self.lastMessage >= TimeAmount(messageWait)
                }
            guard now - self.lastHeard < TimeAmount(configuration.idleTimeout), !isPatienceOver else {
                return self.end(context, .idleTimedOut(self.peer))
            }
            if configuration.keepAliveInterval != nil { self.ping(context) }
            self.scheduleCheck(context)
        }
    }

    private func ping(_ context: ChannelHandlerContext) {
        self.framer.expectPong()
        self.writeLineEnds(2, context)
        guard let timeout = self.layer.configuration.pongTimeout, !self.timers.isRunning(.pong) else { return }
        self.timers.start(.pong, context, after: timeout) { self.end(context, .pongMissing(self.peer)) }
    }

    private func writeLineEnds(_ count: Int, _ context: ChannelHandlerContext) {
        let lineEnds = ByteBuffer(string: String(repeating: "\r\n", count: count))
        self.write(context: context, data: self.wrapOutboundOut(lineEnds), promise: nil)
        context.flush()
    }

    /// Holds a fault against the peer, unless it was we who connected.
    private func note(_ offence: Offence) {
        guard !self.origin.isDialled else { return }
        self.layer.sources.note(offence, from: self.peer.address, over: self.transport)
    }

    private func end(_ context: ChannelHandlerContext, _ error: TransportError) {
        if self.cause == nil { self.cause = error }
        context.close(promise: nil)
    }
}
