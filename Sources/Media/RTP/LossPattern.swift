/// Whether missing packets come alone or in runs: the burst and gap statistics of RFC 3611 section 4.7.2, counted as its
/// appendix A.2 does.
///
/// A gap is a time in which losses are at least `gapMin` packets apart; a burst is the rest. Fed with each packet in its
/// order, played or not; takes no memory.
package struct LossPattern: Hashable, Sendable {
    // Transitions between received in a gap (1), received in a burst (2), lost in a burst (3) and lost alone (4).
    private var c11: UInt64 = 0
    private var c13: UInt64 = 0
    private var c14: UInt64 = 0
    private var c22: UInt64 = 0
    private var c23: UInt64 = 0
    private var c33: UInt64 = 0
    /// Packets since the last loss.
    private var sinceLoss: UInt64 = 0
    /// Losses of the burst that is open.
    private var open: UInt64 = 0
    package private(set) var played: UInt64 = 0
    package private(set) var missed: UInt64 = 0

    /// Gmin, with which a burst loses more than about 6 %.
    package static let gapMin: UInt64 = 16

    package init() {}

    package mutating func notePlayed() {
        self.played += 1
        self.sinceLoss += 1
    }

    package mutating func noteMissed() {
        self.missed += 1
        if self.sinceLoss >= Self.gapMin || self.open == 0 {
            if self.open == 1 { self.c14 += 1 } else if self.open > 1 { self.c13 += 1 }
            self.open = 1
            self.c11 += self.sinceLoss
        } else {
            self.open += 1
            if self.sinceLoss == 0 {
                self.c33 += 1
            } else {
                self.c23 += 1
                self.c22 += self.sinceLoss - 1
            }
        }
        self.sinceLoss = 0
    }

    /// The share that was not played, 0 to 1.
    package var loss: Double {
        let all = self.played + self.missed
        return all == 0 ? 0 : Double(self.missed) / Double(all)
    }

    /// The shares lost within bursts and within gaps, and their mean lengths in packets.
    package var bursts: (density: Double, length: Double) {
        let lost = self.c33 + self.c23 + self.burstCount
        let all = lost + self.c22 + self.c23
        guard self.burstCount > 0, all > 0 else { return (0, 0) }
        return (Double(lost) / Double(all), Double(all) / Double(self.burstCount))
    }

    package var gaps: (density: Double, length: Double) {
        let alone = self.c14 + (self.open == 1 ? 1 : 0)
        let received = self.c11 + (self.open <= 1 ? self.sinceLoss : 0)
        let all = alone + received
        guard all > 0 else { return (0, 0) }
        return (Double(alone) / Double(all), Double(all) / Double(self.burstCount + 1))
    }

    /// How much longer the runs of losses are than if they fell at random (G.107 section 7.5); 1 for random loss.
    package var burstRatio: Double {
        let runs = self.missed - self.c33
        guard runs > 0, self.loss < 1 else { return 1 }
        return max(1, Double(self.missed) / Double(runs) * (1 - self.loss))
    }

    private var burstCount: UInt64 { self.c13 + (self.open > 1 ? 1 : 0) }
}
