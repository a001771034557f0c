/// What is remembered of the keys that were set of late: at least the last `countMax / 2`, at most `countMax`.
///
/// Two generations of half the size each: when the younger is full, the elder is forgotten. So a stranger who comes with
/// ever new keys costs no more than that, without a list to keep in order.
package struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package let countMax: Int
    private var younger: [Key: Value] = [:]
    private var elder: [Key: Value] = [:]

    package init(countMax: Int) {
        precondition(countMax >= 2, "each generation holds something")
        self.countMax = countMax
    }

    package var count: Int { self.younger.count + self.elder.count }

    package subscript(key: Key) -> Value? {
        self.younger[key] ?? self.elder[key]
    }

    package mutating func set(_ key: Key, to value: Value) {
        self.elder[key] = nil
        if self.younger[key] == nil, self.younger.count >= self.countMax / 2 {
            self.elder = self.younger
            self.younger = [:]
        }
        self.younger[key] = value
    }
}
