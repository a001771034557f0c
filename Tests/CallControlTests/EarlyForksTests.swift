import CallControl
import Testing

/// Whose early media is heard when an INVITE rings in several places.
@Suite struct EarlyForksTests {
    private func taken(_ tags: [String]) -> [Bool] {
        var forks = EarlyForks()
        return tags.map { forks.takes($0) }
    }

    /// The latest fork is heard, also when it changes its description; one that was left does not come back.
    @Test(arguments: [
        (["a", "a"], [true, true]), (["a", "b", "b"], [true, true, true]), (["a", "b", "a"], [true, true, false]),
        (["a", "b", "c", "b", "a", "c"], [true, true, true, false, false, true]),
    ])
    func latestIsHeard(tags: [String], expected: [Bool]) {
        #expect(self.taken(tags) == expected)
    }

    /// Beyond the user agent's number of early dialogs nobody new is taken, and who is heard stays.
    @Test func forksAreBounded() {
        let tags = (1...20).map(String.init)
        #expect(self.taken(tags).filter { $0 }.count == EarlyForks.countMax)
        #expect(self.taken(tags + ["8"]).last == true)
    }

    /// Another INVITE begins anew.
    @Test func nextInviteBeginsAnew() {
        var forks = EarlyForks()
        for tag in ["a", "b"] { _ = forks.takes(tag) }
        forks.reset()
        let isTaken = forks.takes("a")
        #expect(isTaken)
    }
}
