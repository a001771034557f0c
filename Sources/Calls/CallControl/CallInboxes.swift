import Synchronization

/// Finds the inbox of a call from any thread.
final class CallInboxes: Sendable {
    private let inboxes = Mutex<[CallIdentifier: CallInbox]>([:])

    func open(_ call: CallIdentifier, _ inbox: CallInbox) {
        self.inboxes.withLock { $0[call] = inbox }
    }

    func close(_ call: CallIdentifier) {
        self.inboxes.withLock { $0[call] = nil }
    }

    /// False when the call is over.
    @discardableResult
    func deliver(_ input: CallInput, to call: CallIdentifier) -> Bool {
        guard let inbox = self.inboxes.withLock({ $0[call] }) else { return false }
        inbox.post(input)
        return true
    }
}
