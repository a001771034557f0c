import Testing
import Timekeeping
import VirtualNetwork

/// The link under the flows does what its conditions say, the same at each run.
@Suite struct VirtualLinkTests {
    private func arrivals(_ conditions: LinkConditions, seed: UInt64, count: Int = 10_000) -> [[Instant]] {
        var link = VirtualLink(conditions: conditions, seed: seed)
        return (0..<count).map { _ in link.carryDatagram(sentAt: .origin) }
    }

    @Test func cleanLinkOnlyDelays() {
        let link = VirtualLink(conditions: .clean, seed: 1)
        #expect(self.arrivals(.clean, seed: 1).allSatisfy { $0 == [.origin + .milliseconds(20)] })
        #expect(link.carryStream(sentAt: .origin) == .origin + .milliseconds(20))
    }

    @Test func seedDecides() {
        let conditions = LinkConditions(lossRatio: 0.3, reorderRatio: 0.2, duplicateRatio: 0.1)
        #expect(self.arrivals(conditions, seed: 5) == self.arrivals(conditions, seed: 5))
        #expect(self.arrivals(conditions, seed: 5) != self.arrivals(conditions, seed: 6))
    }

    /// Ratios are met within a percent over 10,000 datagrams.
    @Test func ratiosAreMet() {
        let conditions = LinkConditions(lossRatio: 0.3, reorderRatio: 0.2, duplicateRatio: 0.1)
        let all = self.arrivals(conditions, seed: 5)
        let delivered = all.filter { !$0.isEmpty }
        let late = delivered.filter { $0[0] == .origin + .milliseconds(80) }
        let double = delivered.filter { $0.count == 2 }
        #expect(abs(Double(all.count - delivered.count) / 10_000 - 0.3) < 0.01)
        #expect(abs(Double(late.count) / Double(delivered.count) - 0.2) < 0.01)
        #expect(abs(Double(double.count) / Double(delivered.count) - 0.1) < 0.01)
    }
}
