extension Array {
    /// Takes the array out of its owner for as long as its spans are at work, because a span of a property would keep
    /// the whole owner busy; the caller puts it back. Neither way copies or allocates.
    mutating func lend() -> [Element] {
        var lent: [Element] = []
        swap(&self, &lent)
        return lent
    }
}
