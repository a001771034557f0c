import Testing
import Timekeeping

@Suite struct DeadlineQueueTests {
    @Test func keysComeInOrderOfDeadlinesThenOfSetting() {
        var queue = DeadlineQueue<String>()
        queue.set("late", to: .origin + .seconds(3))
        queue.set("first of two", to: .origin + .seconds(1))
        queue.set("second of two", to: .origin + .seconds(1))
        #expect(queue.deadline == .origin + .seconds(1))
        #expect(queue.popDue(at: .origin) == nil)
        let now = Instant.origin + .seconds(3)
        #expect(
            [queue.popDue(at: now), queue.popDue(at: now), queue.popDue(at: now), queue.popDue(at: now)]
                == ["first of two", "second of two", "late", nil])
        #expect(queue.isEmpty)
    }

    @Test func movingAKeyForgetsItsOldDeadline() {
        var queue = DeadlineQueue<Int>()
        queue.set(1, to: .origin + .seconds(1))
        queue.set(2, to: .origin + .seconds(2))
        queue.set(1, to: .origin + .seconds(5))
        #expect(queue.popDue(at: .origin + .seconds(4)) == 2)
        #expect(queue.popDue(at: .origin + .seconds(4)) == nil)
        #expect(queue.deadline(of: 1) == .origin + .seconds(5))
        queue.set(1, to: nil)
        #expect(queue.deadline == nil)
    }

    /// A key that is moved a million times must not grow the heap: it is rebuilt when most of it is stale.
    @Test func agreesWithASortedListUnderManyMoves() {
        var queue = DeadlineQueue<Int>()
        var model: [Int: Int] = [:]
        var seed: UInt64 = 1
        for _ in 0..<20_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = Int(seed >> 33) % 50
            let deadline = Int(seed >> 40) % 10_000
            queue.set(key, to: .origin + .milliseconds(deadline))
            model[key] = deadline
        }
        var popped: [Int] = []
        while let key = queue.popDue(at: .origin + .seconds(10)) {
            if let deadline = model.removeValue(forKey: key) { popped.append(deadline) }
        }
        #expect(popped.count == 50)
        #expect(popped == popped.sorted())
        #expect(model.isEmpty)
    }

    @Test func timersOfOneMachineFireInOrder() {
        var timers = TimerTable<Character>()
        timers.arm("B", at: .origin + .seconds(32))
        timers.arm("A", at: .origin + .milliseconds(500))
        #expect(timers.deadline == .origin + .milliseconds(500))
        #expect(timers.popDue(at: .origin) == nil)
        #expect(timers.popDue(at: .origin + .seconds(1)) == "A")
        timers.arm("A", at: .origin + .seconds(1))
        timers.arm("A", at: .origin + .seconds(2))
        #expect(timers.deadline(of: "A") == .origin + .seconds(2))
        timers.disarm("A")
        #expect(timers.deadline == .origin + .seconds(32))
        timers.disarmAll()
        #expect(timers.deadline == nil)
    }
}
