/// The name of a prompt: the name of a file in the prompts' directory, with or without its extension.
///
/// It cannot name anything else: it holds only letters and digits (of any script), spaces within, "-", "_" and ".", does
/// not begin with a dot, has no two dots in a row, and has at most 200 bytes. So separators, percent escapes, controls,
/// quotes and whatever a shell or a URL treats as its own are refused before a path is built.
package struct PromptName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package static let lengthInBytesMax = 200

    package init(validating text: String) throws(AudioFilesError) {
        do {
            try FileNameRule.check(text, lengthInBytesMax: Self.lengthInBytesMax, isASCIIOnly: false)
        } catch {
            throw .unsafeName(error)
        }
        self.text = text
    }

    package var description: String { self.text }

    /// The files that may hold the prompt, in the order in which they are looked for.
    var fileNames: [String] {
        [self.text] + ["wav", "flac", "ogg", "mp3"].map { "\(self.text).\($0)" }
    }
}

/// The name of a recording, usually a call id: the file's name without ".wav".
///
/// ASCII letters and digits, "-", "_" and "."; no leading dot, no two dots in a row, at most 128 bytes.
package struct RecordingName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package static let lengthInBytesMax = 128

    package init(validating text: String) throws(AudioFilesError) {
        do {
            try FileNameRule.check(text, lengthInBytesMax: Self.lengthInBytesMax, isASCIIOnly: true)
        } catch {
            throw .unsafeName(error)
        }
        self.text = text
    }

    package var description: String { self.text }

    var fileName: String { "\(self.text).wav" }
}

/// What both names keep to: an allow-list, as lists of forbidden characters are never complete.
enum FileNameRule {
    static func check(_ text: String, lengthInBytesMax: Int, isASCIIOnly: Bool) throws(NameFault) {
        let length = text.utf8.count
        if length == 0 { throw .empty }
        if length > lengthInBytesMax { throw .tooLong(lengthInBytes: length, max: lengthInBytesMax) }
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar == "." {
                if previous == nil { throw .leadingDot }
                if previous == "." { throw .parentDirectory }
            } else if !Self.allows(scalar, isASCIIOnly: isASCIIOnly) || (scalar == " " && previous == nil) {
                throw .forbiddenCharacter(code: scalar.value)
            }
            previous = scalar
        }
        if previous == " " { throw .forbiddenCharacter(code: 0x20) }
    }

    private static func allows(_ scalar: Unicode.Scalar, isASCIIOnly: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": return true
        case " ": return !isASCIIOnly
        // The joiners of Indic and Arabic scripts.
        case "\u{200C}", "\u{200D}": return !isASCIIOnly
        default: break
        }
        if isASCIIOnly || scalar.isASCII { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber:
            return true
        // Every other category, now and in later versions of Unicode, is refused.
        default: return false
        }
    }
}
