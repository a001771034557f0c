import Timekeeping

/// How long packets are held between wire and play-out, by the quickest packets of the last one to two seconds: those
/// that the network delayed were held for less, and say nothing of the wire's clock.
struct HoldTracker: Sendable {
    private var longest: Duration?
    private var longestBefore: Duration?
    private var count = 0

    private static let window = 50

    init() {}

    var hold: Duration? {
        guard let longest = self.longest else { return self.longestBefore }
        return max(longest, self.longestBefore ?? longest)
    }

    /// What plays from now on is held for so much longer, or shorter.
    mutating func shift(by change: Duration) {
        self.longest? += change
        self.longestBefore? += change
    }

    mutating func note(_ held: Duration) {
        self.longest = max(held, self.longest ?? held)
        self.count += 1
        guard self.count == Self.window else { return }
        self.longestBefore = self.longest
        self.longest = nil
        self.count = 0
    }
}
