/// Names one INVITE session for its owner, from the INVITE to its terminal event. Never used twice by one core.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }

    package var description: String { "session \(self.number)" }
}

/// Names one request that the core sent outside any dialog (OPTIONS, or a whole registration) for its owner.
package struct RequestID: Hashable, Sendable {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }
}
