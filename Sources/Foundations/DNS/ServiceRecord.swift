/// One server of a service: an SRV record (RFC 2782).
package struct ServiceRecord: Hashable, Sendable {
    /// Lower is tried first.
    package let priority: UInt16
    /// Its share among those of the same priority.
    package let weight: UInt16
    package let port: UInt16
    /// Without a final dot; empty means that the service is not available at this domain.
    package let target: String

    package init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// The order in which servers are tried: by priority, and at random by weight among equals.
    ///
    /// RFC 2782's algorithm: of the records that are left, those of weight 0 first, one is drawn by a number from 0 to the
    /// sum of the weights, both included, so that a weight of 0 has a small chance too.
    package static func ordered(
        _ records: [ServiceRecord], using random: inout some RandomNumberGenerator
    ) -> [ServiceRecord] {
        var ordered: [ServiceRecord] = []
        for priority in Set(records.map(\.priority)).sorted() {
            var left = records.filter { $0.priority == priority }.sorted {
                ($0.weight, $0.target) < ($1.weight, $1.target)
            }
            while !left.isEmpty {
                var drawn = Int.random(in: 0...left.reduce(0) { $0 + Int($1.weight) }, using: &random)
                let index = left.firstIndex { record in
                    drawn -= Int(record.weight)
                    return drawn <= 0
                }
                ordered.append(left.remove(at: index ?? left.startIndex))
            }
        }
        return ordered
    }
}

/// One way to go on for a name: a NAPTR record (RFC 3403).
package struct NamingAuthorityRecord: Hashable, Sendable {
    /// Must be processed lowest first; no higher order is looked at once a record fits.
    package let order: UInt16
    /// Among records of one order.
    package let preference: UInt16
    /// `s` for SIP: the replacement is the name of SRV records (RFC 3263 section 4.1).
    package let flags: String
    /// Such as `SIPS+D2T`.
    package let service: String
    /// Without a final dot.
    package let replacement: String

    package init(order: UInt16, preference: UInt16, flags: String, service: String, replacement: String) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.replacement = replacement
    }

    /// The names of the SRV records for one service, in the order in which they are to be tried; flags and service are
    /// compared without case. Records with an expression instead of a replacement are none of SIP's.
    package static func serviceNames(_ records: [NamingAuthorityRecord], service: String) -> [String] {
        records.filter {
            $0.flags.lowercased() == "s" && $0.service.lowercased() == service.lowercased() && !$0.replacement.isEmpty
        }
        .sorted { ($0.order, $0.preference) < ($1.order, $1.preference) }
        .map(\.replacement)
    }
}
