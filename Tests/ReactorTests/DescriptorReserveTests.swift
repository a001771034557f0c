import CLinux
import Reactor
import Testing

/// What is kept back of the descriptors, and that the kernel's count is followed.
@Suite(.serialized) struct DescriptorReserveTests {
    @Test(arguments: [(60, 15), (72, 18), (256, 64), (1_024, 64), (1_048_576, 64)])
    func reserve(limit: Int, kept: Int) {
        #expect(DescriptorReserve.reserve(of: limit) == kept)
    }

    @Test func openDescriptorsAreCounted() throws {
        let before = DescriptorReserve.counts
        #expect(before.limit > 0 && before.left > 0 && before.left < before.limit)
        #expect(DescriptorReserve.admitsMore && DescriptorReserve.admitsParts)
        // Other tests open and close some meanwhile: so many that theirs do not matter.
        var wakers: [Waker] = []
        for _ in 0..<100 { wakers.append(try Waker()) }
        let after = DescriptorReserve.counts
        #expect(before.left - after.left >= 50, "\(before) \(after)")
        withExtendedLifetime(wakers) {}
    }
}
