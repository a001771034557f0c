import Timekeeping

/// When to send the next RTCP compound (RFC 3550 sections 6.2 and 6.3, appendix A.7).
///
/// A call has two members, so the timer reconsideration of larger sessions never changes anything and is left out. The
/// interval is the larger of the minimum and what 5 % of the session's bandwidth allows, times a random factor of 0.5 to
/// 1.5, divided by e - 1.5. The first report comes after half the minimum.
package struct RTCPSchedule: Sendable {
    /// When the next compound is due.
    package private(set) var deadline: Instant
    /// The mean compound in octets with UDP and IP headers, over all that were sent and received.
    package private(set) var averageLengthInBytes: Double = 100
    private let minimum: Duration
    private let bandwidth: Double

    /// - Parameters:
    ///   - now: when the session begins.
    ///   - minimum: the shortest interval before randomisation.
    ///   - sessionBandwidth: of the audio stream, both directions, in bits a second.
    package init(
        at now: Instant, minimum: Duration = .seconds(5), sessionBandwidth: Double = 160_000,
        using random: inout some RandomNumberGenerator
    ) {
        precondition(minimum > .zero && sessionBandwidth > 0, "a schedule needs an interval and a bandwidth")
        self.minimum = minimum
        self.bandwidth = sessionBandwidth
        self.deadline = now
        self.deadline = now + self.interval(minimum: minimum / 2, using: &random)
    }

    package func isDue(at now: Instant) -> Bool {
        self.deadline <= now
    }

    /// A compound was sent: sets the next deadline.
    package mutating func sent(
        lengthInBytes: Int, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        self.note(lengthInBytes: lengthInBytes)
        self.deadline = now + self.interval(minimum: self.minimum, using: &random)
    }

    /// A valid compound was received.
    package mutating func received(lengthInBytes: Int) {
        self.note(lengthInBytes: lengthInBytes)
    }

    private mutating func note(lengthInBytes: Int) {
        let whole = Double(lengthInBytes + Self.udpAndIPLength)
        self.averageLengthInBytes += (whole - self.averageLengthInBytes) / 16
    }

    private func interval(minimum: Duration, using random: inout some RandomNumberGenerator) -> Duration {
        let octetsASecond = self.bandwidth * 0.05 / 8
        let byBandwidth = Self.members * self.averageLengthInBytes / octetsASecond
        let seconds = max(minimum.inSeconds, byBandwidth) * Double.random(in: 0.5..<1.5, using: &random)
        return .nanoseconds(Int64(seconds / Self.compensation * 1_000_000_000))
    }

    private static let members = 2.0
    private static let udpAndIPLength = 28
    /// e - 3/2: undoes the bias towards short intervals that timer reconsideration would otherwise correct.
    private static let compensation = 1.21828
}
