import PCM

/// How a listener would judge a call: the E-model of ITU-T G.107 with its defaults, for G.711.
///
/// Of the model's twenty inputs a gateway knows three: the delay from mouth to ear, how many packets are missing, and
/// whether they are missing in bursts. All others stand at the values that G.107 gives for a call without fault, which
/// make 93.2 of 100.
package struct EModel: Hashable, Sendable {
    /// The transmission rating factor, 0 to 100: above 80 users are satisfied, below 60 nearly all are not.
    package let rating: Double
    /// The same without what delay does to a conversation.
    package let listeningRating: Double

    /// - Parameters:
    ///   - delay: one way, from mouth to ear.
    ///   - loss: the share of packets that were not played, 0 to 1.
    ///   - burstRatio: how much longer the runs of losses are than if they fell at random; 1 for random loss.
    package init(delay: Duration, loss: Double, burstRatio: Double = 1) {
        let percent = 100 * min(max(loss, 0), 1)
        let burst = min(max(burstRatio, 1), Self.burstRatioMax)
        let equipment = Self.equipmentMax * percent / (percent / burst + Self.robustness)
        self.listeningRating = max(0, Self.best - equipment)
        self.rating = max(0, Self.best - equipment - Self.delayImpairment(delay))
    }

    /// The mean opinion score that is estimated for a conversation, 1 to 4.5 (G.107 annex B).
    package var conversationScore: Double { Self.score(of: self.rating) }

    /// The same for one who only listens.
    package var listeningScore: Double { Self.score(of: self.listeningRating) }

    private static func score(of rating: Double) -> Double {
        guard rating > 0 else { return 1 }
        return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }

    /// Idd: nothing up to 100 ms (G.107 section 7.4).
    private static func delayImpairment(_ delay: Duration) -> Double {
        let milliseconds = delay / .milliseconds(1)
        guard milliseconds > 100 else { return 0 }
        let x = Transcendental.logarithm10(milliseconds / 100) / Transcendental.logarithm10(2)
        return 25 * (Self.sixthRoot(ofOnePlusSixthPowerOf: x) - 3 * Self.sixthRoot(ofOnePlusSixthPowerOf: x / 3) + 2)
    }

    private static func sixthRoot(ofOnePlusSixthPowerOf value: Double) -> Double {
        let square = value * value
        return Transcendental.powerOf10(Transcendental.logarithm10(1 + square * square * square) / 6)
    }

    private static let best = 93.2
    /// Ie is 0 for G.711, and 95 the most that equipment can take (G.107 section 7.5).
    private static let equipmentMax = 95.0
    /// Bpl of G.711 with concealment after its Appendix I (G.113 appendix I).
    private static let robustness = 25.1
    private static let burstRatioMax = 10.0
}
