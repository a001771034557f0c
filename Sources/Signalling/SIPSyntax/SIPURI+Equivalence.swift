extension SIPURI {
    /// Whether both name the same resource by RFC 3261 section 19.1.4.
    ///
    /// This is no equivalence relation (a parameter that only one URI has is ignored), so it is not `==`, which
    /// compares what is written.
    package func isEquivalent(to other: SIPURI) -> Bool {
        guard self.isSecure == other.isSecure, self.host == other.host, self.port == other.port,
            Self.normalised(self.escapedUser) == Self.normalised(other.escapedUser),
            Self.normalised(self.escapedPassword) == Self.normalised(other.escapedPassword),
            self.headerSet == other.headerSet
        else { return false }
        return self.parameters.areEquivalent(to: other.parameters)
    }

    private static func normalised(_ text: String?) -> String? {
        text.map { PercentEncoding.normalise($0.utf8) }
    }

    /// Header components are compared in any order, their names without case.
    private var headerSet: Set<[String]> {
        guard let headers = self.escapedHeaders else { return [] }
        return Set(
            headers.split(separator: "&").map { part in
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = PercentEncoding.normalise(pair[0].utf8).asciiLowercased
                return [name, pair.count > 1 ? PercentEncoding.normalise(pair[1].utf8) : ""]
            })
    }
}

extension Parameters {
    /// A parameter that both have must match; these five must not stand in one of them only. Of a name that comes twice,
    /// which RFC 3261 section 19.1.1 forbids, the first counts, as everywhere.
    fileprivate func areEquivalent(to other: Parameters) -> Bool {
        for name in ["user", "ttl", "method", "maddr", "transport"] where self.contains(name) != other.contains(name) {
            return false
        }
        return self.entries.allSatisfy { entry in
            guard other.contains(entry.name) else { return true }
            let mine = PercentEncoding.normalise((self[entry.name] ?? "").utf8)
            let theirs = PercentEncoding.normalise((other[entry.name] ?? "").utf8)
            return mine.equalsIgnoringCase(theirs)
        }
    }
}
