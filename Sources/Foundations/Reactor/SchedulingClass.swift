import CLinux

/// How a thread asks to be scheduled.
package enum SchedulingClass: Hashable, Sendable {
    case normal
    /// SCHED_FIFO at this priority (1 to 99), else a nice value of -10, else as it was: on a busy machine the class,
    /// not the loop, decides how late a tick is. Children do not inherit it.
    case realtime(priority: Int32)

    /// Applies the class to the calling thread.
    func apply() -> SchedulingOutcome {
        switch self {
        case .normal:
            return .normal
        case .realtime(let priority):
            if clinux_thread_set_realtime(priority) >= 0 { return .realtime(priority: priority) }
            if clinux_thread_set_nice(Self.niceFallback) >= 0 { return .nice(Self.niceFallback) }
            return .normal
        }
    }

    private static let niceFallback: Int32 = -10
}

/// What the kernel granted.
package enum SchedulingOutcome: Hashable, Sendable, CustomStringConvertible {
    case normal
    case nice(Int32)
    case realtime(priority: Int32)

    package var description: String {
        switch self {
        case .normal: "normal scheduling"
        case .nice(let value): "normal scheduling, nice \(value)"
        case .realtime(let priority): "SCHED_FIFO, priority \(priority)"
        }
    }
}

/// Settings of the whole process that its loops rely on.
package enum ProcessSettings {
    /// Makes a write to a closed socket or pipe an error instead of the end of the process. Call once at start.
    package static func ignoreBrokenPipes() {
        let result = clinux_ignore_sigpipe()
        precondition(result >= 0, "SIGPIPE can always be ignored")
    }

    /// Takes as many descriptors as the process may have: a call needs up to six, and the usual soft limit is 1,024.
    /// Returns how many there are, or nil where the kernel does not say.
    package static func raiseDescriptorLimit() -> Int? {
        let limit = clinux_raise_descriptor_limit()
        return limit >= 0 ? Int(limit) : nil
    }

    /// Processors that this process may use.
    package static var processorCount: Int { Int(clinux_online_processors()) }
}
