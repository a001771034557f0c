/// Keys in order of their deadlines: the timers of many transactions, dialogs or calls in one place.
///
/// A binary heap of (deadline, key) with an index of the live deadline of each key, so that moving or removing a deadline
/// costs O(log n) amortised; stale heap entries are dropped when they surface, and the heap is rebuilt when more than
/// half of it is stale, so it never holds more than twice the live keys plus 32.
package struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var deadline: Instant
        var order: UInt64
        var key: Key

        /// Earlier deadline first; equal deadlines in the order in which they were set.
        func comes(before other: Entry) -> Bool {
            self.deadline == other.deadline ? self.order < other.order : self.deadline < other.deadline
        }
    }

    private var heap: [Entry] = []
    private var live: [Key: (deadline: Instant, order: UInt64)] = [:]
    private var nextOrder: UInt64 = 0

    package init() {}

    package var count: Int { self.live.count }
    package var isEmpty: Bool { self.live.isEmpty }

    /// The earliest deadline, or nil when nothing waits.
    package var deadline: Instant? {
        mutating get {
            self.dropStaleEntries()
            return self.heap.first?.deadline
        }
    }

    package func deadline(of key: Key) -> Instant? {
        self.live[key]?.deadline
    }

    /// Sets or moves the deadline of `key`; nil removes it.
    package mutating func set(_ key: Key, to deadline: Instant?) {
        guard let deadline else {
            self.live[key] = nil
            return
        }
        if self.live[key]?.deadline == deadline { return }
        self.nextOrder += 1
        self.live[key] = (deadline, self.nextOrder)
        self.push(Entry(deadline: deadline, order: self.nextOrder, key: key))
        if self.heap.count > 2 * self.live.count + 32 { self.rebuild() }
    }

    package mutating func remove(_ key: Key) {
        self.live[key] = nil
    }

    /// Takes out the next key whose deadline has come, or returns nil when none has.
    package mutating func popDue(at now: Instant) -> Key? {
        self.dropStaleEntries()
        guard let first = self.heap.first, first.deadline <= now else { return nil }
        self.popFirst()
        self.live[first.key] = nil
        return first.key
    }

    private mutating func dropStaleEntries() {
        while let first = self.heap.first, self.live[first.key]?.order != first.order {
            self.popFirst()
        }
    }

    private mutating func push(_ entry: Entry) {
        self.heap.append(entry)
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].comes(before: self.heap[parent]) else { return }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func popFirst() {
        let last = self.heap.removeLast()
        guard !self.heap.isEmpty else { return }
        self.heap[0] = last
        self.siftDown(from: 0)
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            let left = 2 * parent + 1
            guard left < self.heap.count else { return }
            let right = left + 1
            let least = right < self.heap.count && self.heap[right].comes(before: self.heap[left]) ? right : left
            guard self.heap[least].comes(before: self.heap[parent]) else { return }
            self.heap.swapAt(least, parent)
            parent = least
        }
    }

    private mutating func rebuild() {
        self.heap.removeAll(where: { self.live[$0.key]?.order != $0.order })
        for parent in stride(from: self.heap.count / 2 - 1, through: 0, by: -1) {
            self.siftDown(from: parent)
        }
    }
}
