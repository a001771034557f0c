/// When a lost connection of live calls is dialled again: exponential pauses with jitter, and an end. Sans-IO.
package struct RedialSchedule: Sendable {
    private var attempts = 0

    /// After that only the calls' own requests dial.
    package static let attemptsMax = 8
    package static let pauseMax: Duration = .seconds(30)
    private static let firstPause: Duration = .milliseconds(500)

    package init() {}

    /// The pause before the next attempt: half to the whole of a length that doubles, so that the gateways that lost one
    /// carrier do not come back in the same moment. Nil when it is enough.
    package mutating func next(using random: inout some RandomNumberGenerator) -> Duration? {
        guard self.attempts < Self.attemptsMax else { return nil }
        let length = min(Self.firstPause * (1 << self.attempts), Self.pauseMax)
        self.attempts += 1
        return length * Double.random(in: 0.5...1, using: &random)
    }
}
