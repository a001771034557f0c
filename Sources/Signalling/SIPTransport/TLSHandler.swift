import Addressing
import NIOCore
import TLS

/// Puts a TLS session between a socket and the handlers behind it.
///
/// They see the channel as active at once, and a `TLSEstablished` event when the peer has proved who it is; nothing of the
/// peer's reaches them before that. They must not write before it.
///
/// A server's session is made when the peer's first record is whole, a client's with the handler.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the first bytes of an accepted peer will be answered with.
    private let serverContext: TLSContext?
    private var firstRecord = FirstRecord()
    /// Nil before the first record of an accepted peer.
    private var engine: TLSEngine?
    private let timeout: Duration
    private let peer: TransportAddress
    private var timer: Scheduled<Void>?

    /// For a connection that we make.
    init(_ engine: consuming TLSEngine, timeout: Duration, peer: TransportAddress) {
        self.serverContext = nil
        self.engine = .some(engine)
        self.timeout = timeout
        self.peer = peer
    }

    /// For a connection that is accepted.
    init(serving context: TLSContext, timeout: Duration, peer: TransportAddress) {
        self.serverContext = context
        self.engine = nil
        self.timeout = timeout
        self.peer = peer
    }

    func channelActive(context: ChannelHandlerContext) {
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.timeout)) {
            self.end(context, .handshakeTimedOut(self.peer))
        }
        self.flushOutgoing(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        guard self.engine == nil else { return self.receive(bytes.readableBytesUInt8Span, context) }
        guard let serverContext = self.serverContext,
            let first = self.firstRecord.append(bytes.readableBytesView)
        else { return }
        do throws(TLSError) {
            self.engine = .some(try TLSEngine(server: serverContext))
        } catch {
            return self.end(context, .handshakeFailed(self.peer, error))
        }
        self.receive(first.span, context)
    }

    private func receive(_ bytes: Span<UInt8>, _ context: ChannelHandlerContext) {
        let wasHandshaking = self.isHandshaking
        var plaintext: [UInt8] = []
        do throws(TLSError) {
            try self.engine?.receive(bytes, into: &plaintext)
        } catch {
            self.flushOutgoing(context)
            return self.end(
                context,
                wasHandshaking ? .handshakeFailed(self.peer, error) : .connectionLost(self.peer, reason: "\(error)"))
        }
        self.flushOutgoing(context)
        if wasHandshaking, !self.isHandshaking {
            self.timer?.cancel()
            self.timer = nil
            let event = TLSEstablished(session: self.engine?.negotiated, verifiedName: self.engine?.verifiedName)
            context.fireUserInboundEventTriggered(event)
        }
        if !plaintext.isEmpty { context.fireChannelRead(self.wrapInboundOut(ByteBuffer(bytes: plaintext))) }
        if self.engine?.state == .closedByPeer { context.close(promise: nil) }
    }

    private var isHandshaking: Bool {
        guard let state = self.engine?.state else { return true }
        return state == .handshaking
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let message = self.unwrapOutboundIn(data)
        do throws(TLSError) {
            try self.engine?.send(message.readableBytesUInt8Span)
        } catch {
            promise?.fail(TransportError.connectionLost(self.peer, reason: "\(error)"))
            return
        }
        context.write(self.wrapOutboundOut(ByteBuffer(bytes: self.engine?.takeOutgoing() ?? [])), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.timer?.cancel()
        self.timer = nil
        self.engine?.close()
        self.flushOutgoing(context)
        context.close(mode: mode, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.timer = nil
        if self.isHandshaking {
            context.fireErrorCaught(TransportError.handshakeFailed(self.peer, .closedDuringHandshake))
        }
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext, _ error: TransportError) {
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func flushOutgoing(_ context: ChannelHandlerContext) {
        guard let bytes = self.engine?.takeOutgoing(), !bytes.isEmpty else { return }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}

/// The handshake is over and the peer's certificate was accepted.
struct TLSEstablished: Sendable {
    /// Version and cipher.
    let session: String?
    let verifiedName: ServerName?
}
