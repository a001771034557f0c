import SIPSyntax

/// The early dialogs of one INVITE of ours, by the peer's tag (RFC 3261 section 12.1, RFC 3262 section 4).
struct EarlyDialogs: Sendable {
    struct Entry: Sendable {
        var dialog: Dialog
        /// The RSeq number of the last reliable provisional; nil before the first.
        private(set) var lastNumber: UInt32?
        /// The SDP answer that a reliable provisional had.
        var answer: [UInt8]?
        /// The reliable provisional whose offer the owner is to answer in the PRACK.
        var owed: Response?

        init(dialog: Dialog) {
            self.dialog = dialog
        }

        /// Whether a reliable provisional is the next in order. A gap is not acknowledged: the peer sends the missing one
        /// again first; one that was acknowledged is not again.
        mutating func takesNumber(_ number: UInt32) -> Bool {
            if let last = self.lastNumber, number != last &+ 1 { return false }
            self.lastNumber = number
            return true
        }
    }

    private(set) var entries: [String: Entry] = [:]

    subscript(tag: String) -> Entry? {
        get { self.entries[tag] }
        set { self.entries[tag] = newValue }
    }

    var count: Int { self.entries.count }

    var dialogIDs: [DialogID] { self.entries.values.map(\.dialog.id) }

    mutating func removeAll() {
        self.entries = [:]
    }

    mutating func connectionClosed(_ connection: ConnectionID) {
        for tag in self.entries.keys { self.entries[tag]?.dialog.connectionClosed(connection) }
    }
}
