import NIOCore

/// The timers of one stream, by name. Confined to the channel's loop.
struct StreamTimers {
    enum Name: Hashable {
        /// A message that has begun must end.
        case message
        /// The next keep-alive and the look at the peer's silence.
        case check
        /// A ping must be answered.
        case pong
        /// A full inbox is looked at again.
        case readAgain
        /// A refused stream closes.
        case refusal
    }

    private var running: [Name: Scheduled<Void>] = [:]

    func isRunning(_ name: Name) -> Bool {
        self.running[name] != nil
    }

    /// Runs `action` once, in place of what ran under the name before. The action finds its own name still running, and
    /// starts or cancels it again as it likes.
    mutating func start(
        _ name: Name, _ context: ChannelHandlerContext, after delay: Duration, _ action: @escaping () -> Void
    ) {
        self.running[name]?.cancel()
        self.running[name] = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay), action)
    }

    mutating func cancel(_ name: Name) {
        self.running.removeValue(forKey: name)?.cancel()
    }

    mutating func cancelAll() {
        for timer in self.running.values { timer.cancel() }
        self.running = [:]
    }
}
