import Addressing
import CLinux

/// One name on its way to addresses, on glibc's own resolver threads.
///
/// The C handle has one owner, this class. A look-up that is given up while a thread still works on it must be kept
/// until `release` says that it is gone; the connector does that.
@safe
final class NameLookup {
    private var handle: OpaquePointer?

    /// Nil when it could not be started (no memory, or a name too long).
    init?(_ name: String) {
        // Safe: the callee copies the name before it returns.
        guard let handle = unsafe clinux_resolve_start(name) else { return nil }
        unsafe self.handle = handle
    }

    var isDone: Bool {
        guard let handle = unsafe self.handle else { return true }
        // Safe: the handle is alive until `release` frees it and forgets it.
        return unsafe clinux_resolve_done(handle) == 1
    }

    /// The addresses, once `isDone`; empty when the name has none.
    func take() -> [IPAddress] {
        guard let handle = unsafe self.handle else { return [] }
        var found = [clinux_address](repeating: clinux_address(), count: Self.addressCountMax)
        let count = unsafe found.withUnsafeMutableBufferPointer { buffer in
            // Safe: the callee writes at most `count` addresses; the handle is alive as above.
            unsafe clinux_resolve_take(handle, buffer.baseAddress, Int32(buffer.count))
        }
        return found.prefix(Int(max(0, count))).compactMap { IPAddress($0) }
    }

    /// Frees the handle. False when a resolver thread still holds it: try again later.
    func release() -> Bool {
        guard let handle = unsafe self.handle else { return true }
        // Safe: freed once; the handle is forgotten below.
        guard unsafe clinux_resolve_release(handle) == 1 else { return false }
        unsafe self.handle = nil
        return true
    }

    private static let addressCountMax = 8
}
