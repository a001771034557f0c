import CLinux

/// A file descriptor with one owner, closed when that owner is gone.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    package init(owning number: Int32) {
        precondition(number >= 0, "a descriptor is never negative")
        self.number = number
    }

    deinit {
        // A failed close leaves nothing to undo: Linux has freed the number in every case.
        _ = clinux_close(self.number)
    }

    /// Gives the number to a new owner, who closes it.
    package consuming func take() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}
