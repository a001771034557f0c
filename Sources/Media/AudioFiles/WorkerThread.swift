import CLinux
import Glibc
import Synchronization

/// A thread for work that may wait for a disk, and the bell that wakes it.
///
/// The body runs once and returns when it is told to stop; `join` waits for that, but not for ever: a disk that hangs
/// must not hold up the end of the program too. Not joined, the thread runs on by itself until its body returns.
final class WorkerThread: Sendable {
    /// What the body waits on.
    final class Bell: Sendable {
        private let descriptor: Int32

        fileprivate init() throws(SystemFault) {
            self.descriptor = try SystemFault.check(clinux_eventfd_create())
        }

        deinit {
            _ = clinux_close(self.descriptor)
        }

        /// Wakes the thread, now or when it next waits.
        func ring() {
            _ = clinux_eventfd_signal(self.descriptor)
        }

        /// Waits for the bell, at most for `duration`; for ever when that is nil. True if it rang.
        @discardableResult
        func wait(atMost duration: Duration?) -> Bool {
            let milliseconds = duration.map { Int32(min($0 / .milliseconds(1), 3_600_000)) } ?? -1
            guard clinux_file_wait_readable(self.descriptor, milliseconds) > 0 else { return false }
            var count: UInt64 = 0
            // Safe: `count` outlives the call.
            _ = unsafe clinux_counter_read(self.descriptor, &count)
            return true
        }
    }

    /// What the new thread is given: a name and a body.
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    let bell: Bell
    /// Rung when the body has returned.
    private let end: Bell
    private let handle: Mutex<UInt64?>

    /// Starts a thread of `name` (at most 15 bytes) that runs `body`.
    init(name: String, body: @escaping @Sendable (Bell) -> Void) throws(AudioFilesError) {
        do {
            let (bell, end) = (try Bell(), try Bell())
            let start = Start(name: name) {
                body(bell)
                end.ring()
            }
            var handle: UInt64 = 0
            // Safe: the reference is retained here and released by the new thread, or here when there is none.
            let context = unsafe Unmanaged.passRetained(start)
            let result = unsafe clinux_thread_start(Self.run, context.toOpaque(), &handle)
            if result < 0 { unsafe context.release() }
            _ = try SystemFault.check(result)
            self.bell = bell
            self.end = end
            self.handle = Mutex(handle)
        } catch {
            throw .threadUnavailable(reason: error.reason)
        }
    }

    /// Waits until the body has returned, at most for `duration`; false if it has not by then. On the thread itself, and
    /// after the first call, there is nothing to wait for.
    @discardableResult
    func join(atMost duration: Duration) -> Bool {
        let handle = self.handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        guard let handle, handle != UInt64(pthread_self()) else { return true }
        guard self.end.wait(atMost: duration) else { return false }
        _ = clinux_thread_join(handle)
        return true
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        guard let context = unsafe context else { return }
        // Safe: `init` retained a Start for this call, which happens once.
        let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        _ = unsafe clinux_thread_set_name(start.name)
        start.body()
    }
}
