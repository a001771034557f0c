import Timekeeping

/// How a trunk's points of presence are watched with OPTIONS.
package struct HealthCheck: Hashable, Sendable {
    /// The least pause between two checks; each pause is drawn up to twice as long, so that checks of many gateways and
    /// many addresses do not fall together.
    package var interval: Duration = .seconds(30)
    /// Failures in a row that take an address out of use.
    package var failuresMax = 3
    /// Answers in a row that take it back into use.
    package var answersMin = 2

    package static let countRange = 1...20

    package init() {}
}

/// Whether a point of presence is worth a call, from the answers to OPTIONS.
///
/// ```
///        failuresMax failures in a row
///   up ───────────────────────────────▶ down
///    ◀─────────────────────────────────┘
///        answersMin answers in a row
/// ```
/// Sans-IO. It begins as up: the first calls do not wait for the first check.
package struct PointOfPresenceHealth: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// `failures` of the last checks, in a row.
        case up(failures: Int)
        /// `answers` of the last checks, in a row.
        case down(answers: Int)
    }

    package enum Change: Hashable, Sendable {
        case wentDown
        case cameUp
    }

    package private(set) var state = State.up(failures: 0)
    private let check: HealthCheck

    package init(_ check: HealthCheck) {
        self.check = check
    }

    package var isUp: Bool {
        switch self.state {
        case .up: true
        case .down: false
        }
    }

    /// A check is over: answered, or not.
    package mutating func note(isAlive: Bool) -> Change? {
        switch (self.state, isAlive) {
        case (.up, true):
            self.state = .up(failures: 0)
            return nil
        case (.up(let failures), false):
            guard failures + 1 >= self.check.failuresMax else {
                self.state = .up(failures: failures + 1)
                return nil
            }
            self.state = .down(answers: 0)
            return .wentDown
        case (.down, false):
            self.state = .down(answers: 0)
            return nil
        case (.down(let answers), true):
            guard answers + 1 >= self.check.answersMin else {
                self.state = .down(answers: answers + 1)
                return nil
            }
            self.state = .up(failures: 0)
            return .cameUp
        }
    }

    /// The pause before the next check: from the interval to twice the interval.
    package func pause(using random: inout some RandomNumberGenerator) -> Duration {
        self.check.interval * Double.random(in: 1...2, using: &random)
    }
}
