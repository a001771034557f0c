import NIOCore

/// Holds accepting back while connections that came before are still being closed for want of descriptors: a flood must
/// not outrun that.
final class AcceptPace: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private static let pause = TimeAmount.milliseconds(10)
    private let hasDescriptors: @Sendable () -> Bool
    private var isHeldBack = false

    init(_ hasDescriptors: @escaping @Sendable () -> Bool) {
        self.hasDescriptors = hasDescriptors
    }

    /// Where there are none, one connection is accepted each time, to be closed: nobody waits in the kernel's queue.
    func read(context: ChannelHandlerContext) {
        guard !self.hasDescriptors() else { return context.read() }
        guard !self.isHeldBack else { return }
        self.isHeldBack = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isHeldBack = false
            context.read()
        }
    }
}
