/// Memory that closures of several contenders write to.
// Safe: the memory lives as long as this object, and all use is on one thread.
@safe final class Buffer<Element: FixedWidthInteger> {
    let start: UnsafeMutablePointer<Element>
    let count: Int

    init(count: Int) {
        unsafe self.start = .allocate(capacity: count)
        unsafe self.start.initialize(repeating: 0, count: count)
        self.count = count
    }

    deinit {
        unsafe self.start.deallocate()
    }

    @inline(__always)
    func withSpan(_ body: (inout MutableSpan<Element>) -> Void) {
        var span = unsafe MutableSpan(_unsafeStart: self.start, count: self.count)
        body(&span)
    }
}

/// A peer's handle, closed with this object. A peer that cannot be opened ends the run: its column would be missing.
// Safe: the handle is open as long as this object lives.
@safe final class Peer {
    let handle: OpaquePointer
    private let close: (OpaquePointer) -> Void

    init(_ handle: OpaquePointer?, close: @escaping (OpaquePointer) -> Void) {
        guard let handle = unsafe handle else { preconditionFailure("a peer's library could not be opened") }
        unsafe self.handle = handle
        unsafe self.close = close
    }

    deinit {
        unsafe self.close(self.handle)
    }
}
