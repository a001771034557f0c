import Synchronization

/// Carries one value that belongs to one thread to another: put in once, taken out once.
final class Parcel<Content: ~Copyable>: Sendable {
    private let content: Mutex<Content?>

    init(_ content: consuming sending Content) {
        self.content = Mutex(content)
    }

    /// The content, for the first who asks; nil for every later one.
    func take() -> sending Content? {
        self.content.withLock { content in
            let taken = content.take()
            return taken
        }
    }
}
