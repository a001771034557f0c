/// What is known of the place that a message came from, beside its path.
package struct RequestSource: Hashable, Sendable {
    package enum Standing: Hashable, Sendable {
        /// An address that the configuration names: a trunk's.
        case known
        case stranger
    }

    /// How far the owner is behind with what was received before.
    package enum Backlog: Int, Hashable, Sendable, Comparable {
        case none
        case growing
        case critical

        package static func < (left: Backlog, right: Backlog) -> Bool { left.rawValue < right.rawValue }
    }

    package var standing: Standing
    package var backlog: Backlog

    package init(_ standing: Standing, backlog: Backlog = .none) {
        self.standing = standing
        self.backlog = backlog
    }

    package static let known = RequestSource(.known)
    package static let stranger = RequestSource(.stranger)
}
