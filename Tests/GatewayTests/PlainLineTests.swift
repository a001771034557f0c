import Gateway
import Testing

/// What strangers write stays on its line and leaves the terminal alone.
@Suite struct PlainLineTests {
    @Test(arguments: [
        ("a\r\nb", #"a\u{d}\u{a}b"#), ("\u{1B}[2J\u{0}", #"\u{1b}[2J\u{0}"#), ("\u{9B}2J\u{85}", #"\u{9b}2J\u{85}"#),
        ("\u{2028}\u{2029}\u{7F}", #"\u{2028}\u{2029}\u{7f}"#), ("a\u{202E}b\u{2066}", #"a\u{202e}b\u{2066}"#),
        ("\t", #"\u{9}"#),
    ])
    func harmIsWrittenOut(text: String, line: String) {
        #expect(PlainLine.escaped(text) == line)
    }

    @Test(arguments: ["", "calling by way of Mumbai", "नमस्ते, 世界 👩\u{200D}🔧 → é"])
    func proseStays(text: String) {
        #expect(PlainLine.escaped(text) == text)
    }
}
