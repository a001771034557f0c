import BotProtocol
import Synchronization

/// The sessions that exist, by the call that each was opened for; the last one where a call has several.
final class MediaCensus: Sendable {
    private let mailboxes = Mutex<[String: SessionMailbox]>([:])

    func add(_ mailbox: SessionMailbox, for callID: String) {
        self.mailboxes.withLock { $0[callID] = mailbox }
    }

    func remove(_ mailbox: SessionMailbox, for callID: String) {
        self.mailboxes.withLock { mailboxes in
            if mailboxes[callID] === mailbox { mailboxes[callID] = nil }
        }
    }

    var callIDs: Set<String> { self.mailboxes.withLock { Set($0.keys) } }

    func mailbox(of callID: String) -> SessionMailbox? {
        self.mailboxes.withLock { $0[callID] }
    }
}

extension MediaPlane {
    /// The calls that sessions were opened for and that have not ended.
    package var callIDs: Set<String> { self.census.callIDs }

    /// Ends a session whose owner is gone; false when there is none.
    @discardableResult
    package func stop(_ callID: String) -> Bool {
        self.census.mailbox(of: callID)?.post(.stop(.failure)) ?? false
    }
}
