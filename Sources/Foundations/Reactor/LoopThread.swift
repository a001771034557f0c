import CLinux

/// A thread of our own that runs one loop to its end.
package struct LoopThread: Sendable {
    private let handle: UInt64

    /// Starts a thread named `name` (15 bytes show) under `scheduling`; `body` is told what the kernel granted.
    package static func start(
        name: String, scheduling: SchedulingClass = .normal, body: @escaping @Sendable (SchedulingOutcome) -> Void
    ) throws(ReactorError) -> LoopThread {
        let launch = Launch(name: name, scheduling: scheduling, body: body)
        // Safe: the retained reference is consumed exactly once, by the new thread, or below when none was started.
        let context = unsafe Unmanaged.passRetained(launch)
        var handle: UInt64 = 0
        let result = unsafe clinux_thread_start(
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Launch>.fromOpaque(context).takeRetainedValue().run()
            }, context.toOpaque(), &handle)
        guard result >= 0 else {
            unsafe context.release()
            throw .systemCall("pthread_create", code: -result)
        }
        return LoopThread(handle: handle)
    }

    /// Waits until the body has returned. Call it once, from another thread, or `detach`.
    package func join() {
        let result = clinux_thread_join(self.handle)
        precondition(result == 0, "a thread is joined once, and not by itself")
    }

    /// Leaves the thread to end by itself. Call it once, from any thread, or `join`.
    package func detach() {
        let result = clinux_thread_detach(self.handle)
        precondition(result == 0, "a thread is joined or detached once")
    }
}

private final class Launch: Sendable {
    private let name: String
    private let scheduling: SchedulingClass
    private let body: @Sendable (SchedulingOutcome) -> Void

    init(name: String, scheduling: SchedulingClass, body: @escaping @Sendable (SchedulingOutcome) -> Void) {
        self.name = name
        self.scheduling = scheduling
        self.body = body
    }

    func run() {
        // The name serves only whoever looks at the process from outside; a refusal changes nothing.
        // Safe: the callee copies the text before it returns.
        _ = unsafe clinux_thread_set_name(self.name)
        self.body(self.scheduling.apply())
    }
}
