import SIPSyntax

/// The ACKs of one INVITE of ours: one for each dialog that its 2xx answers opened, sent again with each of them
/// (RFC 3261 section 13.2.2.4). Kept as long as the INVITE's transaction.
struct Acknowledgements: Sendable {
    struct Entry: Sendable {
        let request: Request
        let destination: Destination
    }

    private var entries: [String: Entry] = [:]

    var count: Int { self.entries.count }

    /// The ACK for the answer with this To tag, if there was one before.
    func entry(forTag tag: String) -> Entry? {
        self.entries[tag]
    }

    mutating func keep(_ request: Request, to destination: Destination, forTag tag: String) {
        self.entries[tag] = Entry(request: request, destination: destination)
    }
}
