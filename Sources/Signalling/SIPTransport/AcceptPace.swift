import NIOCore

/// Holds accepting back while connections that came before are still being closed for want of descriptors: a flood must
/// not outrun that. Its channel accepts one at a time (`maxMessagesPerRead`), so that each is asked about.
package final class AcceptPace: ChannelDuplexHandler {
    package typealias InboundIn = any Channel
    package typealias InboundOut = any Channel
    package typealias OutboundIn = Never
    package typealias OutboundOut = Never

    private static let pause = TimeAmount.milliseconds(10)
    private let hasDescriptors: @Sendable () -> Bool
    private var isHeldBack = false

    package init(_ hasDescriptors: @escaping @Sendable () -> Bool) {
        self.hasDescriptors = hasDescriptors
    }

    /// Where there are none, one connection is accepted each time, to be closed: nobody waits in the kernel's queue.
    package func read(context: ChannelHandlerContext) {
        guard !self.hasDescriptors() else { return context.read() }
        guard !self.isHeldBack else { return }
        self.isHeldBack = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isHeldBack = false
            context.read()
        }
    }
}
