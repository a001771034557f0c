import CallControl
import Testing
import Timekeeping

/// What belongs to nobody is found once it has been so for too long, and what is on its way to an owner never is.
@Suite struct OrphanWatchTests {
    private static func at(_ seconds: Int) -> Instant { .origin + .seconds(seconds) }

    @Test func anOrphanIsFoundAfterItsTime() {
        var watch = OrphanWatch<String>(patience: .seconds(40))
        #expect(watch.sweep(["a", "b"], owned: ["b"], at: Self.at(0)).isEmpty)
        #expect(watch.sweep(["a", "b"], owned: ["b"], at: Self.at(39)).isEmpty)
        #expect(watch.sweep(["a", "b"], owned: ["b"], at: Self.at(40)) == ["a"])
        #expect(watch.sweep(["a", "b"], owned: ["b"], at: Self.at(60)).isEmpty, "it was told once")
        #expect(watch.sweep(["a", "b"], owned: ["b"], at: Self.at(80)) == ["a"], "it is there still")
        #expect(watch.sweep(["b"], owned: ["b"], at: Self.at(100)).isEmpty)
        #expect(watch.suspectCount == 0)
    }

    @Test func anOwnerInBetweenBeginsAnew() {
        var watch = OrphanWatch<Int>(patience: .seconds(40))
        _ = watch.sweep([1], owned: [], at: Self.at(0))
        _ = watch.sweep([1], owned: [1], at: Self.at(30))
        #expect(watch.sweep([1], owned: [], at: Self.at(60)).isEmpty)
        #expect(watch.sweep([1], owned: [], at: Self.at(99)).isEmpty)
        #expect(watch.sweep([1], owned: [], at: Self.at(100)) == [1])
    }

    @Test func whatGoesByItselfIsForgotten() {
        var watch = OrphanWatch<Int>(patience: .seconds(40))
        for second in 0..<200 {
            #expect(watch.sweep([second], owned: [], at: Self.at(second)).isEmpty)
            #expect(watch.suspectCount == 1)
        }
    }
}
