import SIPSyntax

/// Where a 3xx says that the callee is (RFC 3261 sections 8.1.3.4 and 21.3), within limits that keep a call from being
/// sent around in circles or to where it was never meant to go.
package struct Redirection: Hashable, Sendable {
    /// Targets tried for one call, the first not counted.
    package let targetsMax: Int
    /// How many redirections may follow each other.
    package let depthMax: Int

    package static let targetsRange = 1...10
    package static let depthRange = 1...3

    private var depth = 0
    private var seen: [SIPURI] = []
    private var waiting: [SIPURI] = []

    package init(targetsMax: Int = 5, depthMax: Int = 2) {
        self.targetsMax = min(max(targetsMax, Self.targetsRange.lowerBound), Self.targetsRange.upperBound)
        self.depthMax = min(max(depthMax, Self.depthRange.lowerBound), Self.depthRange.upperBound)
    }

    /// Notes the URI that the call went to first, so that nobody sends it back there.
    package mutating func began(at uri: SIPURI) {
        self.seen.append(uri)
    }

    /// Takes the Contacts of a 3xx to the INVITE that went to the last target. They go before those that wait: they are
    /// the callee's own newest word.
    package mutating func take(_ response: Response) {
        guard response.status.class == .redirection, self.depth < self.depthMax else { return }
        self.depth += 1
        var room = self.targetsMax - (self.seen.count - 1) - self.waiting.count
        var fresh: [SIPURI] = []
        for uri in response.redirectionTargets where room > 0 {
            guard !(self.seen + self.waiting + fresh).contains(where: { $0.isEquivalent(to: uri) }) else { continue }
            fresh.append(uri)
            room -= 1
        }
        self.waiting = fresh + self.waiting
    }

    /// The next target to try; nil when there is none left.
    package mutating func next() -> SIPURI? {
        guard !self.waiting.isEmpty else { return nil }
        let uri = self.waiting.removeFirst()
        self.seen.append(uri)
        return uri
    }
}

extension Response {
    /// The SIP URIs among the Contacts of a 3xx, the highest `q` first, equal ones in their order. Other schemes, and
    /// `sip:` where the answered INVITE was `sips:`, are for the caller to leave out.
    package var redirectionTargets: [SIPURI] {
        guard self.status.class == .redirection, let contacts = try? self.headers.contacts else { return [] }
        let rated = contacts.prefix(Self.contactsMax).enumerated().compactMap { index, contact in
            contact.uri.sip.map { (uri: $0.asRequestURI, quality: contact.quality, index: index) }
        }
        return rated.sorted { ($1.quality, $0.index) < ($0.quality, $1.index) }.map(\.uri)
    }

    private static let contactsMax = 20
}

extension NameAddress {
    /// `q` in thousandths; 1000 without one (RFC 3261 section 20.10), 0 for one that cannot be read.
    fileprivate var quality: Int {
        guard let text = self.parameters["q"] else { return 1000 }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0] == "0" || parts[0] == "1" else { return 0 }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy(\.isDigit) else { return 0 }
        let padded = fraction + String(repeating: "0", count: 3 - fraction.utf8.count)
        return min((parts[0] == "1" ? 1000 : 0) + (Int(padded) ?? 0), 1000)
    }
}
