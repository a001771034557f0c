/// Whose early media is heard when an INVITE rings in several places (RFC 3960 section 3.1).
///
/// The fork that began last is heard: a proxy that tries one place after the other wants it so, and the places that ring at
/// once begin in some order. A fork that was left for another does not come back by repeating itself, which would make
/// the audio jump to and fro; the answer decides in the end. Forks are told apart by their To tags.
package struct EarlyForks: Hashable, Sendable {
    /// As many as the user agent has early dialogs of one INVITE.
    package static let countMax = 8

    private var heard: String?
    private var left: Set<String> = []

    package init() {}

    /// Whether the description of this fork is to be taken.
    package mutating func takes(_ tag: String) -> Bool {
        if tag == self.heard { return true }
        guard !self.left.contains(tag), self.left.count < Self.countMax - 1 || self.heard == nil else { return false }
        if let heard { self.left.insert(heard) }
        self.heard = tag
        return true
    }

    /// Another INVITE has forks of its own.
    package mutating func reset() {
        self = EarlyForks()
    }
}
