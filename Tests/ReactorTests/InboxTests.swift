import Reactor
import Synchronization
import Testing
import Timekeeping

/// The bounded queue between threads.
struct InboxTests {
    @Test func ordinaryMessagesAreRefusedWhenFull() {
        let inbox = Inbox<Int>(capacity: 2, reservedCapacity: 1)
        #expect(inbox.post(1))
        #expect(inbox.post(2))
        #expect(!inbox.post(3))
        #expect(inbox.refusedCount == 1)
        #expect(inbox.count == 2)
    }

    /// A stop gets in when nothing else does, and keeps its place in the order.
    @Test func reservedMessagesHaveRoomOfTheirOwn() {
        let inbox = Inbox<Int>(capacity: 1, reservedCapacity: 2)
        #expect(inbox.post(1))
        #expect(!inbox.post(2))
        #expect(inbox.postReserved(3))
        #expect(inbox.postReserved(4))
        #expect(!inbox.postReserved(5))
        var messages: [Int] = [99]
        inbox.drain(into: &messages)
        #expect(messages == [1, 3, 4])
        #expect(inbox.count == 0)
        #expect(inbox.post(6))
        #expect(inbox.postReserved(7))
        inbox.drain(into: &messages)
        #expect(messages == [6, 7])
        inbox.drain(into: &messages)
        #expect(messages.isEmpty)
    }

    @Test func closedInboxRefusesAndKeepsWhatWaits() {
        let inbox = Inbox<Int>(capacity: 4, reservedCapacity: 4)
        #expect(inbox.post(1))
        inbox.close()
        #expect(!inbox.post(2))
        #expect(!inbox.postReserved(3))
        var messages: [Int] = []
        inbox.drain(into: &messages)
        #expect(messages == [1])
    }

    /// Four threads post, one loop drains: nothing lost, nothing doubled, each thread's order kept, every wake-up seen.
    @Test func manyProducersOneLoop() throws {
        let waker = try Waker()
        let inbox = Inbox<(producer: Int, number: Int)>(capacity: 1_000_000, reservedCapacity: 1, waker: waker)
        let reactor = try Reactor(waker: waker)
        let perProducer = 20_000
        let threads = try (0..<4).map { producer in
            try LoopThread.start(name: "producer-\(producer)") { _ in
                for number in 0..<perProducer {
                    #expect(inbox.post((producer, number)))
                }
            }
        }
        var received = [Int](repeating: 0, count: 4)
        var messages: [(producer: Int, number: Int)] = []
        let started = Reactor.now()
        let deadline = started + .seconds(60)
        while received.reduce(0, +) < 4 * perProducer, Reactor.now() < deadline {
            try reactor.wait(until: deadline) { _ in }
            inbox.drain(into: &messages)
            for message in messages {
                #expect(message.number == received[message.producer])
                received[message.producer] += 1
            }
        }
        for thread in threads { thread.join() }
        #expect(received == [Int](repeating: perProducer, count: 4))
        // A wake-up that got lost would show as a wait until the deadline.
        #expect(Reactor.now() < deadline)
    }
}
