import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// How many connections the API serves, and how long it waits for one that says nothing.
package struct ConnectionLimits: Hashable, Sendable {
    /// At once; one more gets 503 and is closed.
    package var countMax = 256
    /// Without a byte while a request is not whole, or while there is none.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a connection that is refused may take to say what it wants, before it is told and closed all the same.
    package var refusalTimeout: Duration = .seconds(2)

    package init() {}
}

/// Gives connections their places, and knows how many there are.
final class ConnectionDesk: Sendable {
    private let limits: ConnectionLimits
    /// Whether the process has descriptors for one more.
    private let hasDescriptors: @Sendable () -> Bool
    private let counts = Mutex(Counts())
    /// Refused connections that may take their time to say what they want; further ones are told at once.
    private static let lingeringMax = 4

    private struct Counts {
        var admitted = 0
        var lingering = 0
    }

    enum Verdict {
        case admitted
        case refused(mayLinger: Bool)
    }

    init(_ limits: ConnectionLimits, hasDescriptors: @escaping @Sendable () -> Bool) {
        self.limits = limits
        self.hasDescriptors = hasDescriptors
    }

    /// Takes a place until the channel closes, where there is one.
    func judge(_ channel: any Channel) -> Verdict {
        let hasDescriptors = self.hasDescriptors()
        let verdict = self.counts.withLock { counts -> Verdict in
            if hasDescriptors, counts.admitted < self.limits.countMax {
                counts.admitted += 1
                return .admitted
            }
            guard hasDescriptors, counts.lingering < Self.lingeringMax else { return .refused(mayLinger: false) }
            counts.lingering += 1
            return .refused(mayLinger: true)
        }
        channel.closeFuture.whenComplete { _ in
            self.counts.withLock { counts in
                switch verdict {
                case .admitted: counts.admitted -= 1
                case .refused(mayLinger: true): counts.lingering -= 1
                case .refused(mayLinger: false): break
                }
            }
        }
        return verdict
    }
}

/// HTTP on a connection that has a place; 503 on one that has none.
struct AdmittedChannel: ServerChildChannel {
    let http: HTTP1Channel
    let desk: ConnectionDesk
    let limits: ConnectionLimits

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let timeout: Duration
        switch self.desk.judge(channel) {
        case .admitted: return self.http.setup(channel: channel, logger: logger)
        case .refused(let mayLinger): timeout = mayLinger ? self.limits.refusalTimeout : .zero
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(RefusalHandler(timeout: TimeAmount(timeout)))
        }.flatMap { self.http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await self.http.handle(value: value, logger: logger)
    }
}

/// Answers the first bytes, or the silence, of a connection that has no place, and closes it: nobody is left to wait.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let answer =
        "HTTP/1.1 503 Service Unavailable\r\nServer: trunkline\r\nRetry-After: 5\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: 42\r\n\r\n"
        + #"{"error":"there are too many connections"}"#

    private let timeout: TimeAmount
    private var isAnswered = false
    private var deadline: Scheduled<Void>?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func channelActive(context: ChannelHandlerContext) {
        self.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: self.timeout) { self.refuse(context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.refuse(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.deadline?.cancel()
        context.fireChannelInactive()
    }

    private func refuse(_ context: ChannelHandlerContext) {
        guard !self.isAnswered else { return }
        self.isAnswered = true
        self.deadline?.cancel()
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: Self.answer)), promise: nil)
        context.close(promise: nil)
    }
}
