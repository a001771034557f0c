import AudioFiles
import Testing

/// Names come from bots, callers of the API and configuration files; what they may do to a path is decided here.
@Suite struct NameTests {
    @Test(arguments: ["menu", "menu.wav", "a", "two-words_3.v2.flac", "वेलकम", "नमस्ते", "größe", "main menu"])
    func ordinaryNamesAreAccepted(text: String) throws {
        #expect(try PromptName(validating: text).text == text)
    }

    @Test(arguments: [
        "/etc/passwd", "a/b", "a\\b", "menu%2e", "%2e%2e", "a\0b", "a\rb", "a\nb", "\tmenu", "a;b", "a&b", "a|b", "$a",
        "'a'", "\"a\"", "`a`", "a*", "a?", "a:b", "<a>", "~", "a\u{202E}b", "a\u{85}b", "a\u{2028}b", " a", "a ", "é€",
    ])
    func hostileCharactersAreRefused(text: String) {
        let fault = self.fault(of: text)
        guard case .forbiddenCharacter = fault else {
            Issue.record("\(text.debugDescription) gave \(String(describing: fault))")
            return
        }
    }

    @Test func dotsCannotClimb() {
        #expect(self.fault(of: "..") == .leadingDot)
        #expect(self.fault(of: ".hidden") == .leadingDot)
        #expect(self.fault(of: "a..b") == .parentDirectory)
        #expect(self.fault(of: "a..") == .parentDirectory)
        #expect(self.fault(of: "") == .empty)
    }

    @Test func lengthsAreBounded() throws {
        let most = String(repeating: "a", count: PromptName.lengthInBytesMax)
        #expect(try PromptName(validating: most).text == most)
        #expect(self.fault(of: most + "a") == .tooLong(lengthInBytes: 201, max: 200))
        let recording = String(repeating: "a", count: RecordingName.lengthInBytesMax)
        #expect(try RecordingName(validating: recording).text == recording)
        #expect(throws: AudioFilesError.unsafeName(.tooLong(lengthInBytes: 129, max: 128))) {
            try RecordingName(validating: recording + "a")
        }
    }

    /// A recording is named by a call id, so its rule is narrower.
    @Test(arguments: ["a b", "वेलकम", "a/b", "..", "a\nb", "a@b", "a%b", ""])
    func recordingsHaveASCIINames(text: String) {
        #expect(throws: AudioFilesError.self) { try RecordingName(validating: text) }
    }

    @Test func faultsAreSentences() {
        #expect(
            AudioFilesError.unsafeName(.forbiddenCharacter(code: 0x2F)).description
                == "the name has the character U+2F; letters, digits, \"-\", \"_\" and \".\" are allowed")
        #expect(NameFault.leadingDot.description == "the name begins with a dot")
    }

    private func fault(of text: String) -> NameFault? {
        do {
            _ = try PromptName(validating: text)
            return nil
        } catch {
            guard case .unsafeName(let fault) = error else { return nil }
            return fault
        }
    }
}
