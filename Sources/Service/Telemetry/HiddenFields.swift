import Synchronization

/// Header fields that calls bring along, by a bot or through the API: their values are a customer's business and are hidden
/// in every trace from then on, as those of the configuration are.
///
/// At most `countMax` names, which are few in practice as programs write them; where there are more, whoever writes them
/// is beyond help, and the first ones stay hidden.
package final class HiddenFields: Sendable {
    package static let countMax = 1_024

    private let lowercased = Mutex<Set<String>>([])

    package init() {}

    /// Hides these from now on, whatever their case.
    package func hide(_ names: [String]) {
        guard !names.isEmpty else { return }
        self.lowercased.withLock { known in
            for name in names where known.count < Self.countMax { known.insert(name.lowercased()) }
        }
    }

    package var names: Set<String> { self.lowercased.withLock { $0 } }
}
