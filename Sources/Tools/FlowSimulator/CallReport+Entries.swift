extension CallReport {
    /// Messages of the ladder, and deeds, that a report keeps. Of a call with more the first ones say what went wrong.
    package static let entriesMax = 1_000
}

extension Array {
    /// Appends where there is room for one more.
    package mutating func append(_ element: Element, upTo countMax: Int) {
        if self.count < countMax { self.append(element) }
    }
}
