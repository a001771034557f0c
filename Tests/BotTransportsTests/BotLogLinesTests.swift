import BotTransports
import Testing
import Timekeeping

/// A child's error output on its way to the log: whole lines, bounded in length and in number.
struct BotLogLinesTests {
    private func append(_ text: String, to lines: inout BotLogLines, at now: Instant = .origin) -> [String] {
        lines.append(Array(text.utf8)[...], at: now)
    }

    @Test func linesComeWhole() {
        var lines = BotLogLines(at: .origin)
        #expect(self.append("hel", to: &lines).isEmpty)
        #expect(self.append("lo\r\nwor", to: &lines) == ["hello"])
        #expect(self.append("ld\n\n", to: &lines) == ["world", ""])
        #expect(self.append("tail", to: &lines).isEmpty)
        #expect(lines.finish(at: .origin) == ["tail"])
        #expect(lines.finish(at: .origin).isEmpty)
    }

    @Test func longLinesAreCut() {
        var lines = BotLogLines(at: .origin)
        let limit = String(repeating: "x", count: BotLogLines.lengthMax)
        #expect(self.append(limit + "\n", to: &lines) == [limit])
        #expect(self.append(limit + "yz\n", to: &lines) == [limit + " [cut]"])
        #expect(self.append("next\n", to: &lines) == ["next"])
        // Without any line break no more is kept than the limit.
        for _ in 0..<100 { #expect(self.append(limit, to: &lines).isEmpty) }
        #expect(lines.finish(at: .origin) == [limit + " [cut]"])
    }

    /// Escape sequences must not reach a terminal through the log.
    @Test func controlCharactersAreReplaced() {
        var lines = BotLogLines(at: .origin)
        #expect(self.append("\u{1B}[2Ja\tb\u{7}\u{9B}é\n", to: &lines) == ["\u{FFFD}[2Ja\tb\u{FFFD}\u{FFFD}é"])
    }

    @Test func floodIsCounted() {
        var lines = BotLogLines(at: .origin)
        let flood = String(repeating: "x\n", count: 500)
        #expect(self.append(flood, to: &lines).count == BotLogLines.burst)
        #expect(self.append("y\n", to: &lines).isEmpty)
        let later = Instant.origin + .seconds(1)
        let next = self.append("z\n", to: &lines, at: later)
        #expect(next == ["[401 lines left out]", "z"])
        let allowed = self.append(flood, to: &lines, at: later)
        #expect(allowed.count == BotLogLines.perSecond - 1)
        #expect(lines.finish(at: later) == ["[481 lines left out]"])
    }

    /// The allowance refills to the burst and no further.
    @Test func allowanceIsBounded() {
        var lines = BotLogLines(at: .origin)
        let later = Instant.origin + .seconds(3_600)
        #expect(self.append(String(repeating: "x\n", count: 500), to: &lines, at: later).count == BotLogLines.burst)
    }
}
